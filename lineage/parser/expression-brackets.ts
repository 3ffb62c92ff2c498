import { TOKEN } from '../tokens/tokens.ts'
import type { Expr, Ident, SubqueryExpr } from '../tree.ts'
import { type Cursor, closer, eat, here, kind, kindAt, lastEnd, leaveBracket, peek, tooDeep, word, wordAt } from './cursor.ts'
import { parseIdent, parseItemAlias } from './names.ts'
import { plainStar } from './plain-select.ts'
import { startsQuery } from './query-start.ts'

/** `(query)`, `(expr)`, `(a, b)`, `()`, `(a, b) -> body`. */
export function parseParens(cursor: Cursor): Expr {
  const from = here(cursor)
  const close = closer(cursor)
  if (startsQuery(cursor, 1)) return parseSubquery(cursor, from, close)
  cursor.at++
  const items = parseItems(cursor, close)
  cursor.at = Math.min(close + 1, cursor.end)
  if (peek(cursor, '->') && cursor.dialect.grammar.arrowLambdas && items.every(isParameter) && !tooDeep(cursor))
    return parseLambda(cursor, items, from)
  const [only] = items
  if (items.length === 1 && only !== undefined && only.kind !== 'named') return only
  return { kind: 'construct', form: 'row', items, from, to: lastEnd(cursor) }
}

function parseSubquery(cursor: Cursor, from: number, close: number): SubqueryExpr {
  cursor.at++
  const before = cursor.end
  cursor.end = close
  const query = cursor.rules.query(cursor)
  cursor.end = before
  leaveBracket(cursor, close)
  return { kind: 'subquery', use: 'scalar', query, from, to: lastEnd(cursor) }
}

/** `x`, or `x INT` with its type, which was read as an alias. */
function isParameter(expr: Expr): boolean {
  return expr.kind === 'named' ? isParameter(expr.value) : expr.kind === 'column' && expr.parts.length === 1
}

function parseLambda(cursor: Cursor, items: readonly Expr[], from: number): Expr {
  cursor.at++
  const params = items.flatMap((item) => {
    const param = item.kind === 'named' ? item.value : item
    return param.kind === 'column' ? [param.parts[0] as Ident] : []
  })
  const body = cursor.rules.expression(cursor)
  return { kind: 'lambda', params, body, from, to: lastEnd(cursor) }
}

/** Comma-separated values up to `close`, each perhaps with a name (`a AS x`). Never stands still. */
function parseItems(cursor: Cursor, close: number): Expr[] {
  const items: Expr[] = []
  const before = cursor.end
  cursor.end = close
  while (cursor.at < close) {
    const start = cursor.at
    items.push(parseItem(cursor))
    if (!eat(cursor, ',') && cursor.at === start) cursor.at++
  }
  cursor.end = before
  return items
}

function parseItem(cursor: Cursor): Expr {
  const from = here(cursor)
  const value = cursor.rules.expression(cursor)
  if (kind(cursor) === TOKEN.end || peek(cursor, ',')) return value
  const alias = parseItemAlias(cursor)
  return alias === null ? value : { kind: 'named', name: alias, value, from, to: lastEnd(cursor) }
}

/** `[a, b]`, `[x FOR x IN list IF cond]` at the bracket; `from` is where ARRAY before it stands. */
export function parseArrayOrList(cursor: Cursor, from: number): Expr {
  const close = closer(cursor)
  cursor.at++
  const start = cursor.at
  const items = parseArrayItems(cursor, close, start)
  cursor.at = Math.min(close + 1, cursor.end)
  return { kind: 'construct', form: 'array', items, from, to: lastEnd(cursor) }
}

function parseArrayItems(cursor: Cursor, close: number, start: number): Expr[] {
  const before = cursor.end
  cursor.end = close
  const items: Expr[] = []
  while (cursor.at < close) {
    const at = cursor.at
    items.push(
      startsQuery(cursor, 0)
        ? { kind: 'subquery', use: 'array', query: cursor.rules.query(cursor), from: here(cursor), to: lastEnd(cursor) }
        : cursor.rules.expression(cursor),
    )
    if (peek(cursor, 'FOR') && items.length === 1 && cursor.at > start) items.push(...parseComprehension(cursor, items.pop() as Expr))
    if (!eat(cursor, ',') && cursor.at === at) cursor.at++
  }
  cursor.end = before
  return items
}

/** DuckDB's `[body FOR x, i IN list IF condition]`: a lambda and its list. https://duckdb.org/docs/stable/sql/functions/list#list-comprehension */
function parseComprehension(cursor: Cursor, body: Expr): Expr[] {
  cursor.at++
  const params: Ident[] = []
  do {
    const param = parseIdent(cursor)
    if (param !== null) params.push(param)
  } while (eat(cursor, ','))
  eat(cursor, 'IN')
  const list = cursor.rules.expression(cursor)
  const result: Expr[] = [{ kind: 'lambda', params, body, from: body.from, to: body.to }, list]
  if (eat(cursor, 'IF')) {
    const condition = cursor.rules.expression(cursor)
    result.push({ kind: 'lambda', params, body: condition, from: condition.from, to: condition.to })
  }
  return result
}

/** `{'k': v, k2: v2}`, `{d '2020-01-01'}`, `{fn f(x)}` at the brace; `from` is where MAP before it stands. */
export function parseBraces(cursor: Cursor, from: number): Expr {
  const close = closer(cursor)
  // {name:Type}: a parameter of the query (ClickHouse)
  if (cursor.dialect.grammar.withExpressions && kindAt(cursor, 1) === TOKEN.word && wordAt(cursor, 2) === ':') {
    cursor.at = Math.min(close + 1, cursor.end)
    return { kind: 'parameter', text: cursor.sql.slice(from, lastEnd(cursor)), from, to: lastEnd(cursor) }
  }
  const before = cursor.end
  cursor.at++
  cursor.end = close
  const items: Expr[] = []
  if (kind(cursor) === TOKEN.word && wordAt(cursor, 1) !== ':' && kindAt(cursor, 1) !== TOKEN.operator) cursor.at++
  while (cursor.at < close) {
    const start = cursor.at
    items.push(parseEntry(cursor))
    if (!eat(cursor, ',') && cursor.at === start) cursor.at++
  }
  cursor.end = before
  cursor.at = Math.min(close + 1, cursor.end)
  const [only] = items
  if (items.length === 1 && only !== undefined && only.kind !== 'named' && only.kind !== 'construct' && only.kind !== 'star') return only
  return { kind: 'construct', form: 'struct', items, from, to: lastEnd(cursor) }
}

function parseEntry(cursor: Cursor): Expr {
  const from = here(cursor)
  if (
    word(cursor) !== '*' &&
    wordAt(cursor, 1) === ':' &&
    (kind(cursor) === TOKEN.word || kind(cursor) === TOKEN.quoted || kind(cursor) === TOKEN.string)
  ) {
    const name = labelOf(cursor)
    cursor.at++
    const value = cursor.rules.expression(cursor)
    return { kind: 'named', name, value, from, to: lastEnd(cursor) }
  }
  // `{**}` (Snowflake)
  if (eat(cursor, '**')) return plainStar(from, lastEnd(cursor))
  const key = cursor.rules.expression(cursor)
  if (!eat(cursor, ':')) return key
  const value = cursor.rules.expression(cursor)
  return { kind: 'construct', form: 'row', items: [key, value], from, to: lastEnd(cursor) }
}

function labelOf(cursor: Cursor): Ident {
  const from = here(cursor)
  const ident = parseIdent(cursor)
  if (ident !== null) return ident
  cursor.at++
  return { text: cursor.sql.slice(from + 1, lastEnd(cursor) - 1), quoted: true, from, to: lastEnd(cursor) }
}
