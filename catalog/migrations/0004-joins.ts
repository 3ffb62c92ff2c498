import { type Kysely, sql } from 'kysely'
import type { CatalogTables } from '../schema.ts'
import { createTable } from './0001-tables.ts'

/** Joins by column, bytes and cost of each table's reads, and the age of what is known of executions; what is there already is told anew. */
export async function up(db: Kysely<CatalogTables>): Promise<void> {
  await createTable(db, 'process_joins', {
    columns: { process: 'text', asset: 'text', column: 'text', other: 'text', other_column: 'text' },
    key: ['process', 'asset', 'column', 'other', 'other_column'],
    indexes: [['asset'], ['other']],
  })
  for (const column of ['bytes', 'cost'])
    await db.schema
      .alterTable('usage_by_asset')
      .addColumn(column, 'double precision', (built) => built.notNull().defaultTo(0))
      .execute()
  await db.schema.alterTable('history_executions').addColumn('day', 'text').execute()
  await sql`update processes set state = 'stale', result_hash = null where state = 'resolved'
    and id in (select process from process_reads group by process having count(distinct asset) > 1)`.execute(db)
  await sql`insert into meta (name, value) select 'stale-usage/' || connection, '1' from usage_by_asset where true group by connection
    on conflict (name) do nothing`.execute(db)
}
