import type { Assignment, CallStatement, ColumnExpr, Expr, Name, Query } from '../../tree.ts'
import { atEnd, type Cursor, eat, eat2, here, lastEnd, peek, skipBalanced, textAt } from '../cursor.ts'
import { plainSelect, starItem } from '../plain-select.ts'
import { atString, eatTemplates, isName, isQueryStart } from './boundary.ts'
import { assignments, inBrackets, pathOfString, rawIdent } from './parts.ts'

/** What is inserted: a query, what a call gives, or assignments; with the columns and names that come with it. */
export interface InsertBody {
  readonly query: Query | null
  readonly call: CallStatement | null
  readonly assignments: readonly Assignment[] | null
  readonly columns: readonly ColumnExpr[] | null
  readonly byName: boolean
}

const EMPTY_BODY: InsertBody = { query: null, call: null, assignments: null, columns: null, byName: false }

/** What stands behind the target of an INSERT. */
export function insertBody(cursor: Cursor): InsertBody {
  eatTemplates(cursor)
  const byName = eat2(cursor, 'BY', 'NAME')
  if (peek(cursor, 'EXEC') || peek(cursor, 'EXECUTE')) return executedBody(cursor)
  if (eat2(cursor, 'DEFAULT', 'VALUES')) return EMPTY_BODY
  if (eat(cursor, 'SET')) return setBody(cursor)
  if (peek(cursor, 'VALUE')) return { ...EMPTY_BODY, query: valueQuery(cursor) }
  if (peek(cursor, 'FROM') && /^infile$/i.test(textAt(cursor, 1))) return { ...EMPTY_BODY, query: fileQuery(cursor) }
  if (isQueryStart(cursor) || peek(cursor, 'FROM')) return { ...EMPTY_BODY, byName, query: cursor.rules.query(cursor) }
  if (peek(cursor, '(')) return { ...EMPTY_BODY, query: valueQuery(cursor) }
  // INSERT INTO t VALUES record (PL/SQL)
  if (peek(cursor, 'VALUES') && isName(cursor, 1)) return { ...EMPTY_BODY, query: recordQuery(cursor) }
  // INSERT INTO t JSON '{…}' (Teradata)
  if (peek(cursor, 'JSON')) cursor.at = Math.min(cursor.at + 2, cursor.end)
  return EMPTY_BODY
}

/** INSERT INTO t FROM INFILE 'x.csv' [COMPRESSION 'gzip'] FORMAT CSV (ClickHouse). */
function fileQuery(cursor: Cursor): Query {
  cursor.at += 2
  const from = here(cursor)
  const name: Name = atString(cursor) ? pathOfString(cursor) : { form: 'variable', parts: [rawIdent(cursor)], from, to: from }
  const { to } = name
  while (!atEnd(cursor)) skipBalanced(cursor)
  return { kind: 'query', ctes: [], recursive: false, body: { kind: 'table', name, from, to }, order: [], from, to }
}

/** INSERT … EXEC p: a call; INSERT … EXEC ('select …'): the query that the text is. */
function executedBody(cursor: Cursor): InsertBody {
  const executed = cursor.rules.statement(cursor)
  if (executed.kind === 'call') return { ...EMPTY_BODY, call: executed }
  const last = executed.kind === 'execute' ? executed.body?.findLast((statement) => statement.kind === 'query') : undefined
  return last?.kind === 'query' ? { ...EMPTY_BODY, query: last.query } : EMPTY_BODY
}

/** INSERT INTO t SET a = 1, b = 2 (MySQL) is columns and one row. */
function setBody(cursor: Cursor): InsertBody {
  const from = here(cursor)
  const list = assignments(cursor)
  const to = lastEnd(cursor)
  const columns = list.flatMap((assignment) => assignment.targets)
  const row = list.map((assignment) => assignment.value)
  return { ...EMPTY_BODY, columns, query: queryOfRow(row, from, to) }
}

/** `VALUES r`, `VALUES r_table(i)`: all columns of a record that a loop or FETCH fills (PL/SQL). */
function recordQuery(cursor: Cursor): Query {
  cursor.at++
  const from = here(cursor)
  const record = cursor.rules.expression(cursor)
  const { to } = record
  const qualifier = record.kind === 'call' ? record.name : record.kind === 'column' ? record.parts : []
  const star = starItem(from)
  const item = star.expr.kind === 'star' ? { ...star, expr: { ...star.expr, qualifier } } : star
  return { kind: 'query', ctes: [], recursive: false, body: plainSelect([item], [], from, to), order: [], from, to }
}

function queryOfRow(row: readonly Expr[], from: number, to: number): Query {
  return { kind: 'query', ctes: [], recursive: false, body: { kind: 'values', rows: [row], from, to }, order: [], from, to }
}

/** `VALUE (…)` (MySQL), and a bracket of values alone (Teradata). */
function valueQuery(cursor: Cursor): Query {
  const from = here(cursor)
  eat(cursor, 'VALUE')
  const rows: (readonly Expr[])[] = []
  do rows.push(peek(cursor, '(') ? inBrackets(cursor, () => expressions(cursor)) : [])
  while (eat(cursor, ','))
  const to = lastEnd(cursor)
  return { kind: 'query', ctes: [], recursive: false, body: { kind: 'values', rows, from, to }, order: [], from, to }
}

function expressions(cursor: Cursor): readonly Expr[] {
  const list: Expr[] = []
  while (!atEnd(cursor)) {
    list.push(cursor.rules.expression(cursor))
    while (!atEnd(cursor) && !eat(cursor, ',')) skipBalanced(cursor)
  }
  return list
}
