import { VALUE_KINDS } from '../../contracts/edges.ts'
import type { ColumnInput, ColumnLineage, IndirectInput, StatementLineage, TableName } from '../../contracts/lineage.ts'
import type { Statement } from '../tree.ts'
import type { Context, Indirect } from './context.ts'
import { joinsOf } from './joins.ts'
import { kindOf } from './kinds.ts'
import type { BaseColumn, Input } from './model.ts'

/** What was found, as it is given out. */
export function lineageOf(context: Context, statement: Statement, index: number): StatementLineage {
  const { dynamic } = context
  const columns = context.columns.map(
    (each): ColumnLineage => ({
      output: { table: each.table !== null && dynamic.has(each.table) ? null : each.table, column: each.column },
      inputs: nameable(dynamic, each.inputs).map((input) => inputOf(input, statement)),
    }),
  )
  return {
    index,
    kind: kindOf(statement),
    span: { start: statement.from, end: statement.to },
    inputs: [...context.reads],
    outputs: [...context.writes],
    columns,
    indirect: nameable(dynamic, context.indirect).map((each) => indirectOf(each, statement)),
    joins: joinsOf(context),
    confidence: confidenceOf(context, statement),
    diagnostics: context.diagnostics,
    effects: context.effects,
  }
}

/** Without the columns of tables whose name is not known. */
function nameable<T extends { readonly base: BaseColumn }>(dynamic: ReadonlySet<TableName>, found: readonly T[]): readonly T[] {
  return dynamic.size === 0 ? found : found.filter(({ base }) => base.table === null || !dynamic.has(base.table))
}

function inputOf({ base, change, from, to }: Input, statement: Statement): ColumnInput {
  const spanned = from >= 0
  const made = {
    table: base.table,
    column: base.column,
    transformation: VALUE_KINDS[change],
    start: spanned ? from : statement.from,
    end: spanned ? to : statement.to,
  }
  if (base.path === null && base.candidates === null) return made
  return {
    ...made,
    ...(base.path === null ? {} : { path: base.path }),
    ...(base.candidates === null ? {} : { candidates: base.candidates }),
  }
}

function indirectOf({ base, kind, from, to }: Indirect, statement: Statement): IndirectInput {
  const spanned = from >= 0
  const made = { table: base.table, column: base.column, kind, start: spanned ? from : statement.from, end: spanned ? to : statement.to }
  return base.candidates === null ? made : { ...made, candidates: base.candidates }
}

/** What one thing that was not understood takes away; what was only assumed takes little. */
const UNREAD = 0.2
const UNRESOLVED = 0.05
const ASSUMED_AT_MOST = 0.1

function confidenceOf(context: Context, statement: Statement): number {
  if (statement.kind === 'unparsed') return 0.2
  const unread = context.diagnostics.filter((each) => each.code.startsWith('SQL_') && !each.code.startsWith('SQL_COLUMN')).length
  const assumed = context.assumed > 0 ? ASSUMED_AT_MOST : 0
  const value = 1 - unread * UNREAD - context.unresolved * UNRESOLVED - assumed
  return Math.max(Math.round(value * 100) / 100, 0.1)
}
