import type { Expr, Select, SelectItem, StarExpr, Values } from '../tree.ts'
import type { Context, CteFrame, Scope } from './context.ts'
import { control, controlInputs, controlWindow, fieldsOf, positionName, stacked, valueOf } from './expressions.ts'
import { controlCondition } from './joins.ts'
import { type Column, column, EMPTY_ROW, type Inputs, NONE, type RowType, rowOf, TRANSFORMATION, union } from './model.ts'
import { fold, looseKey } from './names.ts'
import { addRelations } from './relations.ts'
import { renamedBy, repeatedColumns } from './repeated-columns.ts'
import { columnsOf, renamed } from './rows.ts'
import { newScope } from './scope.ts'
import { expandStar } from './stars.ts'

/** The row of one SELECT; its conditions become control edges. `order` is the ORDER BY of the query around, which sees this scope. */
export function selectRow(context: Context, select: Select, parent: Scope | null, ctes: CteFrame | null, order: readonly Expr[]): RowType {
  const scope = select.connectBy.length > 0 ? { ...newScope(context, parent, ctes), locals: HIERARCHY } : newScope(context, parent, ctes)
  addRelations(scope, select.relations)
  const row = select.transform ? transformed(scope, select) : (valueTable(scope, select) ?? itemsRow(scope, select.items))
  conditions(scope, select, row, order)
  return row
}

/** `SELECT AS VALUE STRUCT(a, b)` (BigQuery): the fields are the columns. */
function valueTable(scope: Scope, { as, items }: Select): RowType | null {
  const [only] = items
  return as === 'value' && only && items.length === 1 ? fieldsOf(scope, only.expr) : null
}

/** What CONNECT BY gives beside the relations' columns. */
const HIERARCHY: ReadonlyMap<string, Inputs> = new Map(['level', 'connect_by_isleaf', 'connect_by_iscycle'].map((name) => [name, NONE]))

/** The row that a select list makes over a scope. A lone `*` over one relation is that relation's row itself. */
export function itemsRow(scope: Scope, items: readonly SelectItem[]): RowType {
  const [only] = items
  const [source] = scope.sources
  if (
    only &&
    items.length === 1 &&
    source &&
    scope.sources.length === 1 &&
    isPlainStar(only.expr) &&
    !source.silent &&
    source.hidden === null
  ) {
    columnsOf(scope.context, source.row)
    return source.row.table ? rowOf(columnsOf(scope.context, source.row)) : source.row
  }
  return rowOf(itemColumns(scope, items))
}

function isPlainStar(expr: Expr): boolean {
  if (expr.kind !== 'star' || expr.base !== null || expr.qualifier.length > 0) return false
  return expr.except.length === 0 && expr.replace.length === 0 && expr.rename.length === 0 && expr.pattern === null
}

export function itemColumns(scope: Scope, items: readonly SelectItem[]): readonly Column[] {
  const columns: Column[] = []
  let aliases: Map<string, Column> | null = null
  for (const item of items) {
    const several = severalColumns(scope, item)
    if (several !== null) {
      columns.push(...several)
      continue
    }
    const inputs = valueOf(scope, item.expr)
    if (item.variable) continue
    const made = itemColumn(scope, item, inputs, columns.length)
    columns.push(made)
    if (item.alias) {
      aliases ??= new Map()
      if (!aliases.has(made.key)) aliases.set(made.key, made)
      // Where the dialect has no lateral aliases they still explain a name that no relation can have.
      scope.aliases = aliases
    }
  }
  return columns
}

/** The columns of an item that is not one: a star, an expression over COLUMNS(…), a generator with several aliases; null where it is one. */
function severalColumns(scope: Scope, item: SelectItem): readonly Column[] | null {
  const { expr, aliases } = item
  const { columns, repeatedColumns: repeats } = scope.context.dialect.resolution
  if (expr.kind === 'star') return starColumns(scope, item, expr)
  if (aliases.length === 0 || item.variable) return repeats ? repeatedColumns(scope, item) : null
  const inputs = valueOf(scope, expr)
  const each = stacked(scope, expr)
  return aliases.map((alias, i) => column(fold(alias, columns), each === null ? inputs : (each[i] ?? NONE)))
}

/** `(ROW(1, 2)).* AS (a, b)` (Trino) names the columns of a star. */
function starColumns(scope: Scope, { alias, aliases }: SelectItem, star: StarExpr): readonly Column[] {
  const given = expandStar(scope, star)
  if (alias && star.each)
    return given.map((each) => (each.star ? each : column(renamedBy(alias.text, each.name, star), each.inputs, each.fields)))
  const rules = scope.context.dialect.resolution.columns
  return renamed(given, aliases, (i) => (aliases[i] ? fold(aliases[i], rules) : ''))
}

function itemColumn(scope: Scope, item: SelectItem, inputs: Inputs, index: number): Column {
  const rules = scope.context.dialect.resolution.columns
  const name = item.alias ? fold(item.alias, rules) : (ownName(scope, item.expr) ?? `_col${index}`)
  return column(name, inputs, fieldsOf(scope, item.expr))
}

/** What a column is called that has no alias: the column or field it takes, through casts; else nothing that can be relied on. */
function ownName(scope: Scope, expr: Expr): string | null {
  const rules = scope.context.dialect.resolution.columns
  if (expr.kind === 'column') {
    const last = expr.parts.at(-1)
    return last ? fold(last, rules) : null
  }
  if (expr.kind === 'access') {
    const last = expr.path.at(-1)
    return last ? fold(last, rules) : ownName(scope, expr.base)
  }
  if (expr.kind === 'position') return positionName(scope, expr)
  return expr.kind === 'cast' ? ownName(scope, expr.value) : null
}

function conditions(scope: Scope, select: Select, row: RowType, order: readonly Expr[]): void {
  controlCondition(scope, select.where, 'FILTER')
  for (const { window } of select.windows) controlWindow(scope, window)
  control(scope, select.connectBy, 'JOIN')
  const { groupAliases, havingAliases } = scope.context.dialect.resolution
  scope.usesAliases = groupAliases
  byPositionOrName(scope, select.groupBy, row, 'GROUP_BY')
  if (select.groupByAll) groupedByAll(scope, row)
  scope.usesAliases = havingAliases
  if (select.having) control(scope, [select.having], 'FILTER')
  if (select.qualify) control(scope, [select.qualify], 'FILTER')
  scope.usesAliases = true
  control(scope, select.distinctOn, 'GROUP_BY')
  byPositionOrName(scope, select.order, row, 'SORT')
  byPositionOrName(scope, order, row, 'SORT')
}

/** GROUP BY 1, ORDER BY 2: the position stands for the item. A name alone in ORDER BY is an item's before it is a relation's. */
function byPositionOrName(scope: Scope, exprs: readonly Expr[], row: RowType, kind: 'GROUP_BY' | 'SORT'): void {
  for (const expr of exprs) {
    const item =
      kind === 'SORT' && expr.kind === 'column' && expr.parts.length === 1 ? scope.aliases?.get(looseKey(expr.parts[0]?.text ?? '')) : null
    if (item) controlInputs(scope.context, item.inputs, kind)
    else if (expr.kind !== 'literal') control(scope, [expr], kind)
    else if (expr.type === 'number')
      controlInputs(scope.context, columnsOf(scope.context, row)[Number(expr.text) - 1]?.inputs ?? NONE, kind)
  }
}

function groupedByAll(scope: Scope, row: RowType): void {
  for (const each of columnsOf(scope.context, row)) {
    if (each.inputs.every((input) => input.change <= TRANSFORMATION)) controlInputs(scope.context, each.inputs, 'GROUP_BY')
  }
}

/** Hive's TRANSFORM: a program makes all its columns of all it is given. */
function transformed(scope: Scope, select: Select): RowType {
  const all = union(select.items.map((item) => valueOf(scope, item.expr))).map((input) => ({ ...input, change: TRANSFORMATION }) as const)
  const names = select.transform ?? []
  return rowOf((names.length > 0 ? names : [{ text: 'key' }, { text: 'value' }]).map((name) => column(name.text, all)))
}

/** VALUES rows: each position is made of what stands there in any row. */
export function valuesRow(context: Context, values: Values, parent: Scope | null, ctes: CteFrame | null): RowType {
  const scope = newScope(context, parent, ctes)
  const width = values.rows[0]?.length ?? 0
  if (width === 0) return EMPTY_ROW
  const { prefix, first } = context.dialect.resolution.valuesColumns
  return rowOf(
    Array.from({ length: width }, (_, i) => {
      const parts = values.rows.map((row) => cell(scope, row[i])).filter((inputs) => inputs.length > 0)
      return column(`${prefix}${i + first}`, union(parts))
    }),
  )
}

function cell(scope: Scope, expr: Expr | undefined): Inputs {
  return expr === undefined || expr.kind === 'literal' ? NONE : valueOf(scope, expr)
}

/** Orders of a set operation name its output columns, whose inputs sort. */
export function orderedRow(context: Context, row: RowType, order: readonly Expr[], parent: Scope | null, ctes: CteFrame | null): void {
  if (order.length === 0) return
  const scope = newScope(context, parent, ctes)
  scope.sources.push({ alias: null, path: null, row, hidden: null, silent: false, qualifiedOnly: false })
  byPositionOrName(scope, order, row, 'SORT')
}
