import type { Alias, GroupSource, Ident, Join, Relation, Source, TableSource } from '../tree.ts'
import { type Context, type Scope, type ScopeSource, substituted, tableNamed } from './context.ts'
import { controlInputs } from './expressions.ts'
import { controlCondition, noteJoin } from './joins.ts'
import { anyRow, type Column, column, EMPTY_ROW, NONE, type RowType, rowOf, union } from './model.ts'
import { fold, looseKey } from './names.ts'
import { matchRow, pivotRow, unpivotRow } from './pivot.ts'
import { columnsOf, findColumn, hideInStar, isOpen, openInputs, renamed } from './rows.ts'
import { findCte, newScope, resolveColumn, sourceNamed } from './scope.ts'
import { functionRow, resultRow, unnested } from './table-functions.ts'

/** Brings the relations of a FROM list into scope, left to right, so that lateral ones see those before them. */
export function addRelations(scope: Scope, relations: readonly Relation[]): void {
  for (const relation of relations) {
    const start = scope.sources.length
    addSource(scope, relation.source)
    for (const join of relation.joins) addJoin(scope, join, start)
  }
}

function addSource(scope: Scope, source: Source, silent = false): ScopeSource | null {
  if (source.kind === 'group' && source.alias === null) {
    addRelations(scope, source.relations)
    return null
  }
  const made = scopeSource(scope, source, silent)
  scope.sources.push(made)
  return made
}

/** The relation as a source of the scope, without bringing it in. */
export function scopeSource(scope: Scope, source: Source, silent = false): ScopeSource {
  const { alias } = source
  const row = withAlias(scope.context, sourceRow(scope, source), alias)
  const path = source.kind === 'table' && !alias?.name ? pathOf(source, row) : null
  return { alias: aliasOf(source), path, row, hidden: null, silent, qualifiedOnly: false }
}

function aliasOf(source: Source): string | null {
  if (source.alias?.name) return looseKey(source.alias.name.text)
  if (source.kind === 'table') return looseKey(source.name.parts.at(-1)?.text ?? '')
  if (source.kind === 'pivot' || source.kind === 'unpivot' || source.kind === 'match') return aliasOf(source.input)
  if (source.kind === 'function') return looseKey(source.call.name.at(-1)?.text ?? '')
  return null
}

function pathOf(source: TableSource, row: RowType): readonly string[] {
  const full = row.table?.name.parts ?? []
  return (full.length >= source.name.parts.length ? full : source.name.parts.map((part) => part.text)).map(looseKey)
}

function withAlias(context: Context, row: RowType, alias: Alias | null): RowType {
  if (!alias || alias.columns.length === 0) return row
  const columns = columnsOf(context, row)
  return rowOf(
    renamed(columns, alias.columns, (i) =>
      fold(alias.columns[i] ?? { text: '', quoted: false, from: 0, to: 0 }, context.dialect.resolution.columns),
    ),
  )
}

export function sourceRow(scope: Scope, source: Source): RowType {
  switch (source.kind) {
    case 'table':
      return tableRow(scope, source)
    case 'query':
      return scope.context.resolvers.query(scope.context, source.query, sees(scope, source.lateral) ? scope : scope.parent, scope.ctes)
    case 'function':
      return functionRow(scope, source, sourceRow)
    case 'group':
      return groupRow(scope, source)
    case 'pivot':
      return pivotRow(inner(scope, source.input), source.pivot)
    case 'unpivot':
      return unpivotRow(inner(scope, source.input), source.unpivot)
    case 'match':
      return matchRow(inner(scope, source.input), source)
    case 'unknown':
      return EMPTY_ROW
    default:
      return source satisfies never
  }
}

function sees({ context }: Scope, lateral: boolean): boolean {
  return lateral || context.dialect.resolution.lateralSubqueries
}

/** The scope in which PIVOT and its like see their one input. */
function inner(scope: Scope, input: Source): Scope {
  const made = newScope(scope.context, scope, scope.ctes)
  made.sources.push(scopeSource(scope, input))
  return made
}

function groupRow(scope: Scope, source: GroupSource): RowType {
  const made = newScope(scope.context, scope.parent, scope.ctes)
  addRelations(made, source.relations)
  return rowOf(starOf(made))
}

// ---------------------------------------------------------------- tables

function tableRow(scope: Scope, source: TableSource): RowType {
  const row =
    cteRow(scope, source) ??
    flowRow(scope.context, source) ??
    correlatedRow(scope, source) ??
    dummyRow(scope.context, source) ??
    readTable(scope.context, source)
  if (source.extra.length === 0) return row
  if (row.any !== null) return withPlaces(row, source.extra)
  return rowOf([...columnsOf(scope.context, row), ...source.extra.map((each) => column(each.text, []))])
}

/** Elements of an array and their place: any name that is not the place's is a field of theirs. */
function withPlaces(row: RowType, extra: TableSource['extra']): RowType {
  const added = extra.map((each) => column(each.text, []))
  const columns = [...(row.columns ?? []), ...added]
  return { ...row, columns, index: new Map([...(row.index ?? []), ...added.map((each) => [each.key, each] as const)]) }
}

function cteRow(scope: Scope, { name }: TableSource): RowType | null {
  const [only] = name.parts
  if (only === undefined || name.parts.length !== 1 || name.form !== 'plain') return null
  return findCte(scope.ctes, fold(only, scope.context.dialect.resolution.aliases))?.row ?? null
}

/** `$1` behind `->>`: what the statement before gave. */
function flowRow(context: Context, { name }: TableSource): RowType | null {
  const flows = name.form === 'variable' && name.parts[0]?.text === '$1' && context.dialect.lexical.at === 'stage'
  return flows ? (resultRow(context) ?? anyRow(NONE)) : null
}

/** `FROM t, t.items`: an array of a relation before, not a table. */
function correlatedRow(scope: Scope, source: TableSource): RowType | null {
  const { parts, form } = source.name
  if (form !== 'plain' || parts.length < 2 || !scope.context.dialect.grammar.correlatedArrays) return null
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    if (!sourceNamed(at, parts, 1)) continue
    const inputs = resolveColumn(at, parts, source.from, source.to)
    return unnested(source.alias?.name?.text ?? parts.at(-1)?.text ?? '', inputs, null)
  }
  return null
}

/** `FROM dual`: one row from nowhere, unless a table is known to be called so. */
function dummyRow(context: Context, { name }: TableSource): RowType | null {
  const { dummyTables } = context.dialect.resolution
  const last = name.parts.at(-1)
  if (last === undefined || name.parts.length > 2 || !/^(?:dual|sysdummy1)$/i.test(last.text)) return null
  if (!dummyTables.has(name.parts.map(({ text }) => text.toLowerCase()).join('.'))) return null
  return tableNamed(context, name).schema === null ? rowOf([column(last.text.length === 4 ? 'DUMMY' : 'IBMREQD', NONE)]) : null
}

function readTable(context: Context, source: TableSource): RowType {
  const name = substituted(context, source.name)
  const table = tableNamed(context, name)
  if (isRead(context, name.form, table.name.name)) context.reads.add(table.name)
  return table.row
}

/** What cannot be known from the text is no input; a table variable is (of the session). */
export function isRead(context: Context, form: string, name: string): boolean {
  return form !== 'variable' || (context.dialect.lexical.at === 'variable' && name.startsWith('@'))
}

// ---------------------------------------------------------------- joins

/** `start` is the first source of the join's left side. */
export function addJoin(scope: Scope, join: Join, start: number): void {
  const { context } = scope
  const silent = join.type === 'semi' || join.type === 'anti'
  const before = scope.sources.length
  addSource(scope, join.type === 'apply' && join.source.kind === 'query' ? { ...join.source, lateral: true } : join.source, silent)
  if (join.natural || join.using.length > 0) {
    const left = scope.sources.slice(start, before)
    const right = scope.sources.slice(before)
    const names = join.natural
      ? sharedNames(context, left, right)
      : join.using.map((each) => fold(each, context.dialect.resolution.columns))
    for (const name of names) mergeColumn(scope, name, left, right, join.type)
    if (join.merged) scope.sources.push(mergedSource(scope, join.merged, names))
  }
  controlCondition(scope, join.on, 'JOIN')
  // behind its condition only the left side of a semi join is there; ClickHouse shows a row of the right one
  if (silent && !context.dialect.grammar.withExpressions) for (let i = before; i < scope.sources.length; i++) hideBehind(scope.sources[i])
}

function hideBehind(source: ScopeSource | undefined): void {
  if (source) source.qualifiedOnly = true
}

function sharedNames(context: Context, left: readonly ScopeSource[], right: readonly ScopeSource[]): readonly string[] {
  const names = new Map<string, string>()
  for (const source of right) {
    for (const each of columnsOf(context, source.row)) {
      if (each.star === null && left.some((other) => findColumn(context, other.row, { text: each.name }))) names.set(each.key, each.name)
    }
  }
  return [...names.values()]
}

/** `USING (a) AS j`: a relation of the merged columns, which can only be named. */
function mergedSource(scope: Scope, { text }: Ident, names: readonly string[]): ScopeSource {
  const keys = new Set(names.map(looseKey))
  const row = rowOf(scope.merged.filter((each) => keys.has(each.key)))
  return { alias: looseKey(text), path: null, row, hidden: null, silent: true, qualifiedOnly: true }
}

/** USING (x): one column x, of the side that keeps all its rows; both of a full join. Both decide the join. */
function mergeColumn(scope: Scope, name: string, left: readonly ScopeSource[], right: readonly ScopeSource[], type: Join['type']): void {
  const { context } = scope
  const key = looseKey(name)
  const merged = scope.merged.find((each) => each.key === key)
  const ofLeft = merged ?? sideColumn(context, left, name)
  const ofRight = sideColumn(context, right, name)
  const both = union([ofLeft?.inputs ?? [], ofRight?.inputs ?? []])
  const inputs = type === 'right' ? (ofRight ?? ofLeft)?.inputs : type === 'full' ? both : (ofLeft ?? ofRight)?.inputs
  const made: Column = column(ofLeft?.name ?? ofRight?.name ?? name, inputs ?? [])
  if (merged) scope.merged.splice(scope.merged.indexOf(merged), 1, made)
  else scope.merged.push(made)
  for (const source of right) hide(source, key)
  // what was merged before is hidden already, and all that stands before it
  for (let i = left.length - 1; i >= 0 && !left[i]?.hidden?.has(key); i--) hide(left[i], key)
  controlInputs(context, both, 'JOIN')
  noteJoin(context, ofLeft?.inputs ?? [], ofRight?.inputs ?? [], 'JOIN')
}

function hide(source: ScopeSource | undefined, key: string): void {
  if (source === undefined) return
  source.hidden ??= new Set()
  source.hidden.add(key)
}

function sideColumn(context: Context, side: readonly ScopeSource[], name: string): Column | null {
  const ident = { text: name }
  for (const source of side) {
    const found = findColumn(context, source.row, ident)
    if (found) return found
  }
  const open = side.find((source) => isOpen(source.row, looseKey(name)))
  return open ? column(name, openInputs(context, open.row, ident)) : null
}

// ---------------------------------------------------------------- *

/** What `*` gives: merged columns first, then each relation's own in order. */
export function starOf(scope: Scope): readonly Column[] {
  const { context, sources, merged } = scope
  const [only] = sources
  if (only && sources.length === 1 && merged.length === 0 && only.hidden === null && !only.silent) return columnsOf(context, only.row)
  return [...merged, ...sources.flatMap((source) => (source.silent ? [] : visible(context, source)))]
}

function visible(context: Context, source: ScopeSource): readonly Column[] {
  const columns = columnsOf(context, source.row)
  const { hidden } = source
  if (hidden === null) return columns
  return columns.flatMap((each) => (each.star ? [hideInStar(each, hidden)] : hidden.has(each.key) ? [] : [each]))
}
