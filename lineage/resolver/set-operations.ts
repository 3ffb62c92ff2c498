import type { SetArm } from '../tree.ts'
import type { Context } from './context.ts'
import { type Column, column, type Inputs, type RowType, rowOf, union } from './model.ts'
import { looseKey } from './names.ts'
import { columnsOf } from './rows.ts'

export interface ArmRow {
  readonly arm: Pick<SetArm, 'operator' | 'byName' | 'columns' | 'keep'>
  readonly row: RowType
}

/** The row of a chain of set operations, named after the first arm. All arms at once, so that many arms cost what they hold. */
export function combined(context: Context, arms: readonly ArmRow[]): RowType {
  const [first] = arms
  if (first === undefined || arms.length === 1) return first?.row ?? rowOf([])
  const rows = arms.map(({ arm, row }) => ({ byName: arm.byName, columns: columnsOf(context, row), any: row.any }))
  const lists = rows.map((each) => each.columns)
  const columns = rows.some((each) => each.byName) ? kept(byName(lists), arms, lists) : byPosition(lists)
  const made = rowOf(columns)
  const any = rows.flatMap((each) => (each.any ? [each.any] : []))
  return any.length > 0 ? { ...made, any: union(any) } : made
}

/** What the arms' own words leave of columns by name. A star may have any column, so that beside one none is left out for what others lack. */
function kept(columns: readonly Column[], arms: readonly ArmRow[], lists: readonly (readonly Column[])[]): readonly Column[] {
  const listed = arms.flatMap(({ arm }) => (arm.columns === null ? [] : [new Set(arm.columns.map(({ text }) => looseKey(text)))]))
  const fixed = lists.every((each) => each.every((one) => one.star === null))
  const common = fixed && arms.some(({ arm }) => arm.keep === 'common') ? lists : []
  const first = fixed && arms.some(({ arm }) => arm.keep === 'first') ? lists.slice(0, 1) : []
  const sets = [...listed, ...[...common, ...first].map((each) => new Set(each.map((one) => one.key)))]
  return sets.length === 0 ? columns : columns.filter((each) => each.star !== null || sets.every((names) => names.has(each.key)))
}

/**
 * Position by position. Where an arm is `*` of a table that is not known, its positions cannot be counted: the arm's columns are then
 * taken by name where it names them, and its star stands beside the others.
 */
function byPosition(arms: readonly (readonly Column[])[]): readonly Column[] {
  const fixed = arms.filter((columns) => columns.every((each) => each.star === null))
  const open = arms.filter((columns) => columns.some((each) => each.star !== null))
  const [names] = fixed
  const columns =
    names?.map((each, i) =>
      joined(
        each,
        fixed.map((arm) => arm[i]?.inputs ?? []),
      ),
    ) ?? []
  return open.length === 0 ? columns : byName([...(columns.length > 0 ? [columns] : []), ...open])
}

function joined(name: Column, parts: readonly Inputs[]): Column {
  const inputs = union(parts)
  return inputs === name.inputs ? name : column(name.name, inputs, name.fields)
}

function byName(arms: readonly (readonly Column[])[]): readonly Column[] {
  const named = new Map<string, { readonly first: Column; readonly parts: Inputs[] }>()
  const stars: Column[] = []
  for (const each of arms.flat()) {
    const known = named.get(each.key)
    if (each.star) stars.push(each)
    else if (known) known.parts.push(each.inputs)
    else named.set(each.key, { first: each, parts: [each.inputs] })
  }
  const columns = [...named.values()].map(({ first, parts }) => joined(first, parts))
  return stars.length === 0 ? columns : [...columns, allOf(stars)]
}

/** The stars of the arms as one: what comes through it comes from all of them. */
function allOf(stars: readonly Column[]): Column {
  const [first] = stars
  if (first !== undefined && stars.every((each) => each === first)) return first
  const tables = [...new Set(stars.flatMap((each) => each.star?.tables ?? []))]
  const hidden = stars.map((each) => each.star?.hidden ?? null)
  const common = hidden.every((each) => each !== null)
    ? new Set([...(hidden[0] ?? [])].filter((name) => hidden.every((each) => each?.has(name))))
    : null
  return { name: '*', key: '*', inputs: union(stars.map((each) => each.inputs)), star: { tables, hidden: common }, fields: null }
}
