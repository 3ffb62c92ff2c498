import type { ControlKind } from '../../contracts/edges.ts'
import type { ResolutionRules } from '../dialects/dialect.ts'
import type { AccessExpr, CallExpr, CaseExpr, ColumnExpr, ConstructExpr, Expr, Ident, PositionExpr, StarExpr, Window } from '../tree.ts'
import { baseColumn, type Context, type Scope } from './context.ts'
import { lookedUp } from './lookups.ts'
import {
  AGGREGATION,
  addInputs,
  type Change,
  type Column,
  column,
  EMPTY_ROW,
  IDENTITY,
  type InputSet,
  type Inputs,
  inputSet,
  NONE,
  type RowType,
  rowOf,
  TRANSFORMATION,
  union,
} from './model.ts'
import { looseKey } from './names.ts'
import { below, columnsOf, findColumn } from './rows.ts'
import { fetchedValue, localScope, loopColumn, resolveColumn, sourceNamed, spanned } from './scope.ts'
import { isWide, sourceKnowing } from './wide-scope.ts'

/** What an expression's value is made of. */
export function valueOf(scope: Scope, expr: Expr): Inputs {
  if (expr.kind === 'column') return resolveColumn(scope, expr.parts, expr.from, expr.to)
  const set = inputSet()
  collect(scope, expr, IDENTITY, set)
  return set.list
}

/** What a list of expressions that only decide (WHERE, ON, GROUP BY …) is made of: control edges of the statement. */
export function control(scope: Scope, exprs: readonly (Expr | null)[], kind: ControlKind): void {
  for (const expr of exprs) {
    if (expr !== null && expr.kind !== 'literal') controlInputs(scope.context, valueOf(scope, expr), kind)
  }
}

export function controlInputs(context: Context, inputs: Inputs, kind: ControlKind): void {
  for (const input of inputs) {
    const key = input.base.id * KINDS.length + KINDS.indexOf(kind)
    if (context.indirectSeen.has(key)) continue
    context.indirectSeen.add(key)
    context.indirect.push({ base: input.base, kind, from: input.from, to: input.to })
  }
}
const KINDS: readonly ControlKind[] = ['FILTER', 'JOIN', 'GROUP_BY', 'SORT', 'WINDOW', 'CONDITIONAL']

/** Adds what `expr` reads to `set`, changed at least by `change`. */
export function collect(scope: Scope, expr: Expr, change: Change, set: InputSet): void {
  switch (expr.kind) {
    case 'column':
      return addInputs(set, resolveColumn(scope, expr.parts, expr.from, expr.to), change)
    case 'literal':
    case 'unknown':
      return
    case 'parameter':
      return addInputs(set, fetchedValue(scope.context, expr.text), change)
    case 'operation':
      return collectAll(scope, expr.operands, atLeast(change, TRANSFORMATION), set)
    case 'call':
      return collectCall(scope, expr, change, set)
    case 'case':
      return collectCase(scope, expr, change, set)
    case 'cast':
      return collect(scope, expr.value, atLeast(change, TRANSFORMATION), set)
    case 'named':
      return collect(scope, expr.value, change, set)
    case 'construct':
      return collectAll(scope, expr.items, atLeast(change, TRANSFORMATION), set)
    case 'lambda':
      return collect(localScope(scope, lambdaLocals(expr.params)), expr.body, atLeast(change, TRANSFORMATION), set)
    case 'subquery':
      return collectSubquery(scope, expr, change, set)
    case 'access':
      return collectAccess(scope, expr, change, set)
    case 'position':
      return addInputs(set, positionInputs(scope, expr), change)
    case 'star':
      return addInputs(set, starInputs(scope, expr), atLeast(change, TRANSFORMATION))
    default:
      return expr satisfies never
  }
}

function collectAll(scope: Scope, exprs: readonly Expr[], change: Change, set: InputSet): void {
  for (const expr of exprs) collect(scope, expr, change, set)
}

function atLeast(change: Change, least: Change): Change {
  return change < least ? least : change
}

function lambdaLocals(params: readonly { readonly text: string }[]): ReadonlyMap<string, Inputs> {
  return new Map(params.map((param) => [looseKey(param.text), NONE]))
}

function collectCase(scope: Scope, expr: CaseExpr, change: Change, set: InputSet): void {
  control(scope, expr.conditions, 'CONDITIONAL')
  collectAll(scope, expr.results, atLeast(change, TRANSFORMATION), set)
}

function collectSubquery(scope: Scope, expr: Expr & { kind: 'subquery' }, change: Change, set: InputSet): void {
  const row = scope.context.resolvers.query(scope.context, expr.query, scope, scope.ctes)
  if (expr.use === 'exists') return
  for (const each of columnsOf(scope.context, row)) {
    // Of IN (SELECT …) only whether it is there counts.
    if (expr.use === 'in') controlInputs(scope.context, each.inputs, 'FILTER')
    else addInputs(set, each.inputs, expr.use === 'array' ? atLeast(change, TRANSFORMATION) : change)
  }
}

/** `x.a[1].b`: what is computed inside the brackets takes part in the value; the fields are its path. */
function collectAccess(scope: Scope, expr: AccessExpr, change: Change, set: InputSet): void {
  addInputs(set, accessed(scope, expr), change)
  collectAll(scope, expr.operands, atLeast(change, TRANSFORMATION), set)
}

/** `(SELECT AS STRUCT a, b FROM t).a` reads a alone. */
function queriedField(scope: Scope, base: Expr, field: string): Inputs | null {
  if (base.kind !== 'subquery' || base.query.body.kind !== 'select' || base.query.body.as !== 'struct') return null
  const row = scope.context.resolvers.query(scope.context, base.query, scope, scope.ctes)
  return findColumn(scope.context, row, { text: field })?.inputs ?? null
}

/** `o:a` of an o that a query around makes of `OBJECT_CONSTRUCT('a', x, 'b', y)`. */
function knownField(scope: Scope, base: Expr, field: string): Inputs | null {
  if (base.kind !== 'column' || base.parts.length > 2) return null
  const [name, column] = [base.parts.slice(0, -1), base.parts.at(-1)]
  const named = name.length > 0 ? sourceNamed(scope, name, 1) : null
  if (column === undefined || (name.length > 0 && named === null)) return null
  for (const source of named ? [named] : scope.sources) {
    const { fields } = findColumn(scope.context, source.row, column) ?? { fields: null }
    if (fields) return findColumn(scope.context, fields, { text: field })?.inputs ?? null
  }
  return null
}

function accessed(scope: Scope, { base, path }: AccessExpr): Inputs {
  // `:new.a` (Oracle)
  if (base.kind === 'parameter')
    return loopColumn(scope.context, base.text.replace(/^:/, '').toLowerCase(), path) ?? fetchedValue(scope.context, base.text)
  const field = path[0]?.text ?? ''
  const built = builtField(scope, base, field) ?? queriedField(scope, base, field) ?? knownField(scope, base, field)
  return built ? below(scope.context, built, path.slice(1)) : below(scope.context, valueOf(scope, base), path)
}

/** `STRUCT(a AS x, b AS y).x` reads a alone. */
function builtField(scope: Scope, base: Expr, field: string): Inputs | null {
  for (const item of structOf(base)?.items ?? []) {
    if (item.kind === 'named' && looseKey(item.name.text) === looseKey(field)) return valueOf(scope, item.value)
  }
  return null
}

// ---------------------------------------------------------------- calls

/** Functions whose first argument only chooses among the others. */
const CHOICES = new Set(['IF', 'IFF', 'IIF', 'NVL2'])
/** What these aggregates give is what they order by. */
const ORDERED = new Set(['PERCENTILE_CONT', 'PERCENTILE_DISC', 'MODE', 'APPROX_PERCENTILE_DISC', 'APPROX_PERCENTILE_CONT', 'MEDIAN'])

/** What MySQL's VALUES(a) looks in: see statements/insert.ts. */
const INSERTED: readonly Ident[] = [{ text: 'values', quoted: false, from: 0, to: 0 }]

function collectCall(scope: Scope, expr: CallExpr, change: Change, set: InputSet): void {
  if (expr.filter) control(scope, [expr.filter], 'CONDITIONAL')
  if (expr.over) controlWindow(scope, expr.over)
  const own = atLeast(change, changeOf(scope, expr.upper))
  if (ORDERED.has(expr.upper)) collectAll(scope, expr.order, own, set)
  else control(scope, expr.order, 'SORT')
  collectOwner(scope, expr, own, set)
  const found = lookedUp(scope, expr)
  if (found === null) return collectArguments(scope, expr, own, set)
  addInputs(set, found.inputs, change)
  collectAll(scope, found.rest, own, set)
}

/** `c.value('@id', 'int')`: a method of the column or variable c. */
export function collectOwner(scope: Scope, { name, upper, from, to }: CallExpr, change: Change, set: InputSet): void {
  const [first] = name
  const { columnMethods } = scope.context.dialect.resolution
  if (name.length < 2 || first === undefined || !(columnMethods.has(upper) || (columnMethods.has('*') && !SCHEMAS.test(first.text)))) return
  const owner = first.text.startsWith('@') ? fetchedValue(scope.context, first.text) : resolveColumn(scope, name.slice(0, -1), from, to)
  addInputs(set, owner, change)
}

/** Schemas that functions are in: where any function may follow a value (`a.trim()`, DuckDB), these are no values. */
const SCHEMAS = /^(?:main|temp|system|pg_catalog|information_schema)$/i

function changeOf(scope: Scope, upper: string): Change {
  if (isAggregate(scope.context.dialect.resolution, upper)) return AGGREGATION
  return isInserted(scope, upper) ? IDENTITY : TRANSFORMATION
}

function isAggregate({ aggregates, aggregateSuffixes }: Pick<ResolutionRules, 'aggregates' | 'aggregateSuffixes'>, upper: string): boolean {
  if (aggregates.has(upper)) return true
  return aggregateSuffixes.some(
    (suffix) => upper.endsWith(suffix) && isAggregate({ aggregates, aggregateSuffixes }, upper.slice(0, -suffix.length)),
  )
}

/** `sumIf(a, condition)`. */
function isConditional(rules: ResolutionRules, upper: string): boolean {
  return rules.aggregateSuffixes.includes('IF') && upper.endsWith('IF') && isAggregate(rules, upper.slice(0, -2))
}

function isInserted(scope: Scope, upper: string): boolean {
  return upper === 'VALUES' && sourceNamed(scope, INSERTED, 1) !== null
}

function collectArguments(scope: Scope, expr: CallExpr, change: Change, set: InputSet): void {
  const { args, upper } = expr
  // CLASSIFIER(Y) of MATCH_RECOGNIZE names a variable of the pattern
  if (upper === 'CLASSIFIER' && scope.pattern !== null) return
  if (CHOICES.has(upper) && args.length > 1) {
    control(scope, args.slice(0, 1), 'CONDITIONAL')
    return collectAll(scope, args.slice(1), change, set)
  }
  if (args.length > 1 && isConditional(scope.context.dialect.resolution, upper)) {
    control(scope, args.slice(-1), 'CONDITIONAL')
    return collectAll(scope, args.slice(0, -1), change, set)
  }
  if (upper === 'DECODE' && args.length > 2) {
    control(scope, args.slice(0, 1), 'CONDITIONAL')
    return collectChoices(scope, args.slice(1), change, set)
  }
  if (upper === 'MULTIIF' && args.length > 2) return collectChoices(scope, args, change, set)
  for (const arg of args) {
    if (arg.kind === 'star' && arg.base === null && upper.startsWith('COUNT')) continue
    if (arg.kind === 'column') addInputs(set, columnArgument(scope, upper, arg), change)
    else collect(scope, arg, change, set)
  }
}

/** A column as argument; or a whole row, or (in MySQL's VALUES) what would have been inserted into the column. */
function columnArgument(scope: Scope, upper: string, { parts, from, to }: ColumnExpr): Inputs {
  if (isInserted(scope, upper)) return resolveColumn(scope, [...INSERTED, ...parts], from, to)
  const row = parts.length === 1 ? rowNamed(scope, parts[0]?.text ?? '', ROW_FUNCTIONS.test(upper)) : null
  return row ? spanned(union(columnsOf(scope.context, row).map((each) => each.inputs)), from, to) : resolveColumn(scope, parts, from, to)
}

/** Functions that are given whole rows: a table's own name is its row there even without an alias. */
const ROW_FUNCTIONS = /JSON|^ROW$|^HSTORE$|^ARRAY_AGG$/

/** `to_json(t)`, `array_agg(t)`: the whole row of a relation that the text calls t, unless a column is known to be called so. */
function rowNamed(scope: Scope, name: string, implied = false): RowType | null {
  const source = sourceNamed(scope, [{ text: name, quoted: false, from: 0, to: 0 }], 1)
  if (source === null || (!implied && source.path !== null)) return null
  return scope.sources.some((each) => findColumn(scope.context, each.row, { text: name })) ? null : source.row
}

/** DECODE(x, search, result, …, default), multiIf(condition, result, …, default): what stands before a result chooses it. */
function collectChoices(scope: Scope, args: readonly Expr[], change: Change, set: InputSet): void {
  for (const [i, arg] of args.entries()) {
    if (i % 2 === 1 || i === args.length - 1) collect(scope, arg, change, set)
    else control(scope, [arg], 'CONDITIONAL')
  }
}

/** The columns of `stack(2, a, b, c, d)` (Hive, Spark): rows of values written side by side, so that of two columns the first is a and c. Null where it is no such call. */
export function stacked(scope: Scope, expr: Expr): readonly Inputs[] | null {
  if (expr.kind !== 'call' || expr.upper !== 'STACK') return null
  const [count, ...values] = expr.args
  const rows = count?.kind === 'literal' ? Number(count.text) : 0
  if (!(rows >= 1)) return null
  const width = Math.max(1, Math.ceil(values.length / rows))
  return Array.from({ length: Math.min(width, values.length) }, (_, i) =>
    union(values.filter((_value, place) => place % width === i).map((value) => valueOf(scope, value))),
  )
}

export function controlWindow(scope: Scope, window: Window): void {
  control(scope, window.partition, 'WINDOW')
  control(scope, window.order, 'WINDOW')
}

// ---------------------------------------------------------------- $1 and *

function positionInputs(scope: Scope, expr: PositionExpr): Inputs {
  const { context } = scope
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const source = expr.qualifier.length > 0 ? sourceNamed(at, expr.qualifier, expr.qualifier.length) : at.sources[0]
    if (!source) continue
    const { table } = source.row
    if (table && table.schema === null && table.name.form !== 'table') return fileColumn(context, table, expr)
    const found = columnAt(context, source.row, expr.index)
    if (found) return spanned(found.inputs, expr.from, expr.to)
    const columns = columnsOf(context, source.row)
    return spanned(source.row.any ?? union(columns.filter((each) => each.star).map((each) => each.inputs)), expr.from, expr.to)
  }
  return NONE
}

/** The column at a position, from 1, unless a star before it hides how many there are. */
function columnAt(context: Context, row: RowType, index: number): Column | null {
  const columns = columnsOf(context, row)
  return columns.slice(0, index).some((each) => each.star) ? null : (columns[index - 1] ?? null)
}

/** What `$1` is called: the column that it stands for, where that is known. */
export function positionName(scope: Scope, expr: PositionExpr): string {
  const source = expr.qualifier.length > 0 ? sourceNamed(scope, expr.qualifier, expr.qualifier.length) : scope.sources[0]
  const found = source ? columnAt(scope.context, source.row, expr.index) : null
  return found?.name ?? `$${expr.index}`
}

/** A file or stage has its columns by position alone: `$1` is what it is called. */
function fileColumn(context: Context, table: NonNullable<RowType['table']>, expr: PositionExpr): Inputs {
  const name = `$${expr.index}`
  const known = table.found.get(name)
  const made = known ?? column(name, [{ base: baseColumn(context, table.name, name), change: IDENTITY, from: -1, to: -1 }])
  table.found.set(name, made)
  return spanned(made.inputs, expr.from, expr.to)
}

/** `t.*` or `*` as an argument: all columns go in. */
function starInputs(scope: Scope, expr: StarExpr): Inputs {
  const one = scope.context.each?.get(expr)
  if (one) return spanned(one.inputs, expr.from, expr.to)
  if (expr.base) return valueOf(scope, expr.base)
  if (expr.except.length > 0 || expr.replace.length > 0 || expr.pattern !== null)
    return spanned(union(scope.context.resolvers.star(scope, expr).map((each) => each.inputs)), expr.from, expr.to)
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const named = expr.qualifier.length > 0 ? sourceNamed(at, expr.qualifier, expr.qualifier.length) : null
    if (named) return spanned(union(columnsOf(at.context, named.row).map((each) => each.inputs)), expr.from, expr.to)
    if (expr.qualifier.length === 0 && at.sources.length > 0) {
      return spanned(
        union(at.sources.flatMap((source) => columnsOf(at.context, source.row).map((each) => each.inputs))),
        expr.from,
        expr.to,
      )
    }
  }
  return expr.qualifier.length > 0 ? resolveColumn(scope, expr.qualifier, expr.from, expr.to) : NONE
}

// ---------------------------------------------------------------- structs

/** The columns below an expression's value, where the text shows them: STRUCT(a AS x), [STRUCT(…)], ARRAY(SELECT AS STRUCT …). */
export function fieldsOf(scope: Scope, expr: Expr): RowType | null {
  const struct = structOf(expr)
  if (struct !== null) return constructFields(scope, struct)
  if (expr.kind === 'call' && expr.args.length === 1 && expr.args[0] && ARRAYS.has(expr.upper)) return fieldsOf(scope, expr.args[0])
  if (expr.kind === 'column' && expr.parts.length === 1)
    return columnFields(scope, expr.parts[0]?.text ?? '') ?? rowNamed(scope, expr.parts[0]?.text ?? '')
  return expr.kind === 'access' && expr.path.length === 0 ? fieldsOf(scope, expr.base) : null
}
const ARRAYS = new Set(['ARRAY_AGG', 'ARRAY', 'ANY_VALUE', 'FIRST_VALUE', 'LAST_VALUE', 'ARRAY_CONCAT'])

function columnFields(scope: Scope, name: string): RowType | null {
  const key = looseKey(name)
  if (isWide(scope)) return sourceKnowing(scope, key)?.row.columns?.find((each) => each.key === key)?.fields ?? null
  for (const source of scope.sources) {
    const found = source.row.columns?.find((each) => each.key === key)
    if (found) return found.fields
  }
  return null
}

/** Calls that make structs: `named_struct('x', a, 'y', b)`, `struct_pack(x := a)`. */
const PAIRED = new Set(['NAMED_STRUCT', 'OBJECT_CONSTRUCT', 'OBJECT_CONSTRUCT_KEEP_NULL', 'JSON_BUILD_OBJECT', 'JSONB_BUILD_OBJECT'])

function structOf(expr: Expr): ConstructExpr | null {
  if (expr.kind === 'construct') return expr
  if (expr.kind !== 'call' || expr.args.length === 0) return null
  const { args, upper, from, to } = expr
  if (upper === 'STRUCT_PACK') return { kind: 'construct', form: 'struct', items: args, from, to }
  if (!PAIRED.has(upper) || args.length % 2 === 1) return null
  const items: Expr[] = []
  for (let i = 0; i < args.length; i += 2) {
    const [key, value] = [args[i], args[i + 1]]
    if (key?.kind !== 'literal' || value === undefined) return null
    items.push({ kind: 'named', name: { text: key.text, quoted: true, from: key.from, to: key.to }, value, from: key.from, to: value.to })
  }
  return { kind: 'construct', form: 'struct', items, from, to }
}

/** The fields of an array's elements: named by the first, made of what stands at their place in any. */
function elementFields(scope: Scope, items: readonly Expr[]): RowType | null {
  const [first, ...rest] = items
  if (first === undefined) return EMPTY_ROW
  const fields = fieldsOf(scope, first)
  if (rest.length === 0 || !fields?.columns) return fields
  const others = rest.map((item) => (item.kind === 'construct' ? item.items : []))
  return rowOf(
    fields.columns.map((each, i) => {
      const more = others.map((values) => values[i]).filter((value) => value !== undefined)
      return column(
        each.name,
        union([each.inputs, ...more.map((value) => valueOf(scope, value.kind === 'named' ? value.value : value))]),
        each.fields,
      )
    }),
  )
}

function constructFields(scope: Scope, expr: ConstructExpr): RowType | null {
  if (expr.form === 'array') return elementFields(scope, expr.items)
  if (expr.form !== 'struct') return null
  const columns: Column[] = expr.items.map((item, i) => {
    if (item.kind === 'named') return column(item.name.text, valueOf(scope, item.value), fieldsOf(scope, item.value))
    const name = item.kind === 'column' ? (item.parts.at(-1)?.text ?? '') : `_${i}`
    return column(name, valueOf(scope, item), fieldsOf(scope, item))
  })
  return rowOf(columns)
}
