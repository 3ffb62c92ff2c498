import { type Kysely, sql } from 'kysely'
import { LodelineError } from '../contracts/errors.ts'
import { up as tables } from './migrations/0001-tables.ts'
import { up as mining } from './migrations/0002-mining.ts'
import { up as metadata } from './migrations/0003-metadata.ts'
import { up as joins } from './migrations/0004-joins.ts'
import { up as runCounts } from './migrations/0005-run-counts.ts'
import { up as leanRows } from './migrations/0006-lean-rows.ts'
import { up as edgePaths } from './migrations/0007-edge-paths.ts'
import type { CatalogTables } from './schema.ts'

type Engine = 'sqlite' | 'postgres'
/** The catalog before its tables are there. */
interface Opened {
  readonly db: Kysely<CatalogTables>
  readonly engine: Engine
}

/** Forward only, never edited after a release. The number is the position. */
const MIGRATIONS: readonly ((db: Kysely<CatalogTables>, engine: Engine) => Promise<void>)[] = [
  tables,
  mining,
  metadata,
  joins,
  runCounts,
  leanRows,
  edgePaths,
]
/** Any number of ours; migrations of one database wait for each other on it. */
const LOCK = 7_466_335

/** Brings the tables up to date, each step in a transaction of its own. Two processes at once: the second waits and finds it done. */
export async function migrate(catalog: Opened): Promise<void> {
  const found = await version(catalog)
  if (found > MIGRATIONS.length) {
    throw new LodelineError(
      'CATALOG_TOO_NEW',
      `the catalog was made by a newer lodeline: it has version ${found}, this one knows ${MIGRATIONS.length}`,
    )
  }
  for (const [index, up] of MIGRATIONS.entries()) {
    if ((await version(catalog)) > index) continue
    await catalog.db.transaction().execute(async (tx) => {
      if (catalog.engine === 'postgres') await sql`select pg_advisory_xact_lock(${sql.lit(LOCK)})`.execute(tx)
      await sql`create table if not exists meta (name text primary key, value text not null)`.execute(tx)
      const found = await tx.selectFrom('meta').select('value').where('name', '=', 'version').executeTakeFirst()
      if (Number(found?.value ?? 0) > index) return
      await up(tx, catalog.engine)
      if (catalog.engine === 'postgres') await orderByBytes(tx)
      const row = { name: 'version', value: String(index + 1) }
      await tx
        .insertInto('meta')
        .values(row)
        .onConflict((on) => on.column('name').doUpdateSet({ value: row.value }))
        .execute()
      await tx
        .insertInto('meta')
        .values({ name: 'revision', value: '0' })
        .onConflict((on) => on.column('name').doNothing())
        .execute()
    })
  }
}

/** Text is compared by bytes on both databases, whatever the locale of the server: orders of names and positions are part of results. */
async function orderByBytes(tx: Kysely<CatalogTables>): Promise<void> {
  const { rows } = await sql<{ table_name: string; column_name: string }>`
    select table_name, column_name from information_schema.columns
    where table_schema = current_schema() and data_type = 'text' and collation_name is distinct from 'C' order by table_name, ordinal_position`.execute(
    tx,
  )
  const changes = new Map<string, string[]>()
  for (const { table_name, column_name } of rows) changes.set(table_name, [...(changes.get(table_name) ?? []), column_name])
  for (const [table, columns] of changes) {
    const alterations = columns.map((column) => sql`alter column ${sql.ref(column)} type text collate "C"`)
    await sql`alter table ${sql.table(table)} ${sql.join(alterations)}`.execute(tx)
  }
}

/** 0 for a new database. */
async function version(catalog: Opened): Promise<number> {
  const found = await catalog.db.introspection.getTables()
  if (!found.some((table) => table.name === 'meta')) return 0
  const row = await catalog.db.selectFrom('meta').select('value').where('name', '=', 'version').executeTakeFirst()
  return Number(row?.value ?? 0)
}
