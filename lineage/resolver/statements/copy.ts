import type { AlterAction, AlterStatement, CopyStatement, DropStatement, Name, TruncateStatement } from '../../tree.ts'
import { type Context, intern, tableNamed, temporaryName } from '../context.ts'
import { control } from '../expressions.ts'
import type { BaseTable, Inputs } from '../model.ts'
import { fold, qualify } from '../names.ts'
import { resolveQuery } from '../query.ts'
import { columnsOf, findColumn, openInputs } from '../rows.ts'
import { newScope } from '../scope.ts'
import { assign } from './assignments.ts'
import { edge, writeRow, written } from './targets.ts'
import { targetTable } from './update.ts'

/** COPY, UNLOAD, LOAD, EXPORT, BULK INSERT: rows between a table or query and a location. */
export function resolveCopy(context: Context, statement: CopyStatement): void {
  const sources = [...(statement.source ? [statement.source] : []), ...statement.sources]
  const names = statement.columns.map((each) => fold(each, context.dialect.resolution.columns))
  const target = statement.target && isKnown(statement.target) ? written(context, statement.target) : null
  if (target && !statement.targetLocation) context.effects.push({ effect: 'write', table: target.name, overwrite: statement.overwrite })
  if (statement.query) {
    const row = resolveQuery(context, statement.query, null, null)
    if (target) writeRow(context, target, row, names.length > 0 ? names : null)
    return
  }
  for (const source of sources) copied(context, target, source, names)
}

function isKnown(name: Name): boolean {
  return name.form !== 'variable'
}

function copied(context: Context, target: BaseTable | null, name: Name, names: readonly string[]): void {
  if (!isKnown(name)) return
  const source = tableNamed(context, name)
  context.reads.add(source.name)
  if (!target) return
  const isTable = source.name.form === 'table'
  if (isTable && names.length > 0) {
    // COPY t (a, b) TO 'file': the list is the source's.
    for (const column of names) edge(context, target.name, column, sourceColumn(context, source, column))
    return
  }
  if (!isTable && names.length > 0) return writeRow(context, target, source.row, names)
  if (isTable && source.schema) return writeRow(context, target, source.row, null)
  for (const each of columnsOf(context, source.row)) edge(context, target.name, each.name, each.inputs)
}

function sourceColumn(context: Context, source: BaseTable, name: string): Inputs {
  const ident = { text: name }
  return findColumn(context, source.row, ident)?.inputs ?? openInputs(context, source.row, ident)
}

// ---------------------------------------------------------------- ALTER, DROP, TRUNCATE

/** What a DROP or ALTER names is an output where it is a relation. */
const RELATIONS = /\b(TABLE|VIEW|STREAM|DYNAMIC|SYNONYM|ICEBERG)\b/

export function resolveAlter(context: Context, statement: AlterStatement): void {
  if (!RELATIONS.test(statement.what)) return
  const table = written(context, statement.name)
  for (const action of statement.actions) resolveAction(context, table, action)
}

function resolveAction(context: Context, table: BaseTable, action: AlterAction): void {
  switch (action.kind) {
    case 'rename':
      return renameTo(context, table, renamedTo(context, table, action.to))
    case 'set-schema':
      return renameTo(context, table, inSchema(context, table, action.schema))
    case 'swap':
      return swap(context, table, tableNamed(context, action.with))
    case 'append':
      return move(context, tableNamed(context, action.source), table)
    case 'exchange':
      return exchange(context, action.source, action.target, action.both)
    case 'change':
      return changeRows(context, action)
    case 'query':
      return newQuery(context, table, action)
    case 'add-columns':
      return addColumns(
        context,
        table,
        action.columns.map((each) => each.name),
      )
  }
}

function newQuery(context: Context, table: BaseTable, { query, names }: AlterAction & { kind: 'query' }): void {
  const rules = context.dialect.resolution.columns
  writeRow(context, table, resolveQuery(context, query, null, null), names.length > 0 ? names.map((each) => fold(each, rules)) : null)
}

function changeRows(context: Context, { target, assignments, where }: AlterAction & { kind: 'change' }): void {
  const scope = newScope(context, null, null)
  const table = targetTable(scope, target)
  for (const each of assignments) assign(scope, table, each)
  control(scope, [where], 'FILTER')
}

/** A bare new name stays in the schema of the old one. */
function renamedTo(context: Context, from: BaseTable, to: Name): BaseTable {
  const full = qualify(to, context.dialect, context.defaults)
  const missing = from.name.parts.length - to.parts.length
  const parts = missing > 0 ? [...from.name.parts.slice(0, missing), ...full.parts.slice(-to.parts.length)] : full.parts
  return intern(context, { ...from.name, name: parts.join('.'), parts })
}

function inSchema(context: Context, from: BaseTable, schema: Name): BaseTable {
  const names = schema.parts.map((part) => fold(part, context.dialect.resolution.tables))
  const last = from.name.parts.at(-1) ?? ''
  const parts = [...from.name.parts.slice(0, Math.max(from.name.parts.length - 1 - names.length, 0)), ...names, last]
  return intern(context, { ...from.name, name: parts.join('.'), parts })
}

/** A rename is an effect on names, and an edge: what the new name holds came from the old. */
function renameTo(context: Context, from: BaseTable, to: BaseTable): void {
  context.writes.add(to.name)
  context.effects.push({ effect: 'rename', from: from.name, to: to.name })
  for (const each of columnsOf(context, from.row)) edge(context, to.name, each.name, each.inputs)
}

function swap(context: Context, one: BaseTable, other: BaseTable): void {
  context.writes.add(other.name)
  context.effects.push({ effect: 'swap', from: one.name, to: other.name })
  move(context, other, one)
  move(context, one, other)
}

function move(context: Context, source: BaseTable, target: BaseTable): void {
  context.reads.add(source.name)
  context.writes.add(target.name)
  if (target.schema && source.schema) return writeRow(context, target, source.row, null)
  for (const each of columnsOf(context, source.row)) edge(context, target.name, each.name, each.inputs)
}

function exchange(context: Context, source: Name, target: Name, both: boolean): void {
  const from = tableNamed(context, source)
  const to = tableNamed(context, target)
  // The statement's own name stands for one of the two and is an output only where rows arrive.
  if (!both) context.writes.delete(from.name)
  move(context, from, to)
  if (both) move(context, to, from)
}

function addColumns(context: Context, table: BaseTable, columns: readonly Parameters<typeof fold>[0][]): void {
  if (!table.schema) return
  const added = columns.map((each) => fold(each, context.dialect.resolution.columns))
  context.effects.push({
    effect: 'create',
    table: table.name,
    temp: table.name.temp,
    replace: false,
    declared: true,
    columns: [...table.schema.columns, ...added],
  })
}

export function resolveDrop(context: Context, statement: DropStatement): void {
  if (!RELATIONS.test(statement.what)) return
  for (const name of statement.names) {
    const table = written(context, name)
    context.effects.push({ effect: 'drop', table: table.name })
  }
}

export function resolveTruncate(context: Context, statement: TruncateStatement): void {
  for (const name of statement.names) context.effects.push({ effect: 'write', table: written(context, name).name, overwrite: true })
}

/** DECLARE @t TABLE (…): a temp table of the batch. */
export function declareTable(context: Context, name: Name, columns: readonly string[]): void {
  const table = intern(context, { ...temporaryName(context, name), temp: true })
  context.effects.push({ effect: 'create', table: table.name, temp: true, replace: true, declared: true, columns })
}
