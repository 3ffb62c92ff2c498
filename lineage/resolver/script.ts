import type { Query, Statement } from '../tree.ts'

/** A statement as it is executed, with the rows that the script around gives names to. */
export interface Leaf {
  readonly node: Statement
  readonly rows: LoopRows | null
}

/**
 * A row that has a name: `FOR r IN (query)` and `FETCH c INTO r` make `r.a` the query's column. Of `FETCH c INTO v, w` each variable is
 * one column, at `position`. The result of the statement before is `RESULT`. Inner ones first.
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

/** Beyond this the variables that FETCH filled first are no longer known. */
const MAX_FETCHED = 100

/** Results of results of … beyond this are no longer known: each is resolved inside the next. */
const MAX_RESULTS = 50

interface Script {
  readonly cursors: Map<string, Query>
  readonly leaves: Leaf[]
  /** The last query, as the rows that the next statement reads. */
  result: LoopRows | null
  results: number
}

/**
 * The statements of a text that are executed one by one: blocks, loops and branches are opened, in order of writing. Dynamic SQL stays
 * one statement, with its text's statements in it. What a block itself reads (a condition, a cursor's query) stays as a statement without a body.
 */
export function leaves(statements: readonly Statement[], before: LoopRows | null = null): readonly Leaf[] {
  const script: Script = { cursors: new Map(), leaves: [], result: before, results: 0 }
  addAll(statements, null, script)
  return script.leaves
}

/** FETCH names rows for what comes behind it in its list, and for the lists inside. */
function addAll(statements: readonly Statement[], around: LoopRows | null, script: Script): void {
  let rows = around
  let fetched = 0
  for (const statement of statements) {
    if (statement.kind === 'block') addBlock(statement, rows, script)
    else addLeaf(statement, rows, script)
    if (statement.kind !== 'fetch' || fetched > MAX_FETCHED) continue
    fetched += statement.into.length
    rows = fetchedRows(statement, rows, script)
  }
}

function addLeaf(node: Statement, rows: LoopRows | null, script: Script): void {
  const seen = script.result === null ? rows : { ...script.result, outer: rows }
  script.leaves.push({ node, rows: seen })
  if (node.kind === 'query') keepResult(node.query, script.results < MAX_RESULTS ? seen : rows, script)
  else if (node.kind !== 'set') script.result = null
  const name = node.kind === 'declare' ? node.names[0] : undefined
  if (node.kind === 'declare' && name && node.query) script.cursors.set(name.text.toLowerCase(), node.query)
  const [opened] = node.kind === 'wrap' && node.what === 'cursor' ? node.body : []
  if (node.kind === 'wrap' && node.name && opened?.kind === 'query') script.cursors.set(node.name.text.toLowerCase(), opened.query)
}

function keepResult(query: Query, inside: LoopRows | null, script: Script): void {
  script.results = inside?.key === RESULT ? script.results + 1 : 0
  script.result = { key: RESULT, query, position: null, outer: null, inside }
}

/** The rows that the last of the statements gives to what runs after them; null where that is no query. */
export function resultOf(all: readonly Leaf[]): LoopRows | null {
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

function fetchedRows({ cursor, into }: Statement & { kind: 'fetch' }, outer: LoopRows | null, script: Script): LoopRows | null {
  const query = script.cursors.get(cursor.text.toLowerCase())
  if (query === undefined) return outer
  let rows = outer
  for (const [i, { text }] of into.entries()) rows = { key: text.toLowerCase(), query, position: i, outer: rows, inside: outer }
  const [only] = into
  // One variable may be the whole row as well.
  return only && into.length === 1 ? { key: only.text.toLowerCase(), query, position: null, outer: rows, inside: outer } : rows
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
