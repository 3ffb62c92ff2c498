import { type Kysely, sql } from 'kysely'
import { up as tables } from './migrations/0001-tables.ts'
import type { Catalog } from './open.ts'
import type { CatalogTables } from './schema.ts'

/** Forward only, never edited after a release. The number is the position. */
const MIGRATIONS: readonly ((db: Kysely<CatalogTables>, engine: Catalog['engine']) => Promise<void>)[] = [tables]
/** Any number of ours; migrations of one database wait for each other on it. */
const LOCK = 7_466_335

/** Brings the tables up to date, each step in a transaction of its own. Two processes at once: the second waits and finds it done. */
export async function migrate(catalog: Catalog): Promise<void> {
  for (const [index, up] of MIGRATIONS.entries()) {
    if ((await version(catalog)) > index) continue
    await catalog.db.transaction().execute(async (tx) => {
      if (catalog.engine === 'postgres') await sql`select pg_advisory_xact_lock(${sql.lit(LOCK)})`.execute(tx)
      await sql`create table if not exists meta (name text primary key, value text not null)`.execute(tx)
      const found = await tx.selectFrom('meta').select('value').where('name', '=', 'version').executeTakeFirst()
      if (Number(found?.value ?? 0) > index) return
      await up(tx, catalog.engine)
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

/** 0 for a new database. */
async function version(catalog: Catalog): Promise<number> {
  const found = await catalog.db.introspection.getTables()
  if (!found.some((table) => table.name === 'meta')) return 0
  const row = await catalog.db.selectFrom('meta').select('value').where('name', '=', 'version').executeTakeFirst()
  return Number(row?.value ?? 0)
}
