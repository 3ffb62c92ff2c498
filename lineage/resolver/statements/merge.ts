import type { Ident, MergeBranch, MergeStatement } from '../../tree.ts'
import type { Context, CteFrame, Scope, ScopeSource } from '../context.ts'
import { control, controlInputs, valueOf } from '../expressions.ts'
import { controlCondition } from '../joins.ts'
import { type BaseTable, column, EMPTY_ROW, type Inputs, type RowType, rowOf } from '../model.ts'
import { fold, looseKey } from '../names.ts'
import { addCtes } from '../query.ts'
import { scopeSource } from '../relations.ts'
import { findColumn, isOpen, openInputs } from '../rows.ts'
import { newScope } from '../scope.ts'
import { assign } from './assignments.ts'
import { targetNames, writeByName, writeRow } from './targets.ts'
import { returnedRow, targetTable, writeOutput } from './update.ts'

/** MERGE: what matched sees both sides, what is inserted the source alone. */
export function resolveMerge(context: Context, statement: MergeStatement, outer: CteFrame | null): RowType {
  const ctes = addCtes(context, statement.ctes, true, null, outer)
  const source = newScope(context, null, ctes)
  source.sources.push(scopeSource(source, statement.source))
  const both = newScope(context, null, ctes)
  both.sources.push(...source.sources)
  const target = targetTable(both, statement.target)
  controlCondition(both, statement.on, 'JOIN')
  for (const name of statement.using) for (const each of both.sources) controlInputs(context, sideInputs(context, each, name), 'JOIN')
  const alone = newScope(context, null, ctes)
  alone.sources.push(...both.sources.slice(0, 1))
  for (const branch of statement.branches) resolveBranch(branch.match === 'not-matched-by-source' ? alone : both, source, target, branch)
  const output = writeOutput(both, target, statement.output)
  return statement.returning.length > 0 ? returnedRow(both, target, statement.returning) : output
}

function sideInputs(context: Context, { row }: ScopeSource, name: Ident): Inputs {
  return findColumn(context, row, name)?.inputs ?? (isOpen(row, looseKey(name.text)) ? openInputs(context, row, name) : [])
}

function resolveBranch(both: Scope, source: Scope, target: BaseTable, branch: MergeBranch): void {
  control(branch.match === 'not-matched' ? source : both, [branch.condition], 'FILTER')
  if (branch.action === 'update') {
    if (branch.star) writeByName(both.context, target, sourceRow(source))
    for (const assignment of branch.assignments) assign(both, target, assignment)
  }
  if (branch.action === 'insert') insertBranch(source, target, branch)
}

function insertBranch(source: Scope, target: BaseTable, branch: MergeBranch): void {
  const { context } = source
  const names = branch.columns.length > 0 ? targetNames(context, target, branch.columns) : null
  if (branch.values.length > 0) {
    const row = rowOf(branch.values.map((expr, i) => column(valueName(context, expr, i), valueOf(source, expr))))
    return writeRow(context, target, row, names)
  }
  // INSERT *, INSERT ROW, INSERT (a, b) without VALUES: the source's columns of the same names.
  writeByName(context, target, sourceRow(source), names)
}

function valueName(context: Context, expr: MergeBranch['values'][number], index: number): string {
  const last = expr.kind === 'column' ? expr.parts.at(-1) : undefined
  return last ? fold(last, context.dialect.resolution.columns) : `_col${index}`
}

function sourceRow(source: Scope): RowType {
  return source.sources[0]?.row ?? EMPTY_ROW
}
