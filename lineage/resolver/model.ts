import type { TableName } from '../../contracts/lineage.ts'

/** How much an expression changes what it reads; ordered, so that nesting is `max`. */
export const IDENTITY = 0
export const TRANSFORMATION = 1
export const AGGREGATION = 2
export type Change = typeof IDENTITY | typeof TRANSFORMATION | typeof AGGREGATION

/** A column of a stored thing: the leaves of lineage. One object for each column (and path) within a statement, so that `id` compares. */
export interface BaseColumn {
  readonly id: number
  readonly table: TableName | null
  readonly column: string
  readonly path: string | null
  readonly candidates: readonly TableName[] | null
  /** Columns below this one, by path. */
  fields: Map<string, BaseColumn> | null
}

/** A base column as some expression reads it; the span is where the text names it. */
export interface Input {
  readonly base: BaseColumn
  readonly change: Change
  readonly from: number
  readonly to: number
}
export type Inputs = readonly Input[]

export const NONE: Inputs = []

/** What is behind `*` of a table whose columns are not known, less the names that are hidden (EXCEPT, REPLACE, RENAME). */
export interface OpenStar {
  /** More than one after a set operation: each of them has the columns. */
  readonly tables: readonly BaseTable[]
  readonly hidden: ReadonlySet<string> | null
}

/** One column of a relation; `star` is set for the one entry that stands for all columns of a table that is not known. */
export interface Column {
  readonly name: string
  readonly key: string
  readonly inputs: Inputs
  readonly star: OpenStar | null
  /** The columns below, where the text builds a struct or an array of structs. */
  readonly fields: RowType | null
}

/**
 * The columns of a query, CTE, subquery or table. Rows are shared, not copied: a `SELECT *` over one source is that source's row.
 * A base table makes its columns when they are asked for, since wide tables are mostly read in part.
 */
export interface RowType {
  readonly table: BaseTable | null
  columns: readonly Column[] | null
  index: Map<string, Column> | null
  stars: readonly OpenStar[]
  /** Any name that is asked for is a column with these inputs: FLATTEN's value, JSON rows, unknown functions. */
  readonly any: Inputs | null
  /** Such a name is a field below these inputs: elements of an array of structs. */
  readonly anyIsField: boolean
}

export interface TableSchema {
  readonly columns: readonly string[]
  readonly index: ReadonlyMap<string, number>
}

/** A table, view, path or stage that is read or written; columns are interned. */
export interface BaseTable {
  readonly name: TableName
  readonly schema: TableSchema | null
  readonly found: Map<string, Column>
  readonly row: RowType
  star: Column | null
}

export function rowOf(columns: readonly Column[]): RowType {
  let stars: OpenStar[] | null = null
  for (const column of columns) {
    if (column.star) {
      stars ??= []
      stars.push(column.star)
    }
  }
  return { table: null, columns, index: null, stars: stars ?? NO_STARS, any: null, anyIsField: false }
}

/** A row of which nothing is known but what it is made from. */
export function anyRow(inputs: Inputs, columns: readonly Column[] = [], anyIsField = false): RowType {
  return { table: null, columns, index: null, stars: NO_STARS, any: inputs, anyIsField }
}

const NO_STARS: readonly OpenStar[] = []
export const EMPTY_ROW: RowType = rowOf([])

export function column(name: string, inputs: Inputs, fields: RowType | null = null): Column {
  return { name, key: name.toLowerCase(), inputs, star: null, fields }
}

/** Collects inputs without repetition; the strongest change of a base column wins. */
export interface InputSet {
  readonly list: Input[]
  seen: Map<number, number> | null
}

export function inputSet(): InputSet {
  return { list: [], seen: null }
}

/** Up to here a linear search is quicker than a map. */
const LINEAR = 12

export function addInput(set: InputSet, input: Input, change: Change): void {
  const at = positionOf(set, input.base.id)
  const known = at < 0 ? undefined : set.list[at]
  const strongest = input.change < change ? change : input.change
  if (known === undefined) {
    set.seen?.set(input.base.id, set.list.length)
    set.list.push(strongest === input.change ? input : { base: input.base, change: strongest, from: input.from, to: input.to })
  } else if (known.change < strongest) {
    set.list[at] = { base: known.base, change: strongest, from: known.from, to: known.to }
  }
}

export function addInputs(set: InputSet, inputs: Inputs, change: Change): void {
  for (const input of inputs) addInput(set, input, change)
}

function positionOf(set: InputSet, id: number): number {
  if (set.seen) return set.seen.get(id) ?? -1
  const { list } = set
  for (let i = 0; i < list.length; i++) {
    if (list[i]?.base.id === id) return i
  }
  if (list.length >= LINEAR) set.seen = new Map(list.map((input, i) => [input.base.id, i]))
  return -1
}

/** The same inputs, changed at least so much. */
export function changed(inputs: Inputs, change: Change): Inputs {
  if (change === IDENTITY || inputs.every((input) => input.change >= change)) return inputs
  return inputs.map((input) => (input.change >= change ? input : { base: input.base, change, from: input.from, to: input.to }))
}

export function union(parts: readonly Inputs[]): Inputs {
  const full = parts.filter((part) => part.length > 0)
  const [first] = full
  if (first === undefined) return NONE
  if (full.every((part) => part === first)) return first
  const set = inputSet()
  for (const part of full) addInputs(set, part, IDENTITY)
  return set.list
}
