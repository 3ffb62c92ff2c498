import type { Ident, Name } from '../tree.ts'
import {
  baseColumn,
  type Context,
  type CteFrame,
  type CteList,
  columnName,
  report,
  type Scope,
  type ScopeSource,
  tableNamed,
} from './context.ts'
import {
  type BaseColumn,
  type Column,
  changed,
  IDENTITY,
  type Input,
  type Inputs,
  NONE,
  type OpenStar,
  type RowType,
  TRANSFORMATION,
  union,
} from './model.ts'
import { looseKey } from './names.ts'
import { below, columnsOf, findColumn, isOpen, openInputs, openStars, starInputs } from './rows.ts'
import type { LoopRows } from './script.ts'
import { isWide, sourceKnowing, sourcesOpenTo } from './wide-scope.ts'

export function newScope(context: Context, parent: Scope | null, ctes: CteFrame | null): Scope {
  return {
    context,
    parent,
    ctes,
    sources: [],
    merged: [],
    aliases: null,
    usesAliases: false,
    taken: null,
    locals: null,
    pattern: null,
    byAlias: null,
    indexed: 0,
    names: null,
  }
}

export function localScope(parent: Scope, locals: ReadonlyMap<string, Inputs>): Scope {
  return {
    context: parent.context,
    parent,
    ctes: parent.ctes,
    sources: [],
    merged: [],
    aliases: null,
    usesAliases: false,
    taken: null,
    locals,
    pattern: null,
    byAlias: null,
    indexed: 0,
    names: null,
  }
}

export function findCte(frame: CteFrame | null, key: string): CteFrame | null {
  for (let at = frame; at !== null; at = at.list.outer) {
    const { position } = at
    const found = at.list.byKey.get(key)?.findLast((each) => each.position <= position)
    if (found) return found
  }
  return null
}

export function newCteList(outer: CteFrame | null): CteList {
  return { byKey: new Map(), outer }
}

export function addCte(list: CteList, position: number, key: string, row: RowType): CteFrame {
  const frame: CteFrame = { row, position, list }
  const named = list.byKey.get(key)
  if (named === undefined) list.byKey.set(key, [frame])
  else named.push(frame)
  return frame
}

/** What a column reference reads, with the span of the reference where it is a base column's. */
export function resolveColumn(scope: Scope, parts: readonly Ident[], from: number, to: number): Inputs {
  const [first, ...rest] = parts
  if (first === undefined) return NONE
  if (parts.length === 1) return spanned(unqualified(scope, first, from, to), from, to)
  return spanned(qualified(scope, parts) ?? structField(scope, first, rest, from, to), from, to)
}

/** Inputs of base columns carry no place yet: this reference is it. */
export function spanned(inputs: Inputs, from: number, to: number): Inputs {
  const [only] = inputs
  if (only !== undefined && inputs.length === 1) return only.from < 0 ? [{ base: only.base, change: only.change, from, to }] : inputs
  if (inputs.every((input) => input.from >= 0)) return inputs
  return inputs.map((input) => (input.from < 0 ? { base: input.base, change: input.change, from, to } : input))
}

// ---------------------------------------------------------------- a

function unqualified(scope: Scope, ident: Ident, from: number, to: number): Inputs {
  const key = looseKey(ident.text)
  let open: Scope | null = null
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const local = at.locals?.get(key)
    if (local) return local
    const known = knownIn(at, ident, key)
    if (known) return known
    if (openSources(at, key, 1).length > 0) {
      open = at
      break
    }
    const alias = at.aliases?.get(key)
    if (alias) return alias.inputs
  }
  if (isVariable(scope, key)) return fetchedValue(scope.context, key)
  if (isBareFunction(scope, ident)) return NONE
  if (open) return openColumn(open, ident, key)
  return unknownColumn(scope, ident, from, to)
}

/** CURRENT_DATE, SYSDATE, USER, …: no column where no relation is known to have one of the name. */
function isBareFunction({ context }: Scope, ident: Ident): boolean {
  return !ident.quoted && context.dialect.resolution.bareFunctions.has(ident.text.toUpperCase())
}

function isVariable(scope: Scope, key: string): boolean {
  return scope.context.variables.has(key)
}

/** The column if a relation of this scope is known to have it; several that do are all candidates (the text is ambiguous). */
function knownIn(scope: Scope, ident: Ident, key: string): Inputs | null {
  for (const each of scope.merged) {
    if (each.key === key) return each.inputs
  }
  if (isWide(scope)) {
    const source = sourceKnowing(scope, key)
    return source && (findColumn(scope.context, source.row, ident)?.inputs ?? null)
  }
  let found: Column | null = null
  for (const source of scope.sources) {
    if (source.qualifiedOnly || source.hidden?.has(key)) continue
    const column = findColumn(scope.context, source.row, ident)
    // The first wins: it is what engines that accept the text do, and both are equal in a join's own condition.
    if (column && !(source.silent && found)) found ??= column
  }
  return found?.inputs ?? null
}

/** Of very many no more than `most`. */
function openSources(scope: Scope, key: string, most = MOST_CANDIDATES + 1): readonly ScopeSource[] {
  if (isWide(scope)) return sourcesOpenTo(scope, key, most)
  return scope.sources.filter((source) => !source.qualifiedOnly && !source.hidden?.has(key) && isOpen(source.row, key))
}

/** A name that no relation is known to have, in a scope with relations that are not known. */
function openColumn(scope: Scope, ident: Ident, key: string): Inputs {
  const { context } = scope
  const alias = scope.usesAliases || context.dialect.resolution.lateralAliases ? scope.aliases?.get(key) : undefined
  if (alias && !scope.taken?.has(key)) return alias.inputs
  scope.taken ??= new Set()
  scope.taken.add(key)
  const shared = scope.names?.shared.get(key)
  if (shared) {
    context.unresolved++
    return shared
  }
  const stars: OpenStar[] = []
  const made: Inputs[] = []
  for (const source of openSources(scope, key)) {
    const open = openStars(source.row, key)
    stars.push(...open)
    if (open.length === 0) made.push(openInputs(context, source.row, ident))
  }
  const [only] = stars
  if (only === undefined) return union(made)
  const tables = [...new Set(stars.flatMap((star) => star.tables))]
  if (stars.length === 1 || tables.length === 1) return starInputs(context, only, ident)
  context.unresolved++
  if (tables.length > MOST_CANDIDATES) reportMany(context, ident)
  const candidates = tables.slice(0, MOST_CANDIDATES).map((table) => table.name)
  const inputs = [candidateInput(context, ident, candidates)]
  if (tables.length > MOST_CANDIDATES) scope.names?.shared.set(key, inputs)
  return inputs
}

/** More tables than these tell a reader nothing, and for each of many columns would make a result far longer than its text. */
const MOST_CANDIDATES = 50

function reportMany(context: Context, ident: Ident): void {
  if (context.manyCandidates) return
  context.manyCandidates = true
  const message = `more than ${MOST_CANDIDATES} tables could have a column ${ident.text}; the first of them are given`
  report(context, 'SQL_COLUMN_UNKNOWN', message, ident, 'Import the schemas of the tables.')
}

function candidateInput(context: Context, ident: Ident, tables: readonly BaseColumnTable[]): Input {
  const key = `${looseKey(ident.text)}\u0000${tables.map((table) => table.name).join('\u0000')}`
  const base = context.candidates.get(key) ?? baseColumn(context, null, columnName(context, ident), tables)
  context.candidates.set(key, base)
  return { base, change: IDENTITY, from: -1, to: -1 }
}
type BaseColumnTable = NonNullable<BaseColumn['table']>

/** No relation around can have it. A single table whose schema lacks it may be newer than the schema: that is the likeliest owner. */
function unknownColumn(scope: Scope, ident: Ident, from: number, to: number): Inputs {
  const { context } = scope
  if (context.dialect.resolution.pseudoColumns.has(ident.text.toUpperCase())) return NONE
  const row = wholeRow(scope, looseKey(ident.text))
  if (row) return row
  const tables = scope.sources.filter((source) => source.row.table !== null)
  const [only] = tables
  if (scope.sources.length === 1 && only?.row.table) {
    report(
      context,
      'SQL_COLUMN_UNKNOWN',
      `${only.row.table.name.name} is not known to have a column ${ident.text}`,
      { from, to },
      'Import the newest schema of the table.',
    )
    context.assumed++
    return openInputs(context, only.row, ident)
  }
  if (scope.sources.length > 0) {
    report(context, 'SQL_COLUMN_UNKNOWN', `no relation in scope has a column ${ident.text}`, { from, to })
    context.unresolved++
  }
  return NONE
}

/** `SELECT t FROM t`: where no column is called so, the relation's whole row is meant (Postgres, BigQuery, DuckDB). */
function wholeRow(scope: Scope, key: string): Inputs | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const named = aliased(at, key)
    if (named) return changed(union(columnsOf(at.context, named.row).map((each) => each.inputs)), TRANSFORMATION)
  }
  return null
}

// ---------------------------------------------------------------- t.a, db.s.t.a.field

/** The longest run of parts that names a relation, here or in a scope around; the next part is the column, the rest its path. */
function qualified(scope: Scope, parts: readonly Ident[]): Inputs | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const first = parts[0]
    const local = first && at.locals?.get(looseKey(first.text))
    if (local) return below(at.context, local, parts.slice(1))
    for (let length = Math.min(parts.length - 1, 4); length >= 1; length--) {
      const source = sourceNamed(at, parts, length)
      const ident = parts[length]
      if (source && ident) return fieldOfSource(at.context, source, ident, parts.slice(length + 1))
    }
    // A column of this scope beats a relation of the scope around, as `a` in `a.b` would.
    const known = first && knownStruct(at, first, parts)
    if (known) return known
  }
  return null
}

function knownStruct(scope: Scope, first: Ident, parts: readonly Ident[]): Inputs | null {
  for (const source of scope.sources) {
    if (source.qualifiedOnly) continue
    const column = findColumn(scope.context, source.row, first)
    if (column) return belowColumn(scope.context, column, parts.slice(1))
  }
  return null
}

export function sourceNamed(scope: Scope, parts: readonly Ident[], length: number): ScopeSource | null {
  const key = looseKey(parts[length - 1]?.text ?? '')
  if (length === 1) return aliased(scope, key)
  for (const source of scope.sources) {
    // Of two relations of one name (allowed where their schemas differ) the first is meant.
    if (endsWith(source.path, parts, length)) return source
  }
  return null
}

/** From here on an index is quicker than looking through the sources. */
const MANY_SOURCES = 12

function aliased(scope: Scope, key: string): ScopeSource | null {
  const { sources } = scope
  if (sources.length < MANY_SOURCES) {
    for (const source of sources) if (source.alias === key) return source
    return null
  }
  const index = scope.byAlias ?? new Map<string, ScopeSource>()
  scope.byAlias = index
  for (; scope.indexed < sources.length; scope.indexed++) {
    const source = sources[scope.indexed]
    if (source && source.alias !== null && !index.has(source.alias)) index.set(source.alias, source)
  }
  return index.get(key) ?? null
}

function endsWith(path: readonly string[] | null, parts: readonly Ident[], length: number): boolean {
  if (path === null || path.length < length) return false
  for (let i = 0; i < length; i++) {
    const wanted = looseKey(parts[i]?.text ?? '')
    if (path[path.length - length + i] !== wanted && wanted !== '') return false
  }
  return true
}

function fieldOfSource(context: Context, source: ScopeSource, ident: Ident, path: readonly Ident[]): Inputs {
  const known = findColumn(context, source.row, ident)
  if (known) return belowColumn(context, known, path)
  const key = looseKey(ident.text)
  if (isOpen(source.row, key)) return below(context, openInputs(context, source.row, ident), path)
  if (context.dialect.resolution.pseudoColumns.has(ident.text.toUpperCase())) return NONE
  const { table } = source.row
  if (table === null) return NONE
  report(
    context,
    'SQL_COLUMN_UNKNOWN',
    `${table.name.name} is not known to have a column ${ident.text}`,
    ident,
    'Import the newest schema of the table.',
  )
  context.assumed++
  return below(context, openInputs(context, source.row, ident), path)
}

function belowColumn(context: Context, column: Column, path: readonly Ident[]): Inputs {
  const [first, ...rest] = path
  if (first === undefined) return column.inputs
  const inner = column.fields && findColumn(context, column.fields, first)
  if (inner) return belowColumn(context, inner, rest)
  if (column.fields && isOpen(column.fields, looseKey(first.text))) return below(context, openInputs(context, column.fields, first), rest)
  return below(context, column.inputs, path)
}

/** `r.a` of `FOR r IN (query)`: the query's column. */
export function loopColumn(context: Context, key: string, path: readonly Ident[]): Inputs | null {
  const [column, ...rest] = path
  for (let at = context.rows; at !== null && column; at = at.outer) {
    if (at.key !== key || at.position !== null) continue
    return fieldOfSource(
      context,
      { alias: key, path: null, row: loopRow(context, at), hidden: null, silent: false, qualifiedOnly: true },
      column,
      rest,
    )
  }
  return null
}

/** The row of `r.*`; null where no loop or trigger calls a row so. */
export function loopRowNamed(context: Context, name: string): RowType | null {
  const key = looseKey(name)
  for (let at = context.rows; at !== null; at = at.outer) if (at.key === key && at.position === null) return loopRow(context, at)
  return null
}

/** A loop's query sees the rows of the loops around it, not its own. Resolved once: each of many nested ones may name the next several times. */
export function loopRow(context: Context, rows: LoopRows): RowType {
  const known = context.loopRows.get(rows)
  if (known) return known
  const inside = context.rows
  context.rows = rows.inside
  const row = context.resolvers.query(context, rows.query, null, null)
  context.rows = inside
  context.loopRows.set(rows, row)
  return row
}

/** What FETCH put into a variable, `v`, `:v` or `@v`. */
export function fetchedValue(context: Context, name: string): Inputs {
  if (context.rows === null) return NONE
  const key = name.replace(/^[@:$]+/, '').toLowerCase()
  for (let at: LoopRows | null = context.rows; at !== null; at = at.outer) {
    if (at.key !== key || at.position === null) continue
    return columnsOf(context, loopRow(context, at))[at.position]?.inputs ?? NONE
  }
  return NONE
}

/** `a.b` where `a` is no relation: a field of a column that some open relation could have. */
function structField(scope: Scope, first: Ident, path: readonly Ident[], from: number, to: number): Inputs {
  const key = looseKey(first.text)
  const looped = loopColumn(scope.context, key, path)
  if (looped) return looped
  if (isVariable(scope, key)) return NONE
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const [column, ...rest] = path
    if (at.pattern && column) return fieldOfSource(at.context, at.pattern, column, rest)
    const alias = at.aliases?.get(key)
    if (alias) return belowColumn(at.context, alias, path)
    const open = scope.context.dialect.resolution.structFields ? openSources(at, key) : []
    if (open.length > 0) return below(at.context, openColumn(at, first, key), path)
  }
  // seq.NEXTVAL: a sequence (Oracle, Snowflake, Db2)
  if (/^(?:next|curr)val$/i.test(path.at(-1)?.text ?? '')) return NONE
  const implied = impliedColumn(scope, [first, ...path])
  if (implied) return implied
  report(scope.context, 'SQL_COLUMN_UNKNOWN', `nothing in scope is called ${first.text}`, { from, to }, 'Check the alias.')
  scope.context.unresolved++
  return NONE
}

/**
 * `SELECT t.a FROM t WHERE t.id = db.u.id` (Teradata): a table that a column names with its database is joined though FROM does not list it.
 * https://docs.teradata.com/r/Enterprise_IntelliFlex_VMware/SQL-Data-Manipulation-Language (FROM clause, implicit joins)
 */
function impliedColumn(scope: Scope, parts: readonly Ident[]): Inputs | null {
  const { context, sources } = scope
  const [ident, named] = [parts.at(-1), parts.slice(0, -1)]
  const last = named.at(-1)
  if (!context.dialect.grammar.shortStatements || sources.length === 0 || ident === undefined || last === undefined || named.length !== 2)
    return null
  const name: Name = { form: 'plain', parts: named, from: named[0]?.from ?? 0, to: last.to }
  const table = tableNamed(context, name)
  context.reads.add(table.name)
  const source: ScopeSource = {
    alias: looseKey(last.text),
    path: table.name.parts.map(looseKey),
    row: table.row,
    hidden: null,
    silent: true,
    qualifiedOnly: true,
  }
  sources.push(source)
  return fieldOfSource(context, source, ident, [])
}
