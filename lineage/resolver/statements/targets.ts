import type { TableName } from '../../../contracts/lineage.ts'
import type { ColumnExpr, Ident, Name } from '../../tree.ts'
import { type Context, substituted, tableNamed } from '../context.ts'
import type { BaseTable, Column, Inputs, RowType } from '../model.ts'
import { fold, looseKey } from '../names.ts'
import { byPosition, columnsOf, findColumn } from '../rows.ts'

/** The table that a statement writes: an output, read only where the text reads it. Null where the name cannot be known. */
export function written(context: Context, given: Name): BaseTable {
  const name = substituted(context, given)
  const table = tableNamed(context, name)
  if (name.form !== 'variable' || name.parts[0]?.text.startsWith('@')) context.writes.add(table.name)
  return table
}

export function edge(context: Context, table: TableName | null, column: string, inputs: Inputs): void {
  context.columns.push({ table, column, inputs })
}

/** What the target calls the column that the text names, `t.a` or `a`. */
export function targetColumn(context: Context, table: BaseTable, parts: readonly Ident[]): string {
  const last = targetPart(table, parts)
  if (last === undefined) return ''
  const known = table.schema?.index.get(looseKey(last.text))
  return (known === undefined ? undefined : table.schema?.columns[known]) ?? fold(last, context.dialect.resolution.columns)
}

/** `a.b` is column b of a, or field b of column a: the latter only where the table is known to have an `a`. */
function targetPart(table: BaseTable, parts: readonly Ident[]): Ident | undefined {
  const [first] = parts
  const isStruct = parts.length > 1 && first !== undefined && table.schema?.index.has(looseKey(first.text)) === true
  return isStruct ? first : parts.at(-1)
}

export function targetNames(context: Context, table: BaseTable, columns: readonly ColumnExpr[]): readonly string[] {
  return columns.map((each) => targetColumn(context, table, each.parts))
}

/**
 * Writes a row into a table: by the explicit list, else by the columns the table is known to have, position by position, else
 * under the row's own names. The row's `*` of an unknown table goes to `*` where no list says otherwise.
 */
export function writeRow(context: Context, table: BaseTable, row: RowType, listed: readonly string[] | null): void {
  const columns = columnsOf(context, row)
  const names = listed ?? table.schema?.columns ?? null
  if (names === null) return writeOwn(context, table, columns)
  const open = columns.some((each) => each.star !== null)
  if (open && listed === null) return writeOpen(context, table, columns, names)
  const placed = byPosition(columns, names.length)
  for (const [i, name] of names.entries()) edge(context, table.name, name, placed[i]?.inputs ?? [])
}

function writeOwn(context: Context, table: BaseTable, columns: readonly Column[]): void {
  for (const each of columns) edge(context, table.name, each.name, each.inputs)
}

/** Known target, unknown source: what stands before the star is placed, what stands behind it counts from the end. */
function writeOpen(context: Context, table: BaseTable, columns: readonly Column[], names: readonly string[]): void {
  const first = columns.findIndex((each) => each.star !== null)
  const last = columns.findLastIndex((each) => each.star !== null)
  const behind = columns.length - last - 1
  for (const [i, each] of columns.entries()) {
    if (i >= first && i <= last) edge(context, table.name, each.star ? '*' : each.name, each.inputs)
    else edge(context, table.name, names[i < first ? i : names.length - behind + (i - last - 1)] ?? each.name, each.inputs)
  }
}

/** Columns go to the target's of the same name. */
export function writeByName(context: Context, table: BaseTable, row: RowType, only: readonly string[] | null = null): void {
  const allowed = only ?? table.schema?.columns ?? null
  const columns = columnsOf(context, row)
  if (allowed !== null && columns.every((each) => each.star === null)) {
    for (const name of allowed) {
      const found = findColumn(context, row, { text: name })
      if (found) edge(context, table.name, name, found.inputs)
    }
    return
  }
  writeOwn(context, table, columns)
}

/** Names of a row's columns, or null where some are not known. */
export function rowNames(context: Context, row: RowType): readonly string[] | null {
  const columns = columnsOf(context, row)
  return columns.some((each) => each.star !== null) ? null : columns.map((each) => each.name)
}
