import { CompiledQuery, sql } from 'kysely'
import type { Catalog } from './open.ts'
import type { CatalogTables } from './schema.ts'
import { storable } from './storable.ts'
import type { Db } from './transaction.ts'

/** Rows a statement: large enough to hide its cost, small enough for the JSON text to stay a few hundred KiB. */
const ROWS_A_STATEMENT = 1_000
/** Times the columns, below SQLite's limit of 32,766 parameters; more gains nothing. */
const SQLITE_ROWS_A_STATEMENT = 50

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
 * Writes many rows with few statements. Values are texts, numbers and null, in the order of `columns`.
 * Within one call a key must not repeat. Table and column names come from our own code, never from input.
 */
export async function bulkUpsert<Table extends keyof CatalogTables>(
  catalog: Pick<Catalog, 'engine'>,
  db: Db,
  upsert: Upsert<Table>,
  rows: readonly (readonly (string | number | null)[])[],
): Promise<void> {
  if (catalog.engine === 'sqlite') await sqliteUpsert(db, upsert, rows)
  else await postgresUpsert(db, upsert, rows)
}

const names = (columns: readonly string[]) => sql.join(columns.map((column) => sql.ref(column)))

/** Within one process, binding values is 1.7 times as fast as handing them over as JSON: 340,000 to 195,000 rows/s of ten columns. */
async function sqliteUpsert<Table extends keyof CatalogTables>(
  db: Db,
  upsert: Upsert<Table>,
  rows: readonly (readonly (string | number | null)[])[],
): Promise<void> {
  const conflict = conflictClause(upsert).compile(db)
  const text = (count: number) => {
    const row = `(${upsert.columns.map(() => '?').join(', ')})`
    const columns = upsert.columns.map((column) => `"${column}"`).join(', ')
    return `insert into "${upsert.table}" (${columns}) values ${Array(count).fill(row).join(', ')} ${conflict.sql}`
  }
  const [many, one] = [text(SQLITE_ROWS_A_STATEMENT), text(1)]
  const whole = rows.length - (rows.length % SQLITE_ROWS_A_STATEMENT)
  for (let from = 0; from < whole; from += SQLITE_ROWS_A_STATEMENT) {
    await db.executeQuery(
      CompiledQuery.raw(
        many,
        rows
          .slice(from, from + SQLITE_ROWS_A_STATEMENT)
          .flat()
          .map(kept),
      ),
    )
  }
  for (const row of rows.slice(whole)) await db.executeQuery(CompiledQuery.raw(one, row.map(kept)))
}

async function postgresUpsert<Table extends keyof CatalogTables>(
  db: Db,
  upsert: Upsert<Table>,
  rows: readonly (readonly (string | number | null)[])[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_A_STATEMENT) {
    const source = postgresRows(upsert.table, upsert.columns, rows.slice(from, from + ROWS_A_STATEMENT))
    await sql`insert into ${sql.table(upsert.table)} (${names(upsert.columns)}) ${source} ${conflictClause(upsert)}`.execute(db)
  }
}

function postgresRows(table: string, columns: readonly string[], rows: readonly (readonly (string | number | null)[])[]) {
  const objects = rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, kept(row[i] ?? null)])))
  return sql`select ${names(columns)} from json_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(objects)})`
}

const kept = (value: string | number | null) => (typeof value === 'string' ? storable(value) : value)

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
