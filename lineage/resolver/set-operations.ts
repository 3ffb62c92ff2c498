import type { SetArm } from '../tree.ts'
import type { Context } from './context.ts'
import { type Column, column, type Inputs, rowOf, type RowType, union } from './model.ts'
import { columnsOf } from './rows.ts'

export interface ArmRow {
  readonly arm: Pick<SetArm, 'operator' | 'byName'>
  readonly row: RowType
}

/** The row of a chain of set operations, named after the first arm. All arms at once, so that many arms cost what they hold. */
export function combined(context: Context, arms: readonly ArmRow[]): RowType {
  const [first] = arms
  if (first === undefined || arms.length === 1) return first?.row ?? rowOf([])
  const rows = arms.map(({ arm, row }) => ({ byName: arm.byName, columns: columnsOf(context, row), any: row.any }))
  const columns = rows.some((each) => each.byName) ? byName(rows.map((each) => each.columns)) : byPosition(rows.map((each) => each.columns))
  const made = rowOf(columns)
  const any = rows.flatMap((each) => (each.any ? [each.any] : []))
  return any.length > 0 ? { ...made, any: union(any) } : made
}

/**
 * Position by position. Where an arm is `*` of a table that is not known, its positions cannot be counted: the arm's columns are then
 * taken by name where it names them, and its star stands beside the others.
 */
function byPosition(arms: readonly (readonly Column[])[]): readonly Column[] {
  const fixed = arms.filter((columns) => columns.every((each) => each.star === null))
  const open = arms.filter((columns) => columns.some((each) => each.star !== null))
  const [names] = fixed
  const columns = names?.map((each, i) => joined(each, fixed.map((arm) => arm[i]?.inputs ?? []))) ?? []
  return open.length === 0 ? columns : byName([...(columns.length > 0 ? [columns] : []), ...open])
}

function joined(name: Column, parts: readonly Inputs[]): Column {
  const inputs = union(parts)
  return inputs === name.inputs ? name : column(name.name, inputs, name.fields)
}

function byName(arms: readonly (readonly Column[])[]): readonly Column[] {
  const named = new Map<string, { readonly first: Column; readonly parts: Inputs[] }>()
  const stars = new Map<unknown, Column>()
  for (const each of arms.flat()) {
    if (each.star) stars.set(each.inputs, each)
    else {
      const known = named.get(each.key)
      if (known) known.parts.push(each.inputs)
      else named.set(each.key, { first: each, parts: [each.inputs] })
    }
  }
  return [...[...named.values()].map(({ first, parts }) => joined(first, parts)), ...stars.values()]
}
