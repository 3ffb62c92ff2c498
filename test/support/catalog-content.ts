import { sql } from 'kysely'
import type { Catalog } from '../../catalog/open.ts'
import type { CatalogTables } from '../../catalog/schema.ts'

/** Per table, the columns that say when, or by which run, something came to be known: they differ between equal catalogs. */
const LEFT_OUT: Partial<Record<keyof CatalogTables, readonly string[]>> = {
  assets: ['created_at', 'updated_at', 'revision'],
  asset_schemas: [],
  asset_columns: [],
  processes: ['revision'],
  process_needs: [],
  process_reads: [],
  process_joins: [],
  process_writes: [],
  process_edges: [],
  usage_by_asset: [],
  usage_by_process: [],
  dead_letters: [],
}

/**
 * What a catalog says, as text: equal for two catalogs that say the same, line by line, so that a difference can be read.
 * Rows are ordered by their bytes, on SQLite and Postgres alike; that an asset is dropped counts, not when.
 */
export async function catalogContent(catalog: Catalog): Promise<string> {
  const lines: string[] = []
  for (const [table, leftOut] of Object.entries(LEFT_OUT)) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(table)}`.execute(catalog.db)
    const told = rows.map((row) => {
      const columns = Object.keys(row)
        .filter((column) => !leftOut.includes(column))
        .sort()
      return `${table} ${JSON.stringify(Object.fromEntries(columns.map((column) => [column, column === 'dropped_at' ? row[column] !== null : row[column]])))}`
    })
    lines.push(...told.sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))))
  }
  return lines.join('\n')
}
