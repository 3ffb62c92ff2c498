import { TOKEN } from '../tokens/tokens.ts'
import type { Word } from '../tokens/words.ts'
import type { Cte, Expr, Query, QueryBody, SetArm, Values } from '../tree.ts'
import { parseCtes } from './ctes.ts'
import {
  atEnd,
  type Cursor,
  closer,
  eat,
  eat2,
  here,
  kind,
  kindAt,
  lastEnd,
  leaveBracket,
  peek,
  report,
  skipBalanced,
  textAt,
  tooDeep,
  word,
  wordAt,
} from './cursor.ts'
import { parseName, parseTableName } from './names.ts'
import { parseExpressionList, parseOrderItems } from './order.ts'
import { parsePipe } from './pipe.ts'
import { parsePivotStatement } from './pivot.ts'
import { startsQuery } from './query-start.ts'
import { parseFromFirst, parseScriptSelect, parseSelect } from './select.ts'
import { BY_POSITION, parseSetQuantifier } from './set-quantifier.ts'

export { parseCtes } from './ctes.ts'

/** query = [WITH …] body { set operator body } [ORDER BY …] [LIMIT …] { |> step } */
export function parseQuery(cursor: Cursor): Query {
  const from = here(cursor)
  if (tooDeep(cursor)) return unknownQuery(cursor, from)
  cursor.depth++
  const recursive = peek(cursor, 'WITH') && wordAt(cursor, 1) === 'RECURSIVE'
  const values = cursor.values
  const ctes = parseCtes(cursor)
  const query = parseQueryAfter(cursor, ctes, recursive, from)
  cursor.values = values
  cursor.depth--
  return query
}

/** The rest of a query whose CTEs were read already. */
export function parseQueryAfter(cursor: Cursor, ctes: readonly Cte[], recursive: boolean, from: number): Query {
  const arms: SetArm[] = [{ operator: 'first', ...BY_POSITION, body: parseArm(cursor) }]
  const order: Expr[] = []
  do {
    parseArms(cursor, arms)
    parseTail(cursor, order)
  } while (startsSetOperator(cursor))
  const first = arms[0] as SetArm
  let body: QueryBody = arms.length === 1 ? first.body : { kind: 'set', arms, from: first.body.from, to: lastEnd(cursor) }
  if (peek(cursor, '|>')) body = parsePipe(cursor, body)
  return { kind: 'query', ctes, recursive, body, order, from, to: lastEnd(cursor) }
}

function unknownQuery(cursor: Cursor, from: number): Query {
  while (!atEnd(cursor) && !peek(cursor, ')')) skipBalanced(cursor)
  return {
    kind: 'query',
    ctes: [],
    recursive: false,
    body: { kind: 'unknown', from, to: lastEnd(cursor) },
    order: [],
    from,
    to: lastEnd(cursor),
  }
}

/** How many tokens stand before UNION, INTERSECT, EXCEPT or MINUS here (`FULL OUTER UNION`); -1 if none of them does. */
function setOperatorOffset(cursor: Cursor): number {
  let offset = 0
  const first = word(cursor)
  if (first === 'FULL' || first === 'LEFT' || first === 'INNER') offset = wordAt(cursor, 1) === 'OUTER' ? 2 : 1
  const operator = wordAt(cursor, offset)
  if (operator === 'UNION' || operator === 'INTERSECT' || operator === 'EXCEPT') return offset
  return operator === 'MINUS' && kindAt(cursor, 1) !== TOKEN.end ? offset : -1
}

function startsSetOperator(cursor: Cursor): boolean {
  return setOperatorOffset(cursor) >= 0
}

const OPERATORS: Readonly<Partial<Record<Word, SetArm['operator']>>> = {
  UNION: 'union',
  INTERSECT: 'intersect',
  EXCEPT: 'except',
  MINUS: 'except',
}

function parseArms(cursor: Cursor, arms: SetArm[]): void {
  for (let offset = setOperatorOffset(cursor); offset >= 0; offset = setOperatorOffset(cursor)) {
    const side = offset > 0 ? word(cursor) : ''
    cursor.at += offset
    const operator = OPERATORS[word(cursor)] ?? 'union'
    cursor.at++
    const mapping = parseSetQuantifier(cursor, side)
    arms.push({ operator, ...mapping, body: parseArm(cursor) })
  }
}

/** arm = SELECT … | ( query ) | VALUES … | TABLE t | FROM … | WITH … | PIVOT … */
export function parseArm(cursor: Cursor): QueryBody {
  const from = here(cursor)
  skipLocking(cursor)
  switch (word(cursor)) {
    case 'SELECT':
    case 'SEL':
    // PERFORM f(a) FROM t (plpgsql) is a SELECT whose result is not kept
    case 'PERFORM':
      return parseSelect(cursor)
    case '(':
      return parseNested(cursor, from)
    case 'VALUES':
      return parseValues(cursor)
    case 'TABLE':
      return parseTableQuery(cursor, from)
    case 'FROM':
      return parseFromFirst(cursor)
    case 'WITH': {
      const query = cursor.rules.query(cursor)
      return { kind: 'nested', query, from, to: lastEnd(cursor) }
    }
    case 'PIVOT':
    case 'UNPIVOT':
      return parsePivotStatement(cursor)
    case 'MAP':
    case 'REDUCE':
      return parseScriptSelect(cursor) ?? unknownBody(cursor, from)
    default:
      return unknownBody(cursor, from)
  }
}

function unknownBody(cursor: Cursor, from: number): QueryBody {
  report(cursor, 'SQL_CLAUSE_UNKNOWN', 'a query is expected here', from, cursor.tokens.ends[cursor.at] ?? from)
  while (!atEnd(cursor) && !peek(cursor, ')') && !peek(cursor, ';') && !startsSetOperator(cursor)) skipBalanced(cursor)
  return { kind: 'unknown', from, to: lastEnd(cursor) }
}

function parseNested(cursor: Cursor, from: number): QueryBody {
  const close = closer(cursor)
  const before = cursor.end
  cursor.at++
  cursor.end = close
  const query = cursor.rules.query(cursor)
  cursor.end = before
  leaveBracket(cursor, close)
  return { kind: 'nested', query, from, to: lastEnd(cursor) }
}

function parseTableQuery(cursor: Cursor, from: number): QueryBody {
  cursor.at++
  const name = parseTableName(cursor)
  if (name === null) return unknownBody(cursor, from)
  return { kind: 'table', name, from, to: lastEnd(cursor) }
}

/** Rows of constants say nothing about lineage: of those only so many are kept. */
const MAX_ROWS = 100

/** VALUES (…), (…); also ROW(…) of MySQL and single values (VALUES 1, 2) of Trino and Spark. */
export function parseValues(cursor: Cursor): Values {
  const from = here(cursor)
  cursor.at++
  const rows: Expr[][] = []
  do {
    eat(cursor, 'ROW')
    const row = parseRow(cursor)
    if (rows.length < MAX_ROWS || row.some((value) => value.kind !== 'literal')) rows.push(row)
  } while (peek(cursor, ',') && continuesValues(cursor))
  return { kind: 'values', rows, from, to: lastEnd(cursor) }
}

/** A comma behind a row goes on with a row, unless a table follows (`FROM VALUES (1) , t`): rows are alike, so a bracket follows a bracket. */
function continuesValues(cursor: Cursor): boolean {
  const bracketed = wordAt(cursor, -1) === ')'
  if (kindAt(cursor, 1) === TOKEN.end) cursor.at++
  if (bracketed && wordAt(cursor, 1) !== '(' && wordAt(cursor, 1) !== 'ROW') return false
  return eat(cursor, ',')
}

function parseRow(cursor: Cursor): Expr[] {
  if (!peek(cursor, '(') || startsQuery(cursor, 1)) return [cursor.rules.expression(cursor)]
  const close = closer(cursor)
  const before = cursor.end
  cursor.at++
  cursor.end = close
  const row = parseExpressionList(cursor)
  cursor.end = before
  cursor.at = Math.min(close + 1, cursor.end)
  return row
}

/** Teradata: LOCKING [TABLE | DATABASE | VIEW | ROW] [name] FOR | IN ACCESS | READ … [MODE] [NOWAIT], before a query. */
export function skipLocking(cursor: Cursor): void {
  while (cursor.dialect.grammar.shortStatements && (peek(cursor, 'LOCKING') || peek(cursor, 'LOCK')) && !atEnd(cursor)) {
    cursor.at++
    while (!atEnd(cursor) && !peek(cursor, 'FOR') && !peek(cursor, 'IN') && !peek(cursor, 'SELECT') && !peek(cursor, 'SEL')) cursor.at++
    if (eat(cursor, 'FOR') || eat(cursor, 'IN')) cursor.at++
    if (peek(cursor, 'MODE')) cursor.at++
    if (peek(cursor, 'NOWAIT')) cursor.at++
  }
}

/** What may stand behind a query's last core: ORDER BY, LIMIT, OFFSET, FETCH, FOR …, OPTION, SETTINGS, FORMAT, LOCK, INTO of MySQL. */
function parseTail(cursor: Cursor, order: Expr[]): void {
  for (;;) {
    const before = cursor.at
    parseTailClause(cursor, order)
    if (cursor.at === before) return
  }
}

function parseTailClause(cursor: Cursor, order: Expr[]): void {
  switch (word(cursor)) {
    case 'ORDER':
      parseOrderBy(cursor, order)
      return
    case 'LIMIT':
      parseLimit(cursor, order)
      return
    case 'OFFSET':
      cursor.at++
      cursor.rules.expression(cursor)
      if (!eat(cursor, 'ROWS')) eat(cursor, 'ROW')
      return
    case 'FETCH':
      // FETCH NEXT FROM c, the next statement of a script
      if (wordAt(cursor, 1) !== 'FROM' && wordAt(cursor, 2) !== 'FROM') parseFetch(cursor)
      return
    case 'FOR':
      parseFor(cursor)
      return
    case 'QUALIFY':
      cursor.at++
      order.push(cursor.rules.expression(cursor))
      return
    default:
      parseRareTail(cursor, order)
  }
}

function parseOrderBy(cursor: Cursor, order: Expr[]): void {
  if (wordAt(cursor, 1) === 'SIBLINGS') cursor.at++
  if (wordAt(cursor, 1) !== 'BY') return
  cursor.at += 2
  order.push(...parseOrderItems(cursor))
}

/** LIMIT n [, m] [PERCENT] [WITH TIES] [BY cols] (ClickHouse), LIMIT ALL. */
function parseLimit(cursor: Cursor, order: Expr[]): void {
  cursor.at++
  if (!eat(cursor, 'ALL')) {
    const count = cursor.rules.expression(cursor)
    if (count.kind === 'subquery') order.push(count)
    if (eat(cursor, ',')) cursor.rules.expression(cursor)
  }
  eat(cursor, 'PERCENT')
  if (peek(cursor, '%')) cursor.at++
  eat2(cursor, 'WITH', 'TIES')
  if (peek(cursor, 'OFFSET')) {
    cursor.at++
    cursor.rules.expression(cursor)
  }
  if (eat(cursor, 'BY')) order.push(...parseExpressionList(cursor))
}

/** FETCH FIRST | NEXT n [PERCENT] ROW[S] ONLY | WITH TIES. */
function parseFetch(cursor: Cursor): void {
  const next = wordAt(cursor, 1)
  if (next !== 'FIRST' && next !== 'NEXT' && kindAt(cursor, 1) !== TOKEN.number) return
  cursor.at++
  while (!atEnd(cursor) && !peek(cursor, ')') && !peek(cursor, ';')) {
    if (eat(cursor, 'ONLY') || eat2(cursor, 'WITH', 'TIES')) return
    if (kind(cursor) === TOKEN.word && wordAt(cursor, 0) === '') return
    skipBalanced(cursor)
  }
}

const FOR_MODES: ReadonlySet<string> = new Set(['UPDATE', 'SHARE', 'XML', 'JSON', 'BROWSE', 'READ', 'NO', 'KEY', 'FETCH', 'ONLY', 'ACCESS'])

/** FOR UPDATE [OF t] [NOWAIT | SKIP LOCKED | WAIT n], FOR XML PATH('x'), ROOT, FOR JSON AUTO, FOR READ ONLY. */
function parseFor(cursor: Cursor): void {
  if (!FOR_MODES.has(wordAt(cursor, 1))) return
  const xml = wordAt(cursor, 1) === 'XML' || wordAt(cursor, 1) === 'JSON' || wordAt(cursor, 1) === 'BROWSE'
  cursor.at += 2
  if (xml) {
    while (!atEnd(cursor) && (kind(cursor) === TOKEN.word || peek(cursor, ',') || peek(cursor, '(')) && !endsForXml(cursor))
      skipBalanced(cursor)
    return
  }
  while (!atEnd(cursor)) {
    const current = word(cursor)
    if (current === 'OF') skipNames(cursor)
    else if (
      current === 'UPDATE' ||
      current === 'SHARE' ||
      current === 'KEY' ||
      current === 'NOWAIT' ||
      current === 'SKIP' ||
      current === 'LOCKED' ||
      current === 'ONLY'
    )
      cursor.at++
    else return
  }
}

function endsForXml(cursor: Cursor): boolean {
  const id = cursor.tokens.words[cursor.at] as number
  return id !== 0 && cursor.dialect.reservedIds[id] === 1
}

function skipNames(cursor: Cursor): void {
  do cursor.at++
  while (parseName(cursor) !== null && peek(cursor, ','))
}

function parseRareTail(cursor: Cursor, order: Expr[]): void {
  switch (word(cursor)) {
    case 'OPTION':
      if (wordAt(cursor, 1) !== '(') return
      cursor.at++
      skipBalanced(cursor)
      return
    case 'SETTINGS':
      skipSettings(cursor)
      return
    case 'INTO':
      if (/^(?:out|dump)file$/i.test(textAt(cursor, 1))) cursor.at += 3
      return
    case 'FORMAT':
      if (kindAt(cursor, 1) === TOKEN.word) cursor.at += 2
      return
    case 'LOCK':
      if (wordAt(cursor, 1) === 'IN') cursor.at += 4
      return
    case 'EMIT':
      if (wordAt(cursor, 1) === 'CHANGES') cursor.at += 2
      return
    case 'WITH':
      if (/^(?:ur|cs|rs|rr)$/i.test(textAt(cursor, 1))) skipIsolation(cursor)
      else parseTotals(cursor, order)
      return
    case 'OPTIMIZE':
      // OPTIMIZE FOR 10 ROWS (Db2)
      if (wordAt(cursor, 1) === 'FOR' && kindAt(cursor, 2) === TOKEN.number) cursor.at = Math.min(cursor.at + 4, cursor.end)
      return
    case 'SAMPLE':
      cursor.at++
      skipSample(cursor)
      return
    case 'USING':
      if (wordAt(cursor, 1) === 'SAMPLE') {
        cursor.at += 2
        skipSample(cursor)
      }
      return
    default:
      return
  }
}

/** WITH UR, WITH RS USE AND KEEP UPDATE LOCKS: the isolation of one query (Db2). */
function skipIsolation(cursor: Cursor): void {
  cursor.at += 2
  if (peek(cursor, 'USE') && wordAt(cursor, 1) === 'AND') cursor.at = Math.min(cursor.at + 5, cursor.end)
}

/** Teradata: WITH SUM(a), … [BY b, …], subtotals behind the rows. Other clauses that begin with WITH belong to the statement around. */
function parseTotals(cursor: Cursor, order: Expr[]): void {
  if (
    !cursor.dialect.grammar.shortStatements ||
    wordAt(cursor, 1) === 'NO' ||
    wordAt(cursor, 1) === 'DATA' ||
    wordAt(cursor, 1) === 'CHECK'
  )
    return
  cursor.at++
  parseExpressionList(cursor)
  if (eat(cursor, 'BY')) order.push(...parseOrderItems(cursor))
}

/** SAMPLE 10, 20; SAMPLE 0.5 PERCENT (bernoulli); SAMPLE WHEN … END. */
function skipSample(cursor: Cursor): void {
  while (
    !atEnd(cursor) &&
    (kind(cursor) === TOKEN.number ||
      peek(cursor, ',') ||
      peek(cursor, '(') ||
      peek(cursor, '%') ||
      peek(cursor, 'PERCENT') ||
      peek(cursor, 'ROWS') ||
      peek(cursor, 'BERNOULLI') ||
      peek(cursor, 'SYSTEM') ||
      peek(cursor, '/') ||
      (kind(cursor) === TOKEN.word && wordAt(cursor, 1) === '('))
  )
    skipBalanced(cursor)
}

/** ClickHouse: SETTINGS a = 1, b = 'x'. */
function skipSettings(cursor: Cursor): void {
  do cursor.at += 4
  while (peek(cursor, ',') && wordAt(cursor, 2) === '=')
  cursor.at = Math.min(cursor.at, cursor.end)
}
