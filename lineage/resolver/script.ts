import type { DeclareStatement, Expr, Ident, Query, RoutineStatement, Select, Statement } from '../tree.ts'

/** A statement as it is executed, with the rows and cursors that the script around gives names to. */
export interface Leaf {
  readonly node: Statement
  readonly rows: LoopRows | null
  readonly cursors: Cursors
  readonly functions: Functions
}

/** Table functions that the text makes, by the last part of their names: their queries stand for the calls. */
export interface Functions {
  readonly byName: Map<string, TableFunction>
  /** How much text may still be read in the place of calls: each is resolved anew. */
  budget: number
}

export interface TableFunction {
  readonly query: Query
  readonly parameters: readonly string[]
  readonly columns: readonly Ident[]
}

/** The queries of cursors and of variables that hold a result, by name. */
export type Cursors = ReadonlyMap<string, Query>

/** What a list of statements sees of the text around it. */
export interface Outside {
  readonly cursors: Cursors
  readonly functions: Functions | null
  /** Variables and parameters: INTO fills them where it would make a table. */
  readonly declared: readonly string[]
}

const NOTHING: Outside = { cursors: new Map(), functions: null, declared: [] }

const MOST_READ = 300_000

/**
 * A row that has a name: `FOR r IN (query)` and `FETCH c INTO r` make `r.a` the query's column. Of `FETCH c INTO v, w`, `SELECT a, b INTO v, w`,
 * `SELECT @v = a`, `SET v = (query)` each variable is one column, at `position`. The result of the statement before is `RESULT`. Inner ones first.
 */
export interface LoopRows {
  readonly key: string
  readonly query: Query
  readonly position: number | null
  readonly outer: LoopRows | null
  /** What the query itself sees: never these rows. */
  readonly inside: LoopRows | null
}

/** What RESULT_SCAN(LAST_QUERY_ID()) and `$1` behind `->>` read: no name that a script could give. */
export const RESULT = ' result'

/** Beyond this what variables are filled with is no longer known. */
const MAX_FILLED = 100

/** Queries that fill variables see those filled before, as far as this: each is resolved inside the next. */
const MAX_NESTED = 10

/** Results of results of … beyond this are no longer known: each is resolved inside the next. */
const MAX_RESULTS = 50

interface Script {
  readonly cursors: Map<string, Query>
  readonly functions: Functions
  readonly declared: Set<string>
  readonly leaves: Leaf[]
  /** The last query, as the rows that the next statement reads. */
  result: LoopRows | null
  results: number
}

/**
 * The statements of a text that are executed one by one: blocks, loops and branches are opened, in order of writing. Dynamic SQL stays
 * one statement, with its text's statements in it. What a block itself reads (a condition, a cursor's query) stays as a statement without a body.
 */
export function leaves(statements: readonly Statement[], before: LoopRows | null = null, outside: Outside = NOTHING): readonly Leaf[] {
  const { cursors, declared } = outside
  const functions = outside.functions ?? { byName: new Map(), budget: MOST_READ }
  const script: Script = { cursors: new Map(cursors), functions, declared: new Set(declared), leaves: [], result: before, results: 0 }
  addAll(statements, null, script)
  return script.leaves
}

/** What fills variables names rows for what comes behind it in its list, and for the lists inside. */
function addAll(statements: readonly Statement[], around: LoopRows | null, script: Script): void {
  let rows = around
  let count = 0
  for (const statement of statements) {
    if (statement.kind === 'block') addBlock(statement, rows, script)
    else addLeaf(statement, rows, script)
    const filled = count > MAX_FILLED ? null : filledBy(statement, script)
    if (filled === null) continue
    count += filled.names.length
    rows = filledRows(filled, rows, count > MAX_NESTED ? null : rows)
  }
}

interface Filled {
  readonly query: Query
  readonly names: readonly (string | null)[]
}

/** The query and the variables, by position, that a statement fills with its columns; null where it fills none. */
function filledBy(statement: Statement, script: Script): Filled | null {
  switch (statement.kind) {
    case 'fetch': {
      const query = script.cursors.get(statement.cursor.text.toLowerCase())
      return query === undefined ? null : { query, names: statement.into.map(({ text }) => bare(text)) }
    }
    case 'declare': {
      const [name] = statement.names
      return statement.query === null || name === undefined ? null : { query: statement.query, names: [bare(name.text)] }
    }
    case 'set': {
      if (statement.value?.kind !== 'subquery' || statement.value.use !== 'scalar') return null
      return { query: statement.value.query, names: statement.names.map(({ parts }) => (parts[0] ? bare(parts[0].text) : null)) }
    }
    case 'query':
      return statement.query.body.kind === 'select' ? filledBySelect(statement.query, statement.query.body, script) : null
    default:
      return null
  }
}

function filledBySelect(query: Query, select: Select, { declared }: Script): Filled | null {
  const { into, items } = select
  const fills = into !== null && (into.variables || declared.has(bare(into.name.parts[0]?.text ?? '')))
  if (!fills && !items.some((item) => item.variable)) return null
  const names = fills
    ? into.targets.map(({ parts }) => (parts.length === 1 && parts[0] ? bare(parts[0].text) : null))
    : items.map((item) => (item.variable && item.alias ? bare(item.alias.text) : null))
  const values = items.map((item) => (item.variable ? { ...item, variable: false, alias: null } : item))
  return { query: { ...query, body: { ...select, into: null, items: values } }, names }
}

/** `@v`, `:v` and `v` are one variable. */
function bare(name: string): string {
  return name.replace(/^[@:$]+/, '').toLowerCase()
}

function addLeaf(node: Statement, rows: LoopRows | null, script: Script): void {
  const seen = script.result === null ? rows : { ...script.result, outer: rows }
  script.leaves.push({ node, rows: seen, cursors: script.cursors, functions: script.functions })
  if (node.kind === 'routine') keepFunction(node, script)
  if (node.kind === 'query') keepResult(node.query, script.results < MAX_RESULTS ? seen : rows, script)
  else if (node.kind !== 'set') script.result = null
  if (node.kind === 'declare') declare(node, script)
  if (node.kind === 'set') keepCursor(node.names[0]?.parts[0], node.value, script)
  const [opened] = node.kind === 'wrap' && node.what === 'cursor' ? node.body : []
  if (node.kind === 'wrap' && node.name && opened?.kind === 'query') script.cursors.set(node.name.text.toLowerCase(), opened.query)
}

function declare({ names, query, value }: DeclareStatement, script: Script): void {
  for (const { text } of names) script.declared.add(bare(text))
  const [name] = names
  if (name && query) script.cursors.set(name.text.toLowerCase(), query)
  else keepCursor(name, value, script)
}

/** `r := (query)`, and a cursor for such a result: `LET c CURSOR FOR r` (Snowflake). */
function keepCursor(name: Ident | undefined, value: Expr | null, script: Script): void {
  if (name === undefined || value === null) return
  const named =
    value.kind === 'column' && value.parts.length === 1 ? script.cursors.get(value.parts[0]?.text.toLowerCase() ?? '') : undefined
  const query = value.kind === 'subquery' ? value.query : named
  if (query) script.cursors.set(name.text.toLowerCase(), query)
}

/** A function whose body is a query, or returns one. */
function keepFunction({ name, what, body, parameters, returns }: RoutineStatement, { functions }: Script): void {
  const key = name.parts.at(-1)?.text.toLowerCase()
  if (key === undefined || (what !== 'function' && what !== 'macro')) return
  const queries = returnedQueries(body)
  const [query] = queries
  if (query && queries.length === 1)
    functions.byName.set(key, { query, parameters: parameters.map(({ text }) => bare(text)), columns: returns })
  else functions.byName.delete(key)
}

/** Of statements the last query; of a block what it returns. */
function returnedQueries(body: readonly Statement[]): readonly Query[] {
  const last = body.at(-1)
  if (last?.kind === 'query') return [last.query]
  return body.flatMap((each) => (each.kind === 'block' ? returnsOf(each.body) : []))
}

function returnsOf(body: readonly Statement[]): readonly Query[] {
  return body.flatMap((each) => {
    if (each.kind === 'block') return returnsOf(each.body)
    return each.kind === 'query' && each.keyword === 'RETURN' ? [each.query] : []
  })
}

function keepResult(query: Query, inside: LoopRows | null, script: Script): void {
  script.results = inside?.key === RESULT ? script.results + 1 : 0
  script.result = { key: RESULT, query, position: null, outer: null, inside }
}

/** The rows that the last of the statements gives to what runs after them; null where that is no query. */
export function resultOf(all: readonly Pick<Leaf, 'node' | 'rows'>[]): LoopRows | null {
  const last = all.at(-1)
  return last?.node.kind === 'query' ? { key: RESULT, query: last.node.query, position: null, outer: null, inside: last.rows } : null
}

/** Rows of another text: their places are not of this one, so that each reference to them is the place. */
export function withoutSpans(rows: LoopRows): LoopRows {
  return unplaced(rows) as LoopRows // a copy of the same shape
}

function unplaced(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(unplaced)
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node).map(([key, value]): [string, unknown] => [
    key,
    typeof value === 'number' && (key === 'from' || key === 'to') ? -1 : unplaced(value),
  ])
  return Object.fromEntries(entries)
}

function addBlock(block: Statement & { kind: 'block' }, rows: LoopRows | null, script: Script): void {
  const { query, cursor, variable } = block
  if (query !== null || block.conditions.some((each) => each.kind !== 'literal')) addLeaf({ ...block, body: [] }, rows, script)
  const over = query ?? (cursor && script.cursors.get(cursor.text.toLowerCase())) ?? null
  const inner =
    over !== null && variable !== null ? { key: variable.text.toLowerCase(), query: over, position: null, outer: rows, inside: rows } : rows
  addAll(block.body, inner, script)
}

function filledRows({ query, names }: Filled, outer: LoopRows | null, inside: LoopRows | null): LoopRows | null {
  let rows = outer
  for (const [position, key] of names.entries()) if (key !== null) rows = { key, query, position, outer: rows, inside }
  const [only] = names
  // One variable may be the whole row as well.
  return only && names.length === 1 ? { key: only, query, position: null, outer: rows, inside } : rows
}

/** Names that the statements declare: variables, parameters, cursors' row variables. Loose. */
export function declaredNames(statements: readonly Statement[]): readonly string[] {
  return statements.flatMap((statement) => {
    if (statement.kind === 'declare') return statement.names.map((each) => each.text.toLowerCase())
    if (statement.kind === 'set') return statement.names.map((each) => (each.parts.at(-1)?.text ?? '').toLowerCase())
    if (statement.kind === 'fetch') return statement.into.map((each) => each.text.toLowerCase())
    if (statement.kind === 'block')
      return [...(statement.variable ? [statement.variable.text.toLowerCase()] : []), ...declaredNames(statement.body)]
    return []
  })
}
