import { TOKEN } from '../tokens/tokens.ts'
import type { Cte, Ident, Query, Statement } from '../tree.ts'
import {
  atEnd,
  type Cursor,
  closer,
  eat,
  eat2,
  expect,
  here,
  kind,
  lastEnd,
  leaveBracket,
  peek,
  report,
  skipBalanced,
  word,
  wordAt,
} from './cursor.ts'
import { parseColumnList, parseIdent, parseItemAlias } from './names.ts'
import { startsQuery } from './query-start.ts'

/** WITH [RECURSIVE] cte { , cte }; empty where no WITH stands. */
export function parseCtes(cursor: Cursor): readonly Cte[] {
  if (!peek(cursor, 'WITH')) return []
  const ctes: Cte[] = []
  while (eat(cursor, 'WITH')) {
    eat(cursor, 'RECURSIVE')
    do {
      if (endsCtes(cursor)) break
      const cte = parseCte(cursor)
      if (cte === null) break
      if (cte !== 'skipped') ctes.push(cte)
    } while (eat(cursor, ','))
  }
  return ctes
}

/** A comma too many before the query. */
function endsCtes(cursor: Cursor): boolean {
  return atEnd(cursor) || (peek(cursor, 'SELECT') && kind(cursor) === TOKEN.word)
}

/** name [(columns)] [USING KEY (…)] AS [[NOT] MATERIALIZED] ( query | statement ) [SEARCH …] [CYCLE …] */
function parseCte(cursor: Cursor): Cte | 'skipped' | null {
  const from = here(cursor)
  const named = wordAt(cursor, 1) === 'AS' || wordAt(cursor, 1) === '('
  if (peek(cursor, 'XMLNAMESPACES') || (peek(cursor, 'FUNCTION') && !named)) return skipPrologue(cursor)
  if (cursor.dialect.grammar.withExpressions && startsExpression(cursor)) return parseNamedValue(cursor)
  const name = parseIdent(cursor)
  if (name === null) {
    report(cursor, 'SQL_CLAUSE_UNKNOWN', 'WITH needs a name here', from, from)
    return null
  }
  const columns = parseColumnList(cursor)
  // USING KEY (a) (DuckDB)
  if (eat2(cursor, 'USING', 'KEY')) skipBalanced(cursor)
  while (!atEnd(cursor) && !peek(cursor, 'AS') && !peek(cursor, '(') && !peek(cursor, ',') && !peek(cursor, 'SELECT')) skipBalanced(cursor)
  if (!eat(cursor, 'AS') && !peek(cursor, '(')) return null
  if (eat(cursor, 'NOT')) eat(cursor, 'MATERIALIZED')
  else eat(cursor, 'MATERIALIZED')
  const body = parseBody(cursor)
  const added = parseSearch(cursor)
  return { name, columns, body, added, from, to: lastEnd(cursor) }
}

function parseBody(cursor: Cursor): Query | Statement {
  if (!peek(cursor, '(')) {
    expect(cursor, '(')
    return cursor.rules.query(cursor)
  }
  const close = closer(cursor)
  const before = cursor.end
  cursor.at++
  cursor.end = close
  const body = startsQuery(cursor, 0) || !startsChange(cursor) ? cursor.rules.query(cursor) : cursor.rules.statement(cursor)
  cursor.end = before
  leaveBracket(cursor, close)
  return body
}

function startsChange(cursor: Cursor): boolean {
  const current = word(cursor)
  return current === 'INSERT' || current === 'UPDATE' || current === 'DELETE' || current === 'MERGE'
}

/** `WITH 1 AS x`, `WITH (SELECT …) AS x`, `WITH f(a) AS x` (ClickHouse): a value, not a table. */
function startsExpression(cursor: Cursor): boolean {
  if (kind(cursor) !== TOKEN.word && kind(cursor) !== TOKEN.quoted) return true
  const next = wordAt(cursor, 1)
  if (next === 'AS') return wordAt(cursor, 2) !== '(' && wordAt(cursor, 2) !== 'MATERIALIZED'
  if (next !== '(') return true
  const close = (cursor.tokens.closers[cursor.at + 1] as number) - cursor.at
  return wordAt(cursor, close + 1) !== 'AS' || wordAt(cursor, close + 2) !== '('
}

/** A use of a value beyond this weight stays a column: see `NamedValue`. */
const MAX_WEIGHT = 1000
const MAX_VALUES = 500

/** A value with a name: each use of the name behind it is the value. */
function parseNamedValue(cursor: Cursor): 'skipped' | null {
  const start = cursor.at
  const expr = cursor.rules.expression(cursor)
  const end = cursor.at
  const name = parseItemAlias(cursor)
  if (name === null) return null
  const weight = weightOf(cursor, start, end)
  if (weight <= MAX_WEIGHT && (cursor.values?.size ?? 0) < MAX_VALUES)
    cursor.values = new Map([...(cursor.values ?? []), [name.text, { expr, weight }]])
  return 'skipped'
}

function weightOf(cursor: Cursor, start: number, end: number): number {
  let weight = 1
  if (cursor.values === null) return weight
  for (let i = start; i < end; i++)
    weight += cursor.values.get(cursor.sql.slice(cursor.tokens.starts[i], cursor.tokens.ends[i]))?.weight ?? 0
  return weight
}

/** WITH XMLNAMESPACES(…) (SQL Server) and WITH FUNCTION … (Trino, Oracle): what they declare has no tables. */
function skipPrologue(cursor: Cursor): 'skipped' {
  if (peek(cursor, 'XMLNAMESPACES')) {
    cursor.at++
    skipBalanced(cursor)
    return 'skipped'
  }
  cursor.at++
  while (!atEnd(cursor) && !peek(cursor, 'SELECT') && !startsNextPart(cursor)) skipBalanced(cursor)
  return 'skipped'
}

function startsNextPart(cursor: Cursor): boolean {
  return peek(cursor, ',') && (wordAt(cursor, 1) === 'FUNCTION' || wordAt(cursor, 2) === 'AS' || wordAt(cursor, 2) === '(')
}

/**
 * SEARCH {DEPTH | BREADTH} FIRST BY a, b SET c; CYCLE a, b SET mark [TO x DEFAULT y] USING path: behind a recursive CTE.
 * https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-RECURSIVE
 */
function parseSearch(cursor: Cursor): Cte['added'] {
  const added: Cte['added'][number][] = []
  while (peek(cursor, 'SEARCH') || peek(cursor, 'CYCLE')) {
    const marks = peek(cursor, 'CYCLE')
    cursor.at++
    const of = marks ? parseNames(cursor) : parseSearched(cursor)
    const name = eat(cursor, 'SET') ? parseIdent(cursor) : null
    if (name !== null) added.push({ name, of: marks ? [] : of })
    if (eat(cursor, 'TO')) {
      cursor.rules.expression(cursor)
      if (eat(cursor, 'DEFAULT')) cursor.rules.expression(cursor)
    }
    const path = eat(cursor, 'USING') ? parseIdent(cursor) : null
    if (path !== null) added.push({ name: path, of })
  }
  return added
}

function parseSearched(cursor: Cursor): readonly Ident[] {
  while (!atEnd(cursor) && !peek(cursor, 'BY') && !peek(cursor, 'SET') && !peek(cursor, 'SELECT')) skipBalanced(cursor)
  return eat(cursor, 'BY') ? parseNames(cursor) : []
}

/** `a, b DESC NULLS LAST, c`. */
function parseNames(cursor: Cursor): readonly Ident[] {
  const names: Ident[] = []
  do {
    const name = parseIdent(cursor)
    if (name !== null) names.push(name)
    while (!atEnd(cursor) && !peek(cursor, ',') && !peek(cursor, 'SET') && !peek(cursor, 'SELECT') && !peek(cursor, ')'))
      skipBalanced(cursor)
  } while (eat(cursor, ','))
  return names
}
