import type { Kysely } from 'kysely'
import type { CatalogTables } from '../schema.ts'

/** Which fields inside a nested source column an edge comes from: a JSON list of paths below it, null where it is the whole column. */
export async function up(db: Kysely<CatalogTables>): Promise<void> {
  await db.schema.alterTable('process_edges').addColumn('source_paths', 'text').execute()
}
