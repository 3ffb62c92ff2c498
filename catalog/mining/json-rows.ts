import { type RawBuilder, sql } from 'kysely'
import { jsonRows, jsonRowsByName } from '../engine.ts'
import type { Catalog } from '../open.ts'
import type { CatalogTables } from '../schema.ts'
import type { Db } from '../transaction.ts'

/** `list`: kept as the JSON that it is. */
export type ColumnType = 'text' | 'bigint' | 'double precision' | 'list'

export interface JsonInsert<Table extends keyof CatalogTables> {
  readonly table: Table
  /** Columns of each row, in the order of its values. */
  readonly columns: Readonly<Partial<Record<keyof CatalogTables[Table] & string, ColumnType>>>
  /** The column of what rows belong to, where they come as [[name, [row, …]], …]. */
  readonly by?: keyof CatalogTables[Table] & string
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
  const { engine } = catalog
  const columns = Object.entries(insert.columns)
  const constants = Object.entries(insert.constants ?? {})
  const by = insert.by === undefined ? [] : [insert.by]
  const names = [...columns.map(([column]) => column), ...constants.map(([column]) => column), ...by].map((column) => sql.ref(column))
  const values = columns.map(([, type], index) => valueAt(engine, index, type as ColumnType)) // of `columns`
  const given = constants.map(([, value]) => sql`cast(${value} as ${sql.raw(typeof value === 'number' ? 'bigint' : 'text')})`)
  const name = by.map(() => sql`told.name`)
  const source = by.length === 0 ? jsonRows(engine, rows) : jsonRowsByName(engine, rows)
  // `where true` keeps SQLite's parser from reading ON CONFLICT as a join's ON (sqlite.org/lang_upsert.html, section 2.2).
  await sql`insert into ${sql.table(insert.table)} (${sql.join(names)}) select ${sql.join([...values, ...given, ...name])} from ${source} where true ${sql.raw(insert.conflict ?? '')}`.execute(
    db,
  )
}

function valueAt(engine: Catalog['engine'], index: number, type: ColumnType): RawBuilder<unknown> {
  const value = type === 'list' ? sql`told.value -> ${sql.lit(index)}` : sql`told.value ->> ${sql.lit(index)}`
  return engine === 'sqlite' ? value : sql`cast(${value} as ${sql.raw(type === 'list' ? 'text' : type)})`
}
