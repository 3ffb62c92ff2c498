import { type Kysely, sql } from 'kysely'
import type { CatalogTables } from '../schema.ts'

/**
 * Rows of processes that are written in bulk and only ever replaced as a whole: each list of them by its process. On SQLite their wide keys were
 * a second copy of every row, in random order, and cost more than the rows; its writers come one after the other, so that none is there twice.
 * On Postgres the keys stay: they are what refuses the second of two writers.
 */
const LISTS = {
  process_edges: { indexes: ['process', 'source', 'target'] },
  process_reads: { indexes: ['process', 'asset'] },
  process_needs: { indexes: ['process', 'asset'] },
  process_joins: { indexes: ['process', 'asset', 'other'] },
} as const

export async function up(db: Kysely<CatalogTables>, engine: 'sqlite' | 'postgres'): Promise<void> {
  if (engine === 'postgres') return
  for (const [table, { indexes }] of Object.entries(LISTS)) await withoutKey(db, table, indexes)
}

/** SQLite can't drop a key: the table is made anew (sqlite.org/lang_altertable.html, section 7). */
async function withoutKey(db: Kysely<CatalogTables>, table: string, indexes: readonly string[]): Promise<void> {
  const columns = await sql<{
    name: string
    type: string
    notnull: 0 | 1
  }>`select name, type, "notnull" from pragma_table_info(${table})`.execute(db)
  let lean = db.schema.createTable(`${table}_lean`)
  for (const { name, type, notnull } of columns.rows)
    lean = lean.addColumn(name, sql.raw(type), (column) => (notnull === 1 ? column.notNull() : column))
  await lean.execute()
  await sql`insert into ${sql.table(`${table}_lean`)} select * from ${sql.table(table)}`.execute(db)
  await db.schema.dropTable(table).execute()
  await db.schema.alterTable(`${table}_lean`).renameTo(table).execute()
  for (const column of indexes) await db.schema.createIndex(`${table}_${column}`).on(table).column(column).execute()
}
