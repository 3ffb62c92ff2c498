import type { Expr, MatchSource, Pivot, PivotAxis, SelectItem, Unpivot } from '../tree.ts'
import type { Scope, ScopeSource } from './context.ts'
import { control, valueOf } from './expressions.ts'
import { AGGREGATION, anyRow, type Column, changed, column, type Inputs, NONE, type RowType, rowOf, union } from './model.ts'
import { fold, looseKey } from './names.ts'
import { columnsOf, hideInStar } from './rows.ts'

/** PIVOT: the input's columns that neither are aggregated nor spread, then one column for each value and aggregate. */
export function pivotRow(scope: Scope, pivot: Pivot): RowType {
  const { context } = scope
  const aggregated = pivot.aggregates.map((item) => ({ item, inputs: changed(valueOf(scope, item.expr), AGGREGATION) }))
  for (const axis of pivot.axes) {
    control(scope, axis.columns, 'CONDITIONAL')
    if (axis.query) context.resolvers.query(context, axis.query, scope, scope.ctes)
  }
  control(scope, pivot.groupBy, 'GROUP_BY')
  const used = usedNames([...pivot.aggregates.map((item) => item.expr), ...pivot.axes.flatMap((axis) => axis.columns)])
  const kept = keptColumns(scope, used, pivot.groupBy)
  const all = union(aggregated.map((each) => each.inputs))
  const made = pivot.axes.length > 0 && pivot.axes.every((axis) => axis.values.length > 0) ? combinations(scope, pivot, aggregated) : []
  const row = rowOf([...kept, ...made.flatMap((each) => each.slice(0, 1))])
  if (pivot.axes.some((axis) => axis.any || axis.query !== null || axis.values.length === 0)) return { ...row, any: all }
  return withNames(row, made)
}

interface Aggregate {
  readonly item: SelectItem
  readonly inputs: Inputs
}

/** For every value of every axis (their product) and every aggregate: the column, under the spellings in which it may be asked for. */
function combinations(scope: Scope, pivot: Pivot, aggregates: readonly Aggregate[]): readonly (readonly Column[])[] {
  const values = pivot.axes.reduce<readonly string[]>(
    (names, axis) =>
      names.length === 0 ? axisNames(scope, axis) : names.flatMap((name) => axisNames(scope, axis).map((other) => `${name}_${other}`)),
    [],
  )
  const rules = scope.context.dialect.resolution.columns
  const aliasFirst = scope.context.dialect.resolution.pivotNames === 'alias-value'
  return values.flatMap((value) =>
    aggregates.map(({ item, inputs }) => {
      const alias = item.alias ? fold(item.alias, rules) : aggregates.length > 1 ? aggregateName(item.expr) : null
      const names =
        alias === null
          ? [value]
          : aliasFirst
            ? [`${alias}_${value}`, `${value}_${alias}`]
            : [`${value}_${alias}`, `${alias}_${value}`, value]
      return names.map((name) => column(name, inputs))
    }),
  )
}

function aggregateName(expr: Expr): string {
  return expr.kind === 'call' ? expr.upper.toLowerCase() : 'value'
}

function axisNames(scope: Scope, axis: PivotAxis): readonly string[] {
  return axis.values.map((item) => (item.alias ? fold(item.alias, scope.context.dialect.resolution.columns) : valueName(item.expr)))
}

function valueName(expr: Expr): string {
  if (expr.kind === 'literal') return expr.text
  if (expr.kind === 'column') return expr.parts.at(-1)?.text ?? ''
  if (expr.kind === 'construct') return expr.items.map(valueName).join('_')
  return expr.kind === 'cast' ? valueName(expr.value) : 'value'
}

/** Snowflake's pivoted columns keep the quotes of the value in their name: 'Q1' is asked for as "'Q1'". */
function withNames(row: RowType, made: readonly (readonly Column[])[]): RowType {
  const index = new Map<string, Column>()
  for (const each of row.columns ?? []) if (!each.star && !index.has(each.key)) index.set(each.key, each)
  for (const names of made) {
    for (const name of names) {
      for (const key of [name.key, `'${name.key}'`]) if (!index.has(key)) index.set(key, name)
    }
  }
  return { ...row, index }
}

/** Last parts of the columns that the expressions name, loose. */
function usedNames(exprs: readonly Expr[]): ReadonlySet<string> {
  const names = new Set<string>()
  const visit = (expr: Expr): void => {
    if (expr.kind === 'column') names.add(looseKey(expr.parts.at(-1)?.text ?? ''))
    else for (const child of children(expr)) visit(child)
  }
  exprs.forEach(visit)
  return names
}

function children(expr: Expr): readonly Expr[] {
  if (expr.kind === 'call') return expr.args
  if (expr.kind === 'operation') return expr.operands
  if (expr.kind === 'construct') return expr.items
  if (expr.kind === 'cast' || expr.kind === 'named') return [expr.value]
  if (expr.kind === 'case') return [...expr.conditions, ...expr.results]
  return []
}

function keptColumns(scope: Scope, used: ReadonlySet<string>, groupBy: readonly Expr[]): readonly Column[] {
  if (groupBy.length > 0) return groupBy.map((expr) => column(keyName(scope, expr), valueOf(scope, expr)))
  const columns = scope.sources.flatMap((source) => columnsOf(scope.context, source.row))
  return columns.flatMap((each) => (each.star ? [hideInStar(each, used)] : used.has(each.key) ? [] : [each]))
}

/** UNPIVOT: the columns that stay, the one with the old names, the ones with their values. */
export function unpivotRow(scope: Scope, unpivot: Unpivot): RowType {
  const exprs = unpivot.columns.flatMap((each) => each.columns)
  const used = usedNames(exprs)
  const star = exprs.some((expr) => expr.kind === 'star')
  const kept = star ? [] : keptColumns(scope, used, [])
  const values = unpivot.values.map((ident, i) => {
    const inputs = union(unpivot.columns.map((each) => valueOf(scope, each.columns[i] ?? each.columns[0] ?? NOTHING)))
    return column(fold(ident, scope.context.dialect.resolution.columns), inputs)
  })
  const name = unpivot.name ? [column(fold(unpivot.name, scope.context.dialect.resolution.columns), NONE)] : []
  return rowOf([...kept, ...name, ...values])
}
const NOTHING: Expr = { kind: 'unknown', from: 0, to: 0 }

/** MATCH_RECOGNIZE: pattern variables are qualifiers of the one input. */
export function matchRow(scope: Scope, source: MatchSource): RowType {
  const [input] = scope.sources
  const inside: Scope = { ...scope, sources: [...scope.sources], pattern: input ?? NO_INPUT }
  const measures = source.measures.map((item, i) =>
    column(item.alias ? fold(item.alias, scope.context.dialect.resolution.columns) : `_col${i}`, valueOf(inside, item.expr)),
  )
  control(inside, source.conditions, 'FILTER')
  control(inside, source.partition, 'WINDOW')
  control(inside, source.order, 'WINDOW')
  const all = scope.sources.flatMap((each) => columnsOf(scope.context, each.row))
  const kept = source.allRows ? all : source.partition.map((expr) => column(keyName(scope, expr), valueOf(inside, expr)))
  return rowOf([...kept, ...measures])
}

function keyName(scope: Scope, expr: Expr): string {
  const last = expr.kind === 'column' ? expr.parts.at(-1) : undefined
  return last ? fold(last, scope.context.dialect.resolution.columns) : valueName(expr)
}
const NO_INPUT: ScopeSource = { alias: null, path: null, row: anyRow(NONE), hidden: null, silent: false, qualifiedOnly: false }
