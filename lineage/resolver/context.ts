import type { ControlKind } from '../../contracts/edges.ts'
import type { Defaults, Diagnostic, SessionState, SessionTable, StatementEffect, TableName } from '../../contracts/lineage.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { variableKey } from '../session.ts'
import type { Ident, Name, Query, StarExpr, Statement } from '../tree.ts'
import { type BaseColumn, type BaseTable, type Column, column, IDENTITY, type Inputs, type RowType, type TableSchema } from './model.ts'
import { fold, looseKey, qualify, tableKey } from './names.ts'
import { findSchema, indexed, type Schemas } from './schemas.ts'
import type { Functions, LoopRows, TableFunction } from './script.ts'

/** A control edge's source before it is given out. */
export interface Indirect {
  readonly base: BaseColumn
  readonly kind: ControlKind
  readonly from: number
  readonly to: number
}

/** Two columns that are set equal. */
export interface Join {
  readonly left: BaseColumn
  readonly right: BaseColumn
}

/** A column that the statement gives or writes; `table` is null for a bare query's. */
export interface OutputColumn {
  readonly table: TableName | null
  readonly column: string
  readonly inputs: Inputs
}

/** Rules that call each other in circles, so that files need not. */
export interface Resolvers {
  readonly query: (context: Context, query: Query, parent: Scope | null, ctes: CteFrame | null) => RowType
  /** The columns of a star. */
  readonly star: (scope: Scope, star: StarExpr) => readonly Column[]
  /** A statement inside a query (CTE that modifies data): its RETURNING row. */
  readonly statement: (context: Context, statement: Statement, ctes: CteFrame | null) => RowType
}

/** One relation in FROM: what it can be called, and its columns. */
export interface ScopeSource {
  /** Alias, or last part of the table's name; loose. Null for a subquery without alias. */
  readonly alias: string | null
  /** All parts of the table's written or full name, loose, for `db.schema.t.column`; null with an alias. */
  readonly path: readonly string[] | null
  row: RowType
  /** Columns that USING or NATURAL merged into `Scope.merged`; not given again by `*`, nor found without qualifier. */
  hidden: Set<string> | null
  /** Not part of `*`: right side of a semi join, `excluded`, the target of UPDATE … FROM. */
  readonly silent: boolean
  /** Seen by name alone: what stands in the row needs the qualifier (`excluded.a`, `inserted.a`). */
  qualifiedOnly: boolean
}

/**
 * In a scope of very many relations a name without qualifier is looked up in an index: to look through all relations for each name would
 * cost their product.
 */
export interface NameIndex {
  /** How many of the scope's sources are in it. */
  count: number
  /** Sources that are known to have a column, in order, by its loose name. */
  readonly known: Map<string, ScopeSource[]>
  /** Sources that may have columns of which nobody knows; of sources that are one table, the first. */
  readonly open: ScopeSource[]
  readonly tables: Set<BaseTable>
  /** Names that more tables could have than are given: those that come later change nothing. */
  readonly shared: Map<string, Inputs>
}

/** What the names in one SELECT can mean. Names are looked for here, then in the scopes around. */
export interface Scope {
  readonly context: Context
  readonly parent: Scope | null
  readonly ctes: CteFrame | null
  readonly sources: ScopeSource[]
  readonly merged: Column[]
  /** Aliases of the select list that the text has defined so far. */
  aliases: Map<string, Column> | null
  /** Names are looked for among the aliases too, where no relation is known to have them: in GROUP BY, HAVING, ORDER BY. */
  usesAliases: boolean
  /** Unqualified names that were taken to be columns of a table not known: an alias of that name comes too late. */
  taken: Set<string> | null
  /** Sources by alias, made where there are many; up to the count that it was made of. */
  byAlias: Map<string, ScopeSource> | null
  indexed: number
  /** Sources by column, made where there are very many. */
  names: NameIndex | null
  /** The input of MATCH_RECOGNIZE: any qualifier is one of its pattern variables. */
  readonly pattern: ScopeSource | null
  /** Parameters of the lambda around. */
  readonly locals: ReadonlyMap<string, Inputs> | null
}

/** One CTE: it and those before it can be seen. */
export interface CteFrame {
  readonly row: RowType
  readonly position: number
  readonly list: CteList
}

/** The CTEs of one WITH by name, in order, and what can be seen around it. */
export interface CteList {
  readonly byKey: Map<string, CteFrame[]>
  readonly outer: CteFrame | null
}

/** What is known and found while one statement is resolved. Made for one statement, thrown away after it. */
export interface Context {
  readonly resolvers: Resolvers
  readonly dialect: Dialect
  /** Put aside while text is read that runs elsewhere. */
  defaults: Defaults
  readonly schemas: Schemas
  readonly session: SessionState
  /** Rows of the loops around the statement; put aside while a loop's own query is resolved. */
  rows: LoopRows | null
  readonly loopRows: Map<LoopRows, RowType>
  readonly tables: Map<string, BaseTable>
  /** Tables whose name is known only when the text runs: `${t}`, `IDENTIFIER(:t)`. They are not given out. */
  readonly dynamic: Set<TableName>
  readonly reads: Set<TableName>
  readonly writes: Set<TableName>
  readonly columns: OutputColumn[]
  readonly indirect: Indirect[]
  readonly indirectSeen: Set<number>
  /** By the ids of both; made with the first. */
  joins: Map<number, Join> | null
  readonly diagnostics: Diagnostic[]
  readonly effects: StatementEffect[]
  /** Variables and parameters of the routine around, in loose form: not columns unless a table has them. */
  variables: Pick<ReadonlySet<string>, 'has'>
  /** Table functions of the text, and those that are being read in the place of a call. */
  readonly functions: Functions
  readonly called: Set<TableFunction>
  /** What COLUMNS(…) stands for while the expression around it is repeated for each column. */
  each: ReadonlyMap<StarExpr, Column> | null
  /** Columns that one of several tables owns, by name and tables. */
  readonly candidates: Map<string, BaseColumn>
  nextId: number
  /** Columns that were given to a table, or to several, without knowing; each lowers the confidence. */
  assumed: number
  unresolved: number
  /** It was said that a column has more candidates than are given. */
  manyCandidates: boolean
}

export function newContext(
  given: Pick<Context, 'resolvers' | 'dialect' | 'defaults' | 'schemas' | 'session' | 'rows' | 'variables' | 'functions'>,
): Context {
  return {
    ...given,
    tables: new Map(),
    loopRows: new Map(),
    dynamic: new Set(),
    candidates: new Map(),
    reads: new Set(),
    writes: new Set(),
    columns: [],
    indirect: [],
    indirectSeen: new Set(),
    joins: null,
    diagnostics: [],
    effects: [],
    nextId: 1,
    assumed: 0,
    unresolved: 0,
    manyCandidates: false,
    each: null,
    called: new Set(),
  }
}

export function report(
  context: Context,
  code: string,
  message: string,
  at: { readonly from: number; readonly to: number },
  hint?: string,
): void {
  // what a result scanned here was made by stands in another text
  if (at.from < 0) return
  context.diagnostics.push({ code, message, start: at.from, end: at.to, ...(hint === undefined ? {} : { hint }) })
}

/** The name as a table of the session or of the catalog; CTEs were looked for before. */
export function tableNamed(context: Context, written: Name): BaseTable {
  const name = substituted(context, written)
  const full = qualify(name, context.dialect, context.defaults)
  const temp = sessionTemp(context, name, full)
  const table = intern(context, temp?.table ?? full, temp)
  if (temp === null && name.form === 'variable' && !full.name.startsWith('@')) noteDynamic(context, table.name, name)
  return table
}

function noteDynamic(context: Context, table: TableName, at: Name): void {
  if (context.dynamic.has(table)) return
  context.dynamic.add(table)
  report(
    context,
    'SQL_DYNAMIC',
    `the table ${table.name} is known only when this runs`,
    at,
    'Give the text as it ran, with its values put in.',
  )
}

/** `$t`, `${db}.t`: what the session has set the variables to, where that is known. */
export function substituted(context: Context, name: Name): Name {
  const { variables } = context.session
  if (!name.parts.some((part) => isVariableText(part.text))) return name
  const parts = name.parts.flatMap((part) => {
    const value = isVariableText(part.text) ? variables[variableKey(part.text.replace(/^\$\{?|\}$/g, ''))] : undefined
    return value === undefined ? [part] : value.split('.').map((text) => ({ ...part, text }))
  })
  return { ...name, form: parts.some((part) => isVariableText(part.text)) ? name.form : 'plain', parts }
}

function isVariableText(text: string): boolean {
  return text.startsWith('$') && text.length > 1 && (text[1] === '{' || /[a-z_]/i.test(text[1] ?? ''))
}

/** The table that CREATE TEMP makes: what it is called and known by. */
export function temporaryName(context: Context, name: Name): TableName {
  const full = qualify(name, context.dialect, context.defaults, true)
  const own = context.dialect.resolution.temporarySchema === 'own' && full.form === 'table'
  return own ? { ...full, parts: [full.parts.at(-1) ?? full.name], complete: true } : full
}

function sessionTemp(context: Context, name: Name, full: TableName): SessionTable | null {
  const { temps } = context.session
  if (full.temp) return temps[tableKey(full)] ?? null
  const own = context.dialect.resolution.temporarySchema === 'own'
  if (own && name.parts.length > 1 && !/^(pg_temp|tempdb|_session|global_temp)/i.test(name.parts[0]?.text ?? '')) return null
  const parts = own ? full.parts.slice(-1) : full.parts
  return temps[tableKey({ parts, temp: true })] ?? null
}

export function intern(context: Context, name: TableName, temp: SessionTable | null = null): BaseTable {
  const key = tableKey(name)
  const known = context.tables.get(key)
  if (known) return known
  const made = newTable(name, schemaOf(context, name, key, temp))
  context.tables.set(key, made)
  return made
}

/** What the session says of its own temp tables, else the caller's schemas, else what the session saw being created. */
function schemaOf(context: Context, name: TableName, key: string, temp: SessionTable | null): TableSchema | null {
  if (temp) return temp.columns && indexed(temp.columns)
  if (name.form !== 'table') return null
  const known = findSchema(context.schemas, name)
  if (known) return known
  const columns = context.session.tables[key]?.columns
  return columns ? indexed(columns) : null
}

function newTable(name: TableName, schema: TableSchema | null): BaseTable {
  const row: RowType & { table: BaseTable | null } = { table: null, columns: null, index: null, stars: [], any: null, anyIsField: false }
  const table: BaseTable = { name, schema, found: new Map(), row, star: null }
  row.table = table
  return table
}

export function baseColumn(
  context: Context,
  table: TableName | null,
  name: string,
  candidates: readonly TableName[] | null = null,
): BaseColumn {
  return { id: context.nextId++, table, column: name, path: null, candidates, fields: null }
}

/** The column below a base column, as a base column of its own. */
export function fieldOf(context: Context, base: BaseColumn, path: string): BaseColumn {
  base.fields ??= new Map()
  const known = base.fields.get(path)
  if (known) return known
  const full = base.path === null ? path : `${base.path}.${path}`
  const made: BaseColumn = {
    id: context.nextId++,
    table: base.table,
    column: base.column,
    path: full,
    candidates: base.candidates,
    fields: null,
  }
  base.fields.set(path, made)
  return made
}

/** The table's column of that name if the table is known to have it. */
export function knownColumn(context: Context, table: BaseTable, key: string): Column | null {
  const found = table.found.get(key)
  if (found) return found
  const at = table.schema?.index.get(key)
  const name = at === undefined ? undefined : table.schema?.columns[at]
  return name === undefined ? null : keep(context, table, key, name)
}

/** The table's column of that name, taken to exist. */
export function assumedColumn(context: Context, table: BaseTable, ident: ColumnName): Column {
  const key = looseKey(ident.text)
  return table.found.get(key) ?? keep(context, table, key, columnName(context, ident))
}

/** A column as the text names it; without `quoted` it is folded already. */
export type ColumnName = Pick<Ident, 'text'> & { readonly quoted?: boolean }

export function columnName(context: Context, { text, quoted }: ColumnName): string {
  return quoted === undefined ? text : fold({ text, quoted }, context.dialect.resolution.columns)
}

function keep(context: Context, table: BaseTable, key: string, name: string): Column {
  const made = column(name, [{ base: baseColumn(context, table.name, name), change: IDENTITY, from: -1, to: -1 }])
  table.found.set(key, made)
  return made
}

/** `*` of a table that is not known. */
export function starColumn(context: Context, table: BaseTable): Column {
  if (table.star === null) {
    const base = baseColumn(context, table.name, '*')
    const inputs: Inputs = [{ base, change: IDENTITY, from: -1, to: -1 }]
    table.star = { name: '*', key: '*', inputs, star: { tables: [table], hidden: null }, fields: null }
  }
  return table.star
}
