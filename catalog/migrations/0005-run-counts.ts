import type { Kysely } from 'kysely'
import type { CatalogTables } from '../schema.ts'

/** What a run wrote, so that its counts are exact however often its worker died. */
export async function up(db: Kysely<CatalogTables>): Promise<void> {
  await db.schema
    .alterTable('metadata_seen')
    .addColumn('changed_run', 'text', (built) => built.notNull().defaultTo(''))
    .execute()
  await db.schema
    .alterTable('history_objects')
    .addColumn('entries', 'bigint', (built) => built.notNull().defaultTo(0))
    .execute()
}
