import type { JoinColumn, JoinPair } from '../../contracts/lineage.ts'
import type { Expr } from '../tree.ts'
import type { Context, Join, Scope } from './context.ts'
import { controlInputs, valueOf } from './expressions.ts'
import { type BaseColumn, type Inputs, NONE } from './model.ts'

/** A condition is control, like any; the columns that it sets equal are pairs beside, whatever queries they come through. */
export function controlCondition(scope: Scope, expr: Expr | null, kind: 'JOIN' | 'FILTER'): void {
  if (expr !== null && expr.kind !== 'literal') conditionInputs(scope, expr, kind)
}

function conditionInputs(scope: Scope, expr: Expr, kind: 'JOIN' | 'FILTER'): Inputs {
  if (expr.kind === 'operation') {
    const operands = expr.operands.map((operand) => conditionInputs(scope, operand, kind))
    for (const at of expr.equalities) noteJoin(scope.context, operands[at] ?? NONE, operands[at + 1] ?? NONE, kind)
    return NONE
  }
  const inputs = valueOf(scope, expr)
  controlInputs(scope.context, inputs, kind)
  return expr.kind === 'subquery' ? NONE : inputs
}

/** A filter joins only what is of two tables; ON may join a table with itself. */
export function noteJoin(context: Context, left: Inputs, right: Inputs, kind: 'JOIN' | 'FILTER'): void {
  const [one, other] = [left[0]?.base, right[0]?.base]
  if (left.length !== 1 || right.length !== 1 || one === undefined || other === undefined) return
  if (!isColumn(one) || !isColumn(other) || one.id === other.id || (kind === 'FILTER' && one.table === other.table)) return
  context.joins ??= new Map()
  const key = Math.min(one.id, other.id) * MOST_COLUMNS + Math.max(one.id, other.id)
  if (!context.joins.has(key)) context.joins.set(key, { left: one, right: other })
}

/** Ids of base columns stay below: a key of two is a whole number still. */
const MOST_COLUMNS = 2 ** 26

function isColumn({ table, candidates, column }: BaseColumn): boolean {
  return table !== null && candidates === null && column !== '*'
}

export function joinsOf({ joins, dynamic }: Context): readonly JoinPair[] {
  if (joins === null) return []
  const named = ({ table }: BaseColumn): boolean => table !== null && !dynamic.has(table)
  return [...joins.values()].filter(({ left, right }) => named(left) && named(right)).flatMap(pairOf)
}

function pairOf({ left, right }: Join): readonly JoinPair[] {
  const [one, other] = [joinColumn(left), joinColumn(right)]
  return one && other ? [{ left: one, right: other }] : []
}

function joinColumn({ table, column, path }: BaseColumn): JoinColumn | null {
  if (table === null) return null
  return path === null ? { table, column } : { table, column, path }
}
