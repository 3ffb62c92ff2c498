import { assumedColumn, type ColumnName, type Context, fieldOf, knownColumn, starColumn } from './context.ts'
import { type Column, column, IDENTITY, type Inputs, type OpenStar, type RowType, TRANSFORMATION, union } from './model.ts'
import { looseKey } from './names.ts'

/** All columns of a row in order; a table that is not known has the one column `*`. */
export function columnsOf(context: Context, row: RowType): readonly Column[] {
  if (row.columns) return row.columns
  const { table } = row
  if (table === null) return []
  const names = table.schema?.columns
  row.columns = names === undefined ? [starColumn(context, table)] : names.map((name) => knownByName(context, table, name))
  return row.columns
}

function knownByName(context: Context, table: NonNullable<RowType['table']>, name: string): Column {
  const key = looseKey(name)
  const at = table.schema?.index.get(key)
  const exact = at !== undefined && table.schema?.columns[at] === name
  return knownColumn(context, table, exact ? key : name) ?? assumedColumn(context, table, { text: name })
}

/** The column of that name, if the row is known to have it. */
export function findColumn(context: Context, row: RowType, ident: ColumnName): Column | null {
  const key = looseKey(ident.text)
  if (row.table) return knownColumn(context, row.table, key)
  row.index ??= indexOf(row.columns ?? [])
  return row.index.get(ident.text) ?? row.index.get(key) ?? null
}

function indexOf(columns: readonly Column[]): Map<string, Column> {
  const index = new Map<string, Column>()
  for (const each of columns) {
    if (each.star) continue
    if (!index.has(each.key)) index.set(each.key, each)
    // Of columns that differ in case alone, each is found by its own spelling.
    else if (!index.has(each.name)) index.set(each.name, each)
  }
  return index
}

/** Whether a column that the row is not known to have could still be there. */
export function isOpen(row: RowType, key: string): boolean {
  if (row.any) return true
  if (row.table) return row.table.schema === null
  return row.stars.some((star) => !star.hidden?.has(key))
}

/** The column of that name, taken to come from what is open in the row. */
export function openInputs(context: Context, row: RowType, ident: ColumnName): Inputs {
  if (row.table) return assumedColumn(context, row.table, ident).inputs
  const key = looseKey(ident.text)
  const through = row.stars.filter((star) => !star.hidden?.has(key))
  if (through.length > 0) return union(through.map((star) => starInputs(context, star, ident)))
  return row.anyIsField ? below(context, row.any ?? [], [ident]) : (row.any ?? [])
}

/** The column of that name of all tables behind one star. */
export function starInputs(context: Context, star: OpenStar, ident: ColumnName): Inputs {
  return union(
    star.tables.map((table) => (knownColumn(context, table, looseKey(ident.text)) ?? assumedColumn(context, table, ident)).inputs),
  )
}

/** What is open in a row: each of these could be where a column comes from that no one is known to have. */
export function openStars(row: RowType, key: string): readonly OpenStar[] {
  if (row.table) return row.table.schema === null ? [{ tables: [row.table], hidden: null }] : []
  return row.stars.filter((star) => !star.hidden?.has(key))
}

/** The star less some names. */
export function hideInStar(star: Column, names: ReadonlySet<string>): Column {
  if (star.star === null || names.size === 0) return star
  const hidden = star.star.hidden === null ? names : new Set([...star.star.hidden, ...names])
  return { ...star, star: { tables: star.star.tables, hidden } }
}

/** Columns renamed from the left by an explicit list: `AS t(a, b)`, `WITH c(a, b)`, `CREATE VIEW v(a, b)`. */
export function renamed(
  columns: readonly Column[],
  names: readonly { readonly text: string }[],
  nameOf: (index: number) => string,
): readonly Column[] {
  if (names.length === 0) return columns
  return byPosition(columns, names.length).map((each, i) => (i < names.length ? named(nameOf(i), each) : (each ?? column('', []))))
}

function named(name: string, from: Column | undefined): Column {
  return column(name, from?.inputs ?? [], from?.fields ?? null)
}

/**
 * The columns spread over at least `count` positions. An open star takes as many as the others leave: what stands behind it counts
 * from the right. Two open stars cannot be told apart: each position between the fixed ends may be any of them.
 */
export function byPosition(columns: readonly Column[], count: number): readonly (Column | undefined)[] {
  const first = columns.findIndex((each) => each.star !== null)
  if (first < 0) {
    return columns.length >= count ? columns : [...columns, ...Array.from({ length: count - columns.length }, () => undefined)]
  }
  const last = columns.findLastIndex((each) => each.star !== null)
  const head = columns.slice(0, first)
  const tail = columns.slice(last + 1)
  const middle = columns.slice(first, last + 1)
  const filler: Column = middle.length === 1 ? (middle[0] ?? column('*', [])) : column('*', union(middle.map((each) => each.inputs)))
  const free = Math.max(count - head.length - tail.length, 0)
  return [...head, ...Array.from({ length: free }, () => filler), ...tail]
}

/** Inputs one or more fields further down. What was computed on the way has no path any more. */
export function below(context: Context, inputs: Inputs, path: readonly Pick<ColumnName, 'text'>[]): Inputs {
  if (path.length === 0) return inputs
  const text = path.map((part) => part.text).join('.')
  return inputs.map((input) =>
    input.change === IDENTITY && input.base.column !== '*'
      ? { base: fieldOf(context, input.base, text), change: input.change, from: input.from, to: input.to }
      : { base: input.base, change: input.change === IDENTITY ? TRANSFORMATION : input.change, from: input.from, to: input.to },
  )
}
