import { sql } from 'kysely'
import { jsonRows } from '../engine.ts'
import type { Catalog } from '../open.ts'
import type { CatalogTables } from '../schema.ts'
import type { Db } from '../transaction.ts'

export type ColumnType = 'text' | 'bigint' | 'double precision'

export interface JsonInsert<Table extends keyof CatalogTables> {
  readonly table: Table
  /** Columns of each row, in the order of its values. */
  readonly columns: Readonly<Partial<Record<keyof CatalogTables[Table] & string, ColumnType>>>
  /** Columns that are the same in all rows. */
  readonly constants?: Readonly<Partial<Record<keyof CatalogTables[Table] & string, string | number | null>>>
  /** `on conflict …` */
  readonly conflict?: string
}

/**
 * Rows that a thread wrote as JSON (a list of lists) go to the database as they are: main neither parses nor copies them. Names and
 * clauses come from our own code, never from input.
 */
export async function insertJsonRows<Table extends keyof CatalogTables>(
  catalog: Pick<Catalog, 'engine'>,
  db: Db,
  insert: JsonInsert<Table>,
  rows: string,
): Promise<void> {
  if (rows === '[]') return
  const columns = Object.entries(insert.columns)
  const constants = Object.entries(insert.constants ?? {})
  const names = [...columns, ...constants].map(([column]) => sql.ref(column))
  const given = constants.map(([, value]) => sql`cast(${value} as ${sql.raw(typeof value === 'number' ? 'bigint' : 'text')})`)
  const values = columns.map(([, type], index) =>
    catalog.engine === 'sqlite'
      ? sql`told.value ->> ${sql.lit(index)}`
      : sql`cast(told.value ->> ${sql.lit(index)} as ${sql.raw(String(type))})`,
  )
  // `where true` keeps SQLite's parser from reading ON CONFLICT as a join's ON (sqlite.org/lang_upsert.html, section 2.2).
  await sql`insert into ${sql.table(insert.table)} (${sql.join(names)}) select ${sql.join([...values, ...given])} from ${jsonRows(catalog.engine, rows)} where true ${sql.raw(insert.conflict ?? '')}`.execute(
    db,
  )
}
