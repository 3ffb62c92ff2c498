import { isCrosstab, isRemote } from '../remote-functions.ts'
import { namesOfCall } from '../table-calls.ts'
import type { Expr, FunctionSource, Ident, Source } from '../tree.ts'
import { type Context, type Scope, tableNamed } from './context.ts'
import { collect, collectOwner, control, controlInputs, fieldsOf, stacked, valueOf } from './expressions.ts'
import {
  anyRow,
  type Column,
  changed,
  column,
  EMPTY_ROW,
  type Inputs,
  inputSet,
  NONE,
  type RowType,
  rowOf,
  TRANSFORMATION,
  union,
} from './model.ts'
import { fold, looseKey } from './names.ts'
import { columnsOf, findColumn, isOpen, openInputs, renamed } from './rows.ts'
import { loopRow, newScope } from './scope.ts'
import { RESULT, type TableFunction } from './script.ts'

/** The columns of a table function. What it is given makes all it gives, unless it is one of those whose columns differ in source. */
export function functionRow(scope: Scope, source: FunctionSource, rowOfSource: (scope: Scope, source: Source) => RowType): RowType {
  const name = source.call.upper
  if (isRemote(source.call.name)) return remoteRow(scope, source, rowOfSource)
  if (isCrosstab(source.call.name) && source.tables.length > 0) return crosstabRow(scope, source, rowOfSource)
  const made = source.tables.length === 0 ? scope.context.functions.byName.get(name.toLowerCase()) : undefined
  const called = made && calledRow(scope, source, made)
  if (called) return called
  if (name === 'RESULT_SCAN') return resultRow(scope.context, stepsBack(source.call.args[0])) ?? anyRow(NONE)
  const tables = [...source.tables.map((each) => rowOfSource(scope, each)), ...namedByArgument(scope, source)]
  const rows = stacked(scope, source.call)
  if (rows !== null) return rowOf(rows.map((inputs, i) => column(source.alias?.columns[i]?.text ?? `col${i}`, inputs)))
  if (name === 'FLATTEN') return flattened(valueOfArgs(scope, source.call.args))
  if (name === 'VECTOR_SEARCH' && tables.length > 1) return searchedRow(scope, source, tables)
  if (UNNESTING.has(name)) return withOffset(unnestRow(scope, source), source)
  const byName = source.tables.length === 0 && tables.length > 0
  const given = byName ? source.call.args.slice(1).filter((arg) => arg.kind !== 'column') : source.call.args
  const inputs = union([changed(valueOfArgs(scope, given), TRANSFORMATION), ownerOf(scope, source)])
  const rules = scope.context.dialect.resolution.columns
  const own = source.columns.length > 0 ? source.columns : ownColumns(source)
  const listed = own.map((each) => column(fold(each, rules), inputs))
  if (tables.length > 0) return passedThrough(scope.context, tables, inputs, listed, name === 'PREDICT')
  if (listed.length > 0) return withOffset(rowOf(listed), source)
  return withOffset(unnestedAny(source, inputs), source)
}

/** Functions whose columns are always called the same. */
const OWN_COLUMNS: ReadonlyMap<string, readonly string[]> = new Map([
  ['SPLIT_TO_TABLE', ['SEQ', 'INDEX', 'VALUE']],
  ['STRTOK_SPLIT_TO_TABLE', ['SEQ', 'INDEX', 'VALUE']],
  ['STRING_SPLIT', ['value', 'ordinal']],
  ['VARIANT_EXPLODE', ['pos', 'key', 'value']],
  ['JSON_EACH', ['key', 'value']],
  ['JSON_EACH_TEXT', ['key', 'value']],
  ['JSONB_EACH', ['key', 'value']],
  ['JSONB_EACH_TEXT', ['key', 'value']],
  ['VARIANT_EXPLODE_OUTER', ['pos', 'key', 'value']],
])

/** The names of such a function's columns, where the alias does not name them. */
function ownColumns({ alias, call }: FunctionSource): readonly Ident[] {
  if (alias !== null && alias.columns.length > 0) return []
  const { from, to } = call
  return (OWN_COLUMNS.get(call.upper) ?? []).map((text) => ({ text, quoted: false, from, to }))
}

/** Functions that make rows of the elements of arrays or maps. */
const UNNESTING = new Set([
  'UNNEST',
  'EXPLODE',
  'EXPLODE_OUTER',
  'POSEXPLODE',
  'POSEXPLODE_OUTER',
  'INLINE',
  'INLINE_OUTER',
  'ARRAYJOIN',
  'ARRAY_JOIN',
])

/**
 * VECTOR_SEARCH(base, 'column', query, …) gives the rows of both as structs, and how far what was compared is apart.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/search_functions#vector_search
 */
function searchedRow({ context }: Scope, { call }: FunctionSource, [base, query]: readonly RowType[]): RowType {
  const given = (name: string): string | null => textOf(call.args.find((arg) => arg.kind === 'named' && looseKey(arg.name.text) === name))
  const compared = textOf(call.args.find((arg) => arg.kind === 'literal')) ?? given('column_to_search')
  const whole = (row: RowType): Inputs => union(columnsOf(context, row).map((each) => each.inputs))
  const one = (row: RowType, text: string | null): Inputs =>
    text === null
      ? []
      : (findColumn(context, row, { text })?.inputs ?? (isOpen(row, looseKey(text)) ? openInputs(context, row, { text }) : []))
  const [from, to] = [base ?? EMPTY_ROW, query ?? EMPTY_ROW]
  const distance = union([one(from, compared), one(to, given('query_column_to_search') ?? compared)])
  return rowOf([column('query', whole(to), to), column('base', whole(from), from), column('distance', changed(distance, TRANSFORMATION))])
}

function textOf(arg: Expr | undefined): string | null {
  const value = arg?.kind === 'named' ? arg.value : arg
  return value?.kind === 'literal' && value.type === 'string' ? value.text : null
}

/** What a table function gives that the text made before: its query, in which its parameters are no columns. Null where it calls itself, or is too long. */
function calledRow(scope: Scope, source: FunctionSource, made: TableFunction): RowType | null {
  const { context } = scope
  const { query, parameters, columns } = made
  const length = query.to - query.from
  if (context.called.has(made) || context.functions.budget < length) return null
  context.functions.budget -= length
  control(scope, source.call.args, 'FILTER')
  const before = context.variables
  const rows = context.rows
  context.called.add(made)
  context.variables = { has: (name) => parameters.includes(name) || before.has(name) }
  context.rows = null
  const row = context.resolvers.query(context, query, null, null)
  context.rows = rows
  context.variables = before
  context.called.delete(made)
  const rules = context.dialect.resolution.columns
  return columns.length === 0 ? row : rowOf(renamed(columnsOf(context, row), columns, (i) => fold(columns[i] ?? NO_IDENT, rules)))
}

const NO_IDENT: Ident = { text: '', quoted: false, from: 0, to: 0 }

function namedByArgument(scope: Scope, source: FunctionSource): readonly RowType[] {
  if (source.tables.length > 0) return []
  const { context } = scope
  const { names, outside } = namesOfCall(source.call)
  const before = context.defaults
  if (outside) context.defaults = {}
  const rows = names.map((name) => {
    const table = tableNamed(context, name)
    context.reads.add(table.name)
    return table.row
  })
  context.defaults = before
  return rows
}

/** The rows that a statement before gave, `steps` queries back, where it is known. */
export function resultRow(context: Context, steps = 1): RowType | null {
  let { rows } = context
  for (let step = 1; step < steps && rows?.key === RESULT; step++) rows = rows.inside
  return rows?.key === RESULT && steps > 0 ? loopRow(context, rows) : null
}

/** LAST_QUERY_ID() and LAST_QUERY_ID(-1) are the query before, LAST_QUERY_ID(-2) the one before that; 0 where a query is named in another way. */
function stepsBack(arg: Expr | undefined): number {
  if (arg?.kind !== 'call' || arg.upper !== 'LAST_QUERY_ID') return 0
  const [which] = arg.args
  if (which === undefined) return 1
  const number = which.kind === 'operation' && which.operator === '-' ? which.operands[0] : undefined
  return number?.kind === 'literal' ? Number(number.text) || 0 : 0
}

/** Text that runs elsewhere: our defaults and CTEs are not there. A file has the columns that WITH (…) lists, by their names. */
function remoteRow(scope: Scope, source: FunctionSource, rowOfSource: (scope: Scope, source: Source) => RowType): RowType {
  const { context } = scope
  const before = context.defaults
  context.defaults = {}
  const outside = newScope(context, null, null)
  const rows = source.tables.map((each) => rowOfSource(outside, each))
  context.defaults = before
  const [first = anyRow(NONE)] = rows
  if (source.columns.length === 0) return rows.length > 1 ? rowOf(rows.flatMap((row) => columnsOf(context, row))) : first
  return rowOf(
    source.columns.map((each) =>
      column(each.text, union(rows.map((row) => findColumn(context, row, each)?.inputs ?? openInputs(context, row, each)))),
    ),
  )
}

/**
 * crosstab('SELECT row, extra, category, value …', 'SELECT category …') AS t (row, extra, a, b): a column of values for each category.
 * https://www.postgresql.org/docs/current/tablefunc.html
 */
function crosstabRow(scope: Scope, source: FunctionSource, rowOfSource: (scope: Scope, source: Source) => RowType): RowType {
  const { context } = scope
  const here = newScope(context, null, null)
  const [first = anyRow(NONE)] = source.tables.map((each) => rowOfSource(here, each))
  const given = columnsOf(context, first)
  const kept = Math.max(given.length - 2, 0)
  controlInputs(context, given[kept]?.inputs ?? NONE, 'CONDITIONAL')
  const value = given.at(-1)?.inputs ?? NONE
  const listed = source.alias?.columns.length ? source.alias.columns : source.columns
  if (listed.length === 0) return anyRow(union(given.map((each) => each.inputs)))
  return rowOf(listed.map(({ text }, i) => column(text, i < kept ? (given[i]?.inputs ?? NONE) : value)))
}

function ownerOf(scope: Scope, { call }: FunctionSource): Inputs {
  const set = inputSet()
  collectOwner(scope, call, TRANSFORMATION, set)
  return set.list
}

function valueOfArgs(scope: Scope, args: readonly Expr[]): Inputs {
  const set = inputSet()
  for (const arg of args) collect(scope, arg, 0, set)
  return set.list
}

/** Snowflake: SEQ, PATH and INDEX come from the shape alone, KEY, VALUE and THIS from the input. */
function flattened(inputs: Inputs): RowType {
  const from = changed(inputs, TRANSFORMATION)
  return rowOf([
    column('SEQ', NONE),
    column('KEY', from),
    column('PATH', NONE),
    column('INDEX', NONE),
    column('VALUE', inputs),
    column('THIS', from),
  ])
}

function unnestRow(scope: Scope, source: FunctionSource): RowType {
  const { args, upper } = source.call
  const position = upper.startsWith('POS') ? [column('pos', NONE)] : []
  const names = source.alias?.columns ?? []
  const [first] = args
  const listed = names.length - position.length - (source.offset !== null && names.length > args.length ? 1 : 0)
  if (args.length > 1) return rowOf([...position, ...sideBySide(scope, args, names, listed)])
  if (first === undefined) return anyRow(NONE)
  const inputs = valueOf(scope, first)
  const fields = fieldsOf(scope, first)
  if (names.length > 0) return rowOf([...position, ...spread(inputs, fields, listed)])
  const rest = upper.includes('EXPLODE') ? explodedRow(inputs, fields) : unnested(source.alias?.name?.text ?? 'col', inputs, fields)
  return position.length > 0 ? anyRow(inputs, [...position, ...columnsOf(scope.context, rest)], true) : rest
}

/**
 * `UNNEST(a, b) AS t (x, y, z)`: each array gives one column, a map or an array of rows several; where the names are more than the arrays, one
 * in the middle may be of any array that leaves enough for the others.
 */
function sideBySide(scope: Scope, args: readonly Expr[], names: readonly Ident[], listed: number): readonly Column[] {
  const values = args.map((arg) => valueOf(scope, arg))
  const count = Math.max(listed, args.length)
  const fits = (place: number, arg: number): boolean => arg <= place && args.length - 1 - arg <= count - 1 - place
  return Array.from({ length: count }, (_, i) => column(names[i]?.text ?? `col${i + 1}`, union(values.filter((_value, j) => fits(i, j)))))
}

/** `LATERAL VIEW explode(x) e` (Hive, Spark): the column is `col`; of a map `key` and `value`. */
function explodedRow(inputs: Inputs, fields: RowType | null): RowType {
  const row = unnested('col', inputs, fields)
  const index = new Map(row.index ?? (row.columns ?? []).map((each) => [each.key, each] as const))
  for (const name of ['key', 'value']) if (!index.has(name)) index.set(name, column(name, inputs))
  return { ...row, index }
}

/** A map gives key and value, an array of structs its fields: as many columns as the alias names, of one source each. */
function spread(inputs: Inputs, fields: RowType | null, count: number): readonly Column[] {
  const known = fields?.columns
  return Array.from({ length: Math.max(count, 1) }, (_, i) => {
    const field = known && known.length === count ? known[i] : undefined
    return column(`col${i}`, field?.inputs ?? inputs, field?.fields ?? fields)
  })
}

/** The elements of an array under the name of their alias; fields of the elements can be named directly. */
export function unnested(name: string, inputs: Inputs, fields: RowType | null): RowType {
  const self = column(name, inputs, fields)
  if (fields?.columns)
    return { ...rowOf([self]), any: null, index: new Map([[self.key, self], ...fields.columns.map((each) => [each.key, each] as const)]) }
  return anyRow(inputs, [self], true)
}

function unnestedAny(source: FunctionSource, inputs: Inputs): RowType {
  const given = source.alias?.columns ?? []
  // the last of several names is that of WITH ORDINALITY's column
  const names = source.offset !== null && given.length > 1 ? given.slice(0, -1) : given
  if (names.length > 0) return rowOf(names.map((each) => column(each.text, inputs)))
  const name = source.alias?.name?.text ?? source.call.name.at(-1)?.text ?? 'value'
  return anyRow(inputs, [column(name, inputs)])
}

/** A function over whole tables gives their columns and what it adds: any name is one of theirs or made from all. */
function passedThrough(context: Context, tables: readonly RowType[], inputs: Inputs, listed: readonly Column[], beside: boolean): RowType {
  const columns = tables.flatMap((each) => columnsOf(context, each))
  if (listed.length > 0) {
    const all = changed(union([inputs, ...columns.map((each) => each.inputs)]), TRANSFORMATION)
    const made = listed.map((each) => column(each.name, all))
    return rowOf(beside ? [...columns, ...made] : made)
  }
  const row = rowOf(columns)
  return row.stars.length > 0 ? row : { ...row, any: changed(union([inputs, ...columns.map((each) => each.inputs)]), TRANSFORMATION) }
}

function withOffset(row: RowType, source: FunctionSource): RowType {
  if (source.offset === null) return row
  const offset = column(source.offset.text, NONE)
  const columns = [...(row.columns ?? []), offset]
  row.index?.set(looseKey(source.offset.text), offset)
  return { ...row, columns }
}
