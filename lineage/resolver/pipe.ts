import type { PipeQuery, PipeStep, QueryBody, SelectItem } from '../tree.ts'
import type { Context, CteFrame, Scope, ScopeSource } from './context.ts'
import { control, valueOf } from './expressions.ts'
import { type Column, column, type RowType, rowOf } from './model.ts'
import { fold, looseKey } from './names.ts'
import { pivotRow, unpivotRow } from './pivot.ts'
import { addJoin, addRelations, starOf } from './relations.ts'
import { hideInStar } from './rows.ts'
import { newScope } from './scope.ts'
import { itemColumns } from './select.ts'
import { type ArmRow, combined } from './set-operations.ts'

type BodyRow = (context: Context, body: QueryBody, parent: Scope | null, ctes: CteFrame | null) => RowType

/** `FROM t |> …`: each step makes a row of the row before. */
export function pipeRow(context: Context, pipe: PipeQuery, parent: Scope | null, ctes: CteFrame | null, bodyRow: BodyRow): RowType {
  let scope = sourceScope(context, pipe.source, parent, ctes, bodyRow)
  for (const step of pipe.steps) scope = applyStep(scope, step, bodyRow)
  return rowOf(starOf(scope))
}

/** A FROM without SELECT keeps its aliases for the steps; any other query is one relation without a name. */
function sourceScope(context: Context, source: QueryBody, parent: Scope | null, ctes: CteFrame | null, bodyRow: BodyRow): Scope {
  const scope = newScope(context, parent, ctes)
  const [only] = source.kind === 'select' ? source.items : []
  if (source.kind === 'select' && source.items.length <= 1 && (!only || (only.expr.kind === 'star' && only.expr.from === only.expr.to))) {
    addRelations(scope, source.relations)
    if (source.where) control(scope, [source.where], 'FILTER')
    return scope
  }
  scope.sources.push(plain(null, bodyRow(context, source, parent, ctes)))
  return scope
}

function plain(alias: string | null, row: RowType): ScopeSource {
  return { alias, path: null, row, hidden: null, silent: false, qualifiedOnly: false }
}

/** A scope of one row; what had names before has them no more. */
function only(scope: Scope, row: RowType, alias: string | null = null): Scope {
  const made = newScope(scope.context, scope.parent, scope.ctes)
  made.sources.push(plain(alias, row))
  return made
}

function applyStep(scope: Scope, step: PipeStep, bodyRow: BodyRow): Scope {
  switch (step.kind) {
    case 'select':
      return only(scope, rowOf(itemColumns(scope, step.items)))
    case 'extend': {
      scope.sources.push(plain(null, rowOf(itemColumns(scope, step.items))))
      return scope
    }
    case 'set':
      return only(scope, rowOf(setColumns(scope, step)))
    case 'drop':
      return only(scope, rowOf(without(starOf(scope), new Set(step.columns.map((each) => looseKey(each.text))))))
    case 'rename':
      return only(scope, rowOf(renamedColumns(scope, step)))
    case 'as':
      return only(scope, rowOf(starOf(scope)), looseKey(step.alias.text))
    case 'where':
      control(scope, [step.condition], 'FILTER')
      return scope
    case 'aggregate':
      return only(scope, rowOf(aggregated(scope, step.items, step.groupBy)))
    case 'order':
      control(scope, step.order, 'SORT')
      return scope
    case 'join':
      return joined(scope, step)
    case 'union':
      return only(
        scope,
        combined(scope.context, [
          { arm: { operator: 'first', byName: false, columns: null, keep: 'all' }, row: rowOf(starOf(scope)) },
          ...armRows(scope, step, bodyRow),
        ]),
      )
    case 'pivot':
      return only(scope, pivotRow(scope, step.pivot), step.alias?.name ? looseKey(step.alias.name.text) : null)
    case 'unpivot':
      return only(scope, unpivotRow(scope, step.unpivot), step.alias?.name ? looseKey(step.alias.name.text) : null)
    case 'skip':
      return scope
    default:
      return step satisfies never
  }
}

function armRows(scope: Scope, step: PipeStep & { kind: 'union' }, bodyRow: BodyRow): readonly ArmRow[] {
  return step.arms.map((arm) => ({ arm, row: bodyRow(scope.context, arm.body, scope.parent, scope.ctes) }))
}

function joined(scope: Scope, step: PipeStep & { kind: 'join' }): Scope {
  const left: Scope = { ...scope, sources: [], merged: [...scope.merged] }
  left.sources.push(...scope.sources)
  addJoin(left, step.join, 0)
  return left
}

function setColumns(scope: Scope, step: PipeStep & { kind: 'set' }): readonly Column[] {
  const values = new Map(step.items.map((item) => [looseKey(item.column.text), valueOf(scope, item.value)] as const))
  return starOf(scope).flatMap((each) => {
    if (each.star) return [hideInStar(each, new Set(values.keys())), ...[...values].map(([key, inputs]) => column(key, inputs))]
    return [values.has(each.key) ? column(each.name, values.get(each.key) ?? []) : each]
  })
}

function without(columns: readonly Column[], gone: ReadonlySet<string>): readonly Column[] {
  return columns.flatMap((each) => (each.star ? [hideInStar(each, gone)] : gone.has(each.key) ? [] : [each]))
}

function renamedColumns(scope: Scope, step: PipeStep & { kind: 'rename' }): readonly Column[] {
  const { context } = scope
  const names = new Map(step.renames.map((each) => [looseKey(each.column.text), each.alias] as const))
  return starOf(scope).map((each) => {
    const alias = names.get(each.key)
    return alias && !each.star
      ? column(fold(alias, context.dialect.resolution.columns), each.inputs, each.fields)
      : hideInStar(each, new Set(names.keys()))
  })
}

/** AGGREGATE … GROUP BY …: the grouping columns come first. */
function aggregated(scope: Scope, items: readonly SelectItem[], groupBy: readonly SelectItem[]): readonly Column[] {
  control(
    scope,
    groupBy.map((item) => item.expr),
    'GROUP_BY',
  )
  const keys = itemColumns(scope, groupBy)
  return [...keys, ...itemColumns(scope, items)]
}
