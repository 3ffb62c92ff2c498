import { TOKEN } from '../tokens/tokens.ts'
import type { Expr, Ident, Name, NamedExpr, Query, SubqueryExpr, Window } from '../tree.ts'
import {
  adjacent,
  type Cursor,
  closer,
  eat,
  eat2,
  here,
  kind,
  kindAt,
  lastEnd,
  peek,
  report,
  skipBalanced,
  textAt,
  word,
  wordAt,
} from './cursor.ts'
import { withoutUnit } from './date-parts.ts'
import { parseIdent, parseLabel, parseName, parseTableName } from './names.ts'
import { parseOrderItems, parseWindow } from './order.ts'
import { startsQuery } from './query-start.ts'
import { parseType } from './types.ts'

/** A function call at its `(`, with what may stand behind it: WITHIN GROUP, FILTER, KEEP, OVER. Oracle's `a(+)` is the column a. */
export function parseCall(cursor: Cursor, name: readonly Ident[], from: number): Expr {
  if (wordAt(cursor, 1) === '+' && wordAt(cursor, 2) === ')') {
    cursor.at += 3
    return { kind: 'column', parts: name, from, to: lastEnd(cursor) }
  }
  const upper = (name[name.length - 1]?.text ?? '').toUpperCase()
  const inside: Inside = { args: [], order: [], distinct: false, isMining: MINING.test(upper) }
  if (holdsNoColumns(cursor, upper)) skipBalanced(cursor)
  else parseInside(cursor, upper, inside)
  for (let more = 0; more < MAX_BRACKETS && peek(cursor, '(') && adjacent(cursor) && !cursor.dialect.grammar.shortStatements; more++) {
    const next: Inside = { ...inside, args: [] }
    parseInside(cursor, upper, next)
    inside.args.push(...next.args)
  }
  const tail = parseTail(cursor, inside.order)
  return {
    kind: 'call',
    name,
    upper,
    args: withoutUnit(upper, inside.args),
    distinct: inside.distinct,
    order: inside.order,
    filter: tail.filter,
    over: tail.over,
    from,
    to: lastEnd(cursor),
  }
}

/**
 * Brackets that look like arguments: IDENTITY(int, 1, 1) of SELECT INTO and MATCH(a-(e)->b) of a graph (SQL Server), WEEK(MONDAY) (BigQuery).
 */
function holdsNoColumns(cursor: Cursor, upper: string): boolean {
  if (upper === 'IDENTITY' || upper === 'MATCH') return cursor.dialect.grammar.bareStatements
  return upper === 'WEEK' && /^(?:sun|mon|tues|wednes|thurs|fri|satur)day$/i.test(textAt(cursor, 1)) && wordAt(cursor, 2) === ')'
}

const MINING = /^(?:PREDICTION|CLUSTER|FEATURE)(?:_\w+)?$/

/** `quantile(0.5)(x)` has two; more are passed over elsewhere. */
const MAX_BRACKETS = 3

interface Inside {
  readonly args: Expr[]
  readonly order: Expr[]
  distinct: boolean
  /** PREDICTION, CLUSTER_ID and their like. */
  readonly isMining: boolean
}

/** The bracket of a call and all in it. */
function parseInside(cursor: Cursor, upper: string, inside: Inside): void {
  const close = closer(cursor)
  const before = cursor.end
  cursor.at++
  cursor.end = close
  if (eat(cursor, 'DISTINCT') || eat(cursor, 'UNIQUE')) inside.distinct = true
  else if (peek(cursor, 'ALL') && kindAt(cursor, 1) !== TOKEN.end && kindAt(cursor, 1) !== TOKEN.operator) cursor.at++
  if (upper === 'EXTRACT') skipField(cursor)
  if (upper === 'POSITION' && cursor.dialect.grammar.inTables) parseNeedle(cursor, inside)
  if (upper === 'XMLELEMENT' || upper === 'XMLPI') skipElementName(cursor)
  while (cursor.at < close) {
    const start = cursor.at
    if (!eat(cursor, ',')) parseArgument(cursor, inside)
    if (cursor.at === start) cursor.at++
  }
  cursor.end = before
  cursor.at = Math.min(close + 1, before)
}

/** XMLELEMENT("e", …), XMLELEMENT(NAME e, …): the name of an element; of EVALNAME a value follows. */
function skipElementName(cursor: Cursor): void {
  if (/^evalname$/i.test(textAt(cursor, 0))) {
    cursor.at++
    return
  }
  if (peek(cursor, 'NAME') && kindAt(cursor, 1) !== TOKEN.operator && kindAt(cursor, 1) !== TOKEN.end) cursor.at++
  if (kind(cursor) === TOKEN.word || kind(cursor) === TOKEN.quoted) cursor.at++
}

/** POSITION(a IN b): where a name behind IN is else a table, here it is a value. */
function parseNeedle(cursor: Cursor, inside: Inside): void {
  const before = cursor.end
  let at = cursor.at
  while (at < before && wordAt(cursor, at - cursor.at) !== 'IN') at = Math.max((cursor.tokens.closers[at] as number) + 1, at + 1)
  if (at >= before) return
  cursor.end = at
  inside.args.push(cursor.rules.expression(cursor))
  cursor.end = before
  cursor.at = at + 1
  inside.args.push(cursor.rules.expression(cursor))
}

/** The field of EXTRACT(field FROM x), whatever it is. */
function skipField(cursor: Cursor): void {
  for (let offset = 1; offset < 6 && cursor.at + offset < cursor.end; offset++) {
    if (wordAt(cursor, offset) !== 'FROM') continue
    cursor.at += offset + 1
    return
  }
}

/** Words between arguments: SUBSTRING(a FROM b FOR c), OVERLAY(a PLACING b), JSON_OBJECT(KEY k VALUE v), CEIL(x TO day), x USING utf8. */
const SEPARATORS: ReadonlySet<string> = new Set(['FROM', 'FOR', 'PLACING', 'USING', 'TO', 'VALUE', 'BY', 'PASSING', ':'])
/** Words that stand before an argument and are no part of it. */
const PREFIXES: ReadonlySet<string> = new Set([
  'BOTH',
  'LEADING',
  'TRAILING',
  'KEY',
  'NAME',
  'VARIADIC',
  'DOCUMENT',
  'CONTENT',
  'INPUT',
  'TABLE',
  'MODEL',
  'BULK',
])
/** Words behind the arguments that say how, not from what. */
const TAILS: ReadonlySet<string> = new Set([
  'RETURNING',
  'FORMAT',
  'WITH',
  'WITHOUT',
  'ABSENT',
  'ERROR',
  'EMPTY',
  'NULL',
  'OMIT',
  'ON',
  'KEEP',
  'CHARACTER',
  'SEPARATOR',
  'LIMIT',
  'IGNORE',
  'RESPECT',
  'STRICT',
  'LAX',
  'COLUMNS',
  'DEFAULT',
  'TRUE',
  'FALSE',
  'UNKNOWN',
  'CONDITIONAL',
  'UNCONDITIONAL',
  'RANDOM',
  'WELLFORMED',
  'EACH',
  'INDENT',
  'VERSION',
  'ENCODING',
  'HIDE',
  'SHOW',
])

function parseArgument(cursor: Cursor, inside: Inside): void {
  const current = textAt(cursor, 0).toUpperCase()
  if (eat2(cursor, 'ORDER', 'BY')) {
    inside.order.push(...parseOrderItems(cursor))
    return
  }
  if (inside.args.length > 0 && parseBetween(cursor, current, inside)) return
  if (PREFIXES.has(current) && parsePrefixed(cursor, current, inside)) return
  // NO CASE OR UNKNOWN, NO RANGE (Teradata)
  if (peek(cursor, 'NO') && (wordAt(cursor, 1) === 'CASE' || wordAt(cursor, 1) === 'RANGE')) {
    while (cursor.at < cursor.end && !peek(cursor, ',')) cursor.at++
    return
  }
  inside.args.push(parseOneArgument(cursor))
  // RANK(a DESC) (Teradata), ARRAY_SORT(a DESC NULLS LAST)
  if (eat(cursor, 'ASC') || eat(cursor, 'DESC')) if (eat(cursor, 'NULLS')) cursor.at++
}

/** What stands between two arguments or behind the last, if it is no comma; false if an argument follows. */
function parseBetween(cursor: Cursor, current: string, inside: Inside): boolean {
  if (wordAt(cursor, -1) === ',') return false
  if (eat2(cursor, 'PARTITION', 'BY')) {
    inside.order.push(cursor.rules.expression(cursor))
    return true
  }
  if (SEPARATORS.has(current)) {
    parseSeparated(cursor, current, inside)
    return true
  }
  if (peek(cursor, 'AS')) {
    cursor.at++
    // `f(…) AS (a int, b text)` of ROWS FROM
    if (peek(cursor, '(')) skipBalanced(cursor)
    else parseType(cursor)
    return true
  }
  if (peek(cursor, 'HAVING')) {
    cursor.at += 2
    inside.order.push(cursor.rules.expression(cursor))
    return true
  }
  if (peek(cursor, 'WHERE')) {
    cursor.at++
    inside.order.push(cursor.rules.expression(cursor))
    return true
  }
  if (current === 'COLUMNS') {
    // XMLTABLE(… COLUMNS a INT PATH 'a', b …)
    cursor.at = cursor.end
    return true
  }
  if (!TAILS.has(current))
    report(cursor, 'SQL_EXPRESSION_UNKNOWN', 'this part of a call is not known', here(cursor), here(cursor) + current.length)
  while (cursor.at < cursor.end && !peek(cursor, ',') && !peek(cursor, 'ORDER')) skipBalanced(cursor)
  return true
}

/** `f((SELECT …) UNION (SELECT …))`: behind the bracket the query goes on. */
const SET_OPERATORS: ReadonlySet<string> = new Set(['UNION', 'INTERSECT', 'EXCEPT', 'MINUS'])

/** The word between two arguments, and the second. */
function parseSeparated(cursor: Cursor, separator: string, inside: Inside): void {
  cursor.at++
  // PASSING BY VALUE x (XMLTABLE)
  if (separator === 'PASSING' && eat(cursor, 'BY')) cursor.at++
  // PREDICTION(model USING a, b) (Oracle): what stands before is no column
  if (separator === 'USING' && inside.isMining) inside.args.length = 0
  // TRANSLATE(x USING LATIN_TO_UNICODE), CHAR(65 USING utf8): a character set
  else if (separator === 'USING' && kind(cursor) === TOKEN.word && kindAt(cursor, 1) === TOKEN.end) cursor.at++
  if (cursor.at < cursor.end && !peek(cursor, ',')) inside.args.push(parseOneArgument(cursor))
}

/** `TABLE t`, `MODEL m` and the words of PREFIXES, when something follows them. */
function parsePrefixed(cursor: Cursor, current: string, inside: Inside): boolean {
  const next = kindAt(cursor, 1)
  if (next === TOKEN.end || next === TOKEN.operator) {
    if ((current === 'TABLE' || current === 'VARIADIC') && wordAt(cursor, 1) === '(') cursor.at++
    return false
  }
  const second = wordAt(cursor, 1)
  if (current === 'MODEL' || current === 'TABLE' || (current === 'BULK' && next === TOKEN.string)) {
    const from = here(cursor)
    cursor.at++
    const name = parseTableName(cursor)
    if (name !== null) inside.args.push(tableArgument(name, from))
    return true
  }
  const edge = current === 'BOTH' || current === 'LEADING' || current === 'TRAILING'
  if (
    cursor.dialect.reservedIds[cursor.tokens.words[cursor.at + 1] as number] === 1 &&
    second !== 'CASE' &&
    second !== 'NULL' &&
    !(edge && second === 'FROM')
  )
    return false
  if (second === 'VALUE' && current === 'KEY') return false
  cursor.at++
  eat(cursor, 'FROM')
  return cursor.at >= cursor.end
}

/** A table passed to a function, as the query that reads it. */
function tableArgument(name: Name, from: number): SubqueryExpr {
  const query: Query = {
    kind: 'query',
    ctes: [],
    recursive: false,
    body: { kind: 'table', name, from: name.from, to: name.to },
    order: [],
    from,
    to: name.to,
  }
  return { kind: 'subquery', use: 'scalar', query, from, to: name.to }
}

function parseOneArgument(cursor: Cursor): Expr {
  const from = here(cursor)
  if (
    wordAt(cursor, 2) === '->' &&
    kind(cursor) === TOKEN.word &&
    kindAt(cursor, 1) === TOKEN.word &&
    cursor.dialect.grammar.arrowLambdas
  ) {
    // x INT -> x + 1: the type of a lambda's parameter (Snowflake)
    const param = parseIdent(cursor) as Ident
    cursor.at += 2
    const body = cursor.rules.expression(cursor)
    return { kind: 'lambda', params: [param], body, from, to: lastEnd(cursor) }
  }
  if (startsQuery(cursor, 0) && (!peek(cursor, '(') || SET_OPERATORS.has(wordAt(cursor, closer(cursor) + 1 - cursor.at))))
    return parseQueryArgument(cursor, from)
  if (
    (wordAt(cursor, 1) === '=>' || wordAt(cursor, 1) === ':=') &&
    (kind(cursor) === TOKEN.word || kind(cursor) === TOKEN.quoted || kind(cursor) === TOKEN.parameter)
  ) {
    const name = parseIdent(cursor) as Ident
    cursor.at++
    if (
      PREFIXES.has(textAt(cursor, 0).toUpperCase()) &&
      kindAt(cursor, 1) !== TOKEN.end &&
      wordAt(cursor, 1) !== '.' &&
      wordAt(cursor, 1) !== ','
    )
      return named(cursor, name, parseTableValue(cursor), from)
    return named(cursor, name, cursor.rules.expression(cursor), from)
  }
  const value = cursor.rules.expression(cursor)
  if (peek(cursor, 'AS') && (kindAt(cursor, 2) === TOKEN.end || wordAt(cursor, 2) === ',' || wordAt(cursor, 2) === 'ORDER')) {
    cursor.at++
    const alias = parseLabel(cursor)
    return alias === null ? value : named(cursor, alias, value, from)
  }
  if (cursor.tokens.words[cursor.at] === 0 && kind(cursor) === TOKEN.word && (kindAt(cursor, 1) === TOKEN.end || wordAt(cursor, 1) === ','))
    return named(cursor, parseIdent(cursor) as Ident, value, from)
  return value
}

/** `name => TABLE t`, `name => TABLE(query)`, `name => MODEL m`. */
function parseTableValue(cursor: Cursor): Expr {
  const from = here(cursor)
  cursor.at++
  const close = closer(cursor)
  if (peek(cursor, '(') && startsQuery(cursor, 1)) return cursor.rules.expression(cursor)
  const bracket = eat(cursor, '(')
  const name = parseName(cursor)
  if (bracket) cursor.at = Math.min(close + 1, cursor.end)
  return name === null ? { kind: 'unknown', from, to: lastEnd(cursor) } : tableArgument(name, from)
}

function named(cursor: Cursor, name: Ident, value: Expr, from: number): NamedExpr {
  return { kind: 'named', name, value, from, to: lastEnd(cursor) }
}

function parseQueryArgument(cursor: Cursor, from: number): SubqueryExpr {
  const query = cursor.rules.query(cursor)
  return { kind: 'subquery', use: 'scalar', query, from, to: lastEnd(cursor) }
}

interface Tail {
  filter: Expr | null
  over: Window | null
}

/** [FROM FIRST|LAST] [IGNORE|RESPECT NULLS] [WITHIN GROUP (…)] [FILTER (WHERE …)] [KEEP (…)] [OVER …] in any order. */
function parseTail(cursor: Cursor, order: Expr[]): Tail {
  const tail: Tail = { filter: null, over: null }
  for (;;) {
    switch (word(cursor)) {
      case 'OVER':
        if (tail.over !== null || !startsWindow(cursor)) return tail
        cursor.at++
        tail.over = parseWindow(cursor)
        break
      case 'FILTER':
        if (wordAt(cursor, 1) !== '(') return tail
        tail.filter = parseFilter(cursor)
        break
      case 'WITHIN':
        if (wordAt(cursor, 1) !== 'GROUP' || wordAt(cursor, 2) !== '(') return tail
        cursor.at += 2
        parseGroupOrder(cursor, order)
        break
      case 'KEEP':
        if (wordAt(cursor, 1) !== '(') return tail
        cursor.at++
        parseKeep(cursor, order)
        break
      default:
        if (!eatNulls(cursor)) return tail
    }
  }
}

/** Behind OVER: a bracket or a name. */
function startsWindow(cursor: Cursor): boolean {
  return wordAt(cursor, 1) === '(' || kindAt(cursor, 1) === TOKEN.word || kindAt(cursor, 1) === TOKEN.quoted
}

function eatNulls(cursor: Cursor): boolean {
  if (eat2(cursor, 'IGNORE', 'NULLS') || eat2(cursor, 'RESPECT', 'NULLS')) return true
  if (peek(cursor, 'FROM') && (wordAt(cursor, 1) === 'FIRST' || wordAt(cursor, 1) === 'LAST')) {
    const next = wordAt(cursor, 2)
    if (next === 'OVER' || next === 'IGNORE' || next === 'RESPECT') {
      cursor.at += 2
      return true
    }
  }
  return false
}

function parseFilter(cursor: Cursor): Expr {
  cursor.at++
  const close = closer(cursor)
  cursor.at++
  eat(cursor, 'WHERE')
  const filter = cursor.rules.expression(cursor)
  cursor.at = Math.min(close + 1, cursor.end)
  return filter
}

function parseGroupOrder(cursor: Cursor, order: Expr[]): void {
  const close = closer(cursor)
  cursor.at++
  if (eat2(cursor, 'ORDER', 'BY')) order.push(...parseOrderItems(cursor))
  cursor.at = Math.min(close + 1, cursor.end)
}

/** Oracle: KEEP (DENSE_RANK FIRST ORDER BY x). */
function parseKeep(cursor: Cursor, order: Expr[]): void {
  const close = closer(cursor)
  while (cursor.at < close && !peek(cursor, 'ORDER')) cursor.at++
  if (eat2(cursor, 'ORDER', 'BY')) order.push(...parseOrderItems(cursor))
  cursor.at = Math.min(close + 1, cursor.end)
}

/** Only the arguments, for those who read a bracket that looks like a call. */
export function parseArguments(cursor: Cursor): readonly Expr[] {
  const inside: Inside = { args: [], order: [], distinct: false, isMining: false }
  parseInside(cursor, '', inside)
  return inside.args
}
