import { sql } from 'kysely'
import type { Catalog } from './open.ts'
import type { CatalogTables } from './schema.ts'
import type { Db } from './transaction.ts'

/** Rows a statement: large enough to hide its cost, small enough for the JSON text to stay a few hundred KiB. */
const ROWS_A_STATEMENT = 1_000

export interface Upsert<Table extends keyof CatalogTables> {
  readonly table: Table
  readonly columns: readonly (keyof CatalogTables[Table] & string)[]
  /** The natural key. Absent: plain inserts. */
  readonly conflict?: readonly (keyof CatalogTables[Table] & string)[]
  /** Columns that a repeat replaces; none: the first stays. */
  readonly replace?: readonly (keyof CatalogTables[Table] & string)[]
  /** Columns that a repeat adds to. */
  readonly add?: readonly (keyof CatalogTables[Table] & string)[]
  /** A repeat changes the row only where one of these differs, or is smaller or greater than before. */
  readonly onlyIf?: { readonly column: keyof CatalogTables[Table] & string; readonly is: 'different' | 'smaller' | 'greater' }
}

/**
 * Writes many rows with few statements: one JSON parameter a thousand rows. Values are texts, numbers and null, in the order of `columns`.
 * Within one call a key must not repeat. Table and column names come from our own code, never from input.
 */
export async function bulkUpsert<Table extends keyof CatalogTables>(
  catalog: Pick<Catalog, 'engine'>,
  db: Db,
  upsert: Upsert<Table>,
  rows: readonly (readonly (string | number | null)[])[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_A_STATEMENT) {
    const some = rows.slice(from, from + ROWS_A_STATEMENT)
    const source = catalog.engine === 'sqlite' ? sqliteRows(upsert.columns, some) : postgresRows(upsert.table, upsert.columns, some)
    await sql`insert into ${sql.table(upsert.table)} (${names(upsert.columns)}) ${source} ${conflictClause(upsert)}`.execute(db)
  }
}

const names = (columns: readonly string[]) => sql.join(columns.map((column) => sql.ref(column)))

function sqliteRows(columns: readonly string[], rows: readonly (readonly (string | number | null)[])[]) {
  const values = columns.map((_, i) => sql`value ->> ${sql.lit(i)}`)
  // `where true` keeps the parser from reading ON CONFLICT as a join's ON (sqlite.org/lang_upsert.html, section 2.2).
  return sql`select ${sql.join(values)} from json_each(${JSON.stringify(rows)}) where true`
}

function postgresRows(table: string, columns: readonly string[], rows: readonly (readonly (string | number | null)[])[]) {
  const objects = rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, withoutNul(row[i])])))
  return sql`select ${names(columns)} from json_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(objects)})`
}

/** Postgres' text cannot hold U+0000. */
function withoutNul(value: string | number | null | undefined): string | number | null {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : (value ?? null)
}

function conflictClause<Table extends keyof CatalogTables>(upsert: Upsert<Table>) {
  if (upsert.conflict === undefined) return sql``
  const replaced = (upsert.replace ?? []).map((column) => sql`${sql.ref(column)} = excluded.${sql.ref(column)}`)
  const added = (upsert.add ?? []).map(
    (column) => sql`${sql.ref(column)} = ${sql.ref(`${upsert.table}.${column}`)} + excluded.${sql.ref(column)}`,
  )
  const sets = [...replaced, ...added]
  if (sets.length === 0) return sql`on conflict (${names(upsert.conflict)}) do nothing`
  return sql`on conflict (${names(upsert.conflict)}) do update set ${sql.join(sets)} ${condition(upsert)}`
}

function condition<Table extends keyof CatalogTables>(upsert: Upsert<Table>) {
  if (upsert.onlyIf === undefined) return sql``
  const operator = { different: sql`<>`, smaller: sql`<`, greater: sql`>` }[upsert.onlyIf.is]
  return sql`where excluded.${sql.ref(upsert.onlyIf.column)} ${operator} ${sql.ref(`${upsert.table}.${upsert.onlyIf.column}`)}`
}
