import type { CreateStatement, Ident, Name, QueryBody, QueryStatement, Select } from '../../tree.ts'
import { type Context, type CteFrame, intern, tableNamed, temporaryName } from '../context.ts'
import type { BaseTable, RowType } from '../model.ts'
import { fold, looseKey } from '../names.ts'
import { resolveQuery } from '../query.ts'
import { columnsOf } from '../rows.ts'
import { edge, rowNames, writeRow } from './targets.ts'

/** CREATE TABLE, VIEW and their like: with a query or a clone data comes along, else only a name and columns. */
export function resolveCreate(context: Context, statement: CreateStatement): void {
  const table = createdTable(context, statement.name, statement.temporary !== 'no')
  const declared = columnNames(context, statement)
  const row = statement.query ? resolveQuery(context, statement.query, null, null) : null
  const output = statement.target ? created(context, statement.target, false) : table
  context.writes.add(output.name)
  const byName = row !== null && statement.columns.length > 0 && context.dialect.lexical.executableComments
  if (row && !statement.noData) writeCreated(context, output, row, byName ? null : declared)
  if (statement.clone) copyOf(context, output, statement.clone)
  if (statement.base) copyOf(context, output, statement.base)
  readLocations(context, statement, row)
  // MySQL puts the query's columns behind those declared, or in the place of those that are called like them.
  // The columns of generated ones follow from the table's own; no edge leaves the table.
  const given = row ? rowNames(context, row) : cloneColumns(context, statement)
  const columns = byName && declared && given ? [...declared.filter((name) => !given.includes(name)), ...given] : (declared ?? given)
  context.effects.push({
    effect: 'create',
    table: table.name,
    temp: table.name.temp,
    replace: statement.replace,
    declared: row === null && declared !== null,
    columns,
    ...(statement.locations.length > 0 ? { locations: statement.locations.map((name) => tableNamed(context, name).name) } : {}),
    ...(statement.like ? { like: tableNamed(context, statement.like).name } : {}),
  })
}

/** A stage and a view over files stand for what lies there. The location of a table is where its own rows are kept. */
function readLocations(context: Context, { what, locations }: CreateStatement, row: RowType | null): void {
  if (what === 'stage' || (what === 'view' && row === null))
    for (const place of locations) context.reads.add(tableNamed(context, place).name)
}

/** The table that is made, which hides what the session knew under the name. */
function createdTable(context: Context, name: Name, temporary: boolean): BaseTable {
  return created(context, name, temporary || isTemporaryName(context, name))
}

function isTemporaryName(context: Context, name: Name): boolean {
  const prefix = context.dialect.resolution.temporaryPrefix
  return prefix !== null && (name.parts.at(-1)?.text ?? '').startsWith(prefix)
}

function created(context: Context, name: Name, temporary: boolean): BaseTable {
  return temporary ? intern(context, temporaryName(context, name)) : tableNamed(context, name)
}

function columnNames(context: Context, statement: CreateStatement): readonly string[] | null {
  const idents: readonly Ident[] = statement.names.length > 0 ? statement.names : statement.columns.map((each) => each.name)
  return idents.length > 0 ? idents.map((ident) => fold(ident, context.dialect.resolution.columns)) : null
}

/** A new table has the columns the text gives it, whatever an older one of its name had. */
function writeCreated(context: Context, table: BaseTable, row: RowType, declared: readonly string[] | null): void {
  if (declared !== null) return writeRow(context, table, row, declared)
  for (const each of columnsOf(context, row)) edge(context, table.name, each.name, each.inputs)
}

function copyOf(context: Context, output: BaseTable, name: Name): void {
  const source = tableNamed(context, name)
  context.reads.add(source.name)
  for (const each of columnsOf(context, source.row)) edge(context, output.name, each.name, each.inputs)
}

function cloneColumns(context: Context, statement: CreateStatement): readonly string[] | null {
  const from = statement.clone ?? statement.like ?? statement.base
  return from ? (tableNamed(context, from).schema?.columns ?? null) : null
}

/** SELECT … INTO t; the row of any other query is the statement's result. */
export function resolveQueryStatement(context: Context, statement: QueryStatement, ctes: CteFrame | null): void {
  const row = resolveQuery(context, statement.query, null, ctes)
  const into = intoOf(statement.query.body)
  if (into && !into.variables && !isVariable(context, into.name)) {
    const table = createdTable(context, into.name, into.temporary)
    context.writes.add(table.name)
    for (const each of columnsOf(context, row)) edge(context, table.name, each.name, each.inputs)
    context.effects.push({
      effect: 'create',
      table: table.name,
      temp: table.name.temp,
      replace: false,
      declared: false,
      columns: rowNames(context, row),
    })
    return
  }
  for (const each of columnsOf(context, row)) edge(context, null, each.name, each.inputs)
  const schemas = searchPathOf(statement.query.body)
  if (schemas !== null) context.effects.push({ effect: 'defaults', schema: firstSchema(context, schemas) })
}

/** `SELECT set_config('search_path', 'a, b', false)` (Postgres) is SET search_path; null where no path is set. */
function searchPathOf(body: QueryBody): string | null {
  if (body.kind !== 'select') return null
  for (const { expr } of body.items) {
    if (expr.kind !== 'call' || expr.upper !== 'SET_CONFIG') continue
    const [name, value] = expr.args
    if (name?.kind === 'literal' && looseKey(name.text) === 'search_path' && value?.kind === 'literal') return value.text
  }
  return null
}

/** The first of a list of schemas that is no schema of the session or the system. */
function firstSchema(context: Context, path: string): string | null {
  for (const [text, quotedText] of path.matchAll(/"([^"]*)"|[^\s,"]+/g)) {
    if (/^"?\$user|^pg_/i.test(text)) continue
    const ident = { text: quotedText ?? text, quoted: quotedText !== undefined, from: 0, to: 0 }
    return fold(ident, context.dialect.resolution.tables)
  }
  return null
}

/** `SELECT a INTO v` of a routine that declares v (plpgsql): no table. */
function isVariable(context: Context, { parts }: Name): boolean {
  return context.variables.has(looseKey(parts[0]?.text ?? ''))
}

function intoOf(body: QueryBody): Select['into'] {
  if (body.kind === 'select') return body.into
  if (body.kind === 'nested') return intoOf(body.query.body)
  if (body.kind === 'set') return body.arms.map((arm) => intoOf(arm.body)).find((into) => into !== null) ?? null
  return null
}
