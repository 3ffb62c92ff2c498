import { TOKEN } from '../tokens/tokens.ts'
import type { Expr, Window } from '../tree.ts'
import { atEnd, type Cursor, closer, eat, eat2, here, kind, lastEnd, peek, report, skipBalanced, word, wordAt } from './cursor.ts'
import { isReserved, parseIdent } from './names.ts'

/** Comma-separated expressions. A trailing comma before a clause or bracket is allowed. */
export function parseExpressionList(cursor: Cursor): Expr[] {
  const list: Expr[] = []
  do {
    if (peek(cursor, ')') || peek(cursor, ']') || atEnd(cursor)) break
    list.push(cursor.rules.expression(cursor))
  } while (eat(cursor, ','))
  return list
}

/** The items of ORDER BY, behind those words: each an expression with its direction, NULLS FIRST, USING op, WITH FILL. */
export function parseOrderItems(cursor: Cursor): Expr[] {
  const list: Expr[] = []
  do {
    if (eat(cursor, 'ALL')) {
      skipDirection(cursor)
      continue
    }
    list.push(cursor.rules.expression(cursor))
    skipDirection(cursor)
  } while (wordAt(cursor, 2) !== '=>' && eat(cursor, ','))
  if (eat(cursor, 'INTERPOLATE')) skipBracket(cursor)
  return list
}

function skipBracket(cursor: Cursor): void {
  if (peek(cursor, '(')) skipBalanced(cursor)
}

function skipDirection(cursor: Cursor): void {
  for (;;) {
    if (eat(cursor, 'ASC') || eat(cursor, 'DESC')) continue
    if (eat2(cursor, 'NULLS', 'FIRST') || eat2(cursor, 'NULLS', 'LAST')) continue
    if (peek(cursor, 'USING') && kind(cursor) === TOKEN.word && wordAt(cursor, 1) !== 'SAMPLE') {
      cursor.at += 2
      continue
    }
    if (eat2(cursor, 'WITH', 'FILL')) {
      skipFill(cursor)
      continue
    }
    return
  }
}

/** ClickHouse: WITH FILL FROM x TO y STEP z STALENESS s. */
function skipFill(cursor: Cursor): void {
  while (
    !atEnd(cursor) &&
    !peek(cursor, ',') &&
    !peek(cursor, ')') &&
    !peek(cursor, 'INTERPOLATE') &&
    !peek(cursor, 'LIMIT') &&
    !peek(cursor, 'SETTINGS')
  )
    skipBalanced(cursor)
}

/** What stands behind OVER, or behind AS in WINDOW: a name, or `(base PARTITION BY … ORDER BY … frame)`. */
export function parseWindow(cursor: Cursor): Window {
  const from = here(cursor)
  if (!peek(cursor, '(')) return { base: parseIdent(cursor), partition: [], order: [], from, to: lastEnd(cursor) }
  const close = closer(cursor)
  cursor.at++
  const base =
    kind(cursor) === TOKEN.quoted || (kind(cursor) === TOKEN.word && !isReserved(cursor) && !startsWindowPart(cursor))
      ? parseIdent(cursor)
      : null
  let partition: Expr[] = []
  let order: Expr[] = []
  if (eat2(cursor, 'PARTITION', 'BY') || eat2(cursor, 'DISTRIBUTE', 'BY') || eat2(cursor, 'CLUSTER', 'BY'))
    partition = parseExpressionList(cursor)
  if (eat2(cursor, 'ORDER', 'BY') || eat2(cursor, 'SORT', 'BY')) order = parseOrderItems(cursor)
  skipFrame(cursor, close)
  return { base, partition, order, from, to: lastEnd(cursor) }
}

function startsWindowPart(cursor: Cursor): boolean {
  const current = word(cursor)
  return (
    current === 'PARTITION' ||
    current === 'DISTRIBUTE' ||
    current === 'CLUSTER' ||
    current === 'ORDER' ||
    current === 'SORT' ||
    current === 'ROWS' ||
    current === 'RANGE' ||
    current === 'GROUPS' ||
    current === 'RESET'
  )
}

/** The frame has no columns but in rare RANGE offsets, which are not values: it is skipped. */
function skipFrame(cursor: Cursor, close: number): void {
  const current = word(cursor)
  if (
    cursor.at < close &&
    current !== 'ROWS' &&
    current !== 'RANGE' &&
    current !== 'GROUPS' &&
    current !== 'RESET' &&
    current !== 'EXCLUDE' &&
    current !== 'MEASURES'
  )
    report(cursor, 'SQL_CLAUSE_UNKNOWN', 'this part of a window is not known', here(cursor), cursor.tokens.starts[close] ?? here(cursor))
  cursor.at = Math.min(close + 1, cursor.end)
}
