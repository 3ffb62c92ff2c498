import { TOKEN } from '../tokens/tokens.ts'
import type { CallExpr, CaseExpr, CastExpr, ConstructExpr, Expr, Ident } from '../tree.ts'
import { type Cursor, closer, eat, here, kind, kindAt, lastEnd, leaveBracket, peek, report, textAt, word, wordAt } from './cursor.ts'
import { isUnit } from './date-parts.ts'
import { parseArrayOrList, parseBraces } from './expression-brackets.ts'
import { parseArguments } from './expression-call.ts'
import { parseIdent } from './names.ts'
import { parseType, skipAngles } from './types.ts'

/** CASE [operand] WHEN … THEN … [ELSE …] END. */
export function parseCase(cursor: Cursor): CaseExpr {
  const from = here(cursor)
  cursor.at++
  const conditions: Expr[] = []
  const results: Expr[] = []
  if (!peek(cursor, 'WHEN') && !peek(cursor, 'ELSE') && !peek(cursor, 'END')) conditions.push(cursor.rules.expression(cursor))
  while (eat(cursor, 'WHEN')) {
    do conditions.push(cursor.rules.expression(cursor))
    while (eat(cursor, ','))
    if (eat(cursor, 'THEN')) results.push(cursor.rules.expression(cursor))
    else report(cursor, 'SQL_EXPRESSION_UNKNOWN', 'THEN is missing', here(cursor), here(cursor))
  }
  if (eat(cursor, 'ELSE')) results.push(cursor.rules.expression(cursor))
  if (eat(cursor, 'END')) eat(cursor, 'CASE')
  else report(cursor, 'SQL_EXPRESSION_UNKNOWN', 'END is missing', here(cursor), here(cursor))
  return { kind: 'case', conditions, results, from, to: lastEnd(cursor) }
}

/** CAST(expr AS type [FORMAT …]), at the word. */
export function parseCast(cursor: Cursor): CastExpr {
  const from = here(cursor)
  cursor.at++
  const close = closer(cursor)
  cursor.at++
  const value = cursor.rules.expression(cursor)
  const type = eat(cursor, 'AS') || eat(cursor, ',') ? parseType(cursor) : ''
  cursor.at = Math.min(close + 1, cursor.end)
  return { kind: 'cast', value: value.kind === 'cast' ? value.value : value, type, from, to: lastEnd(cursor) }
}

/** CONVERT(type, expr [, style]) of SQL Server, CONVERT(expr, type) and CONVERT(expr USING charset) of MySQL: the argument that is no type is the value. */
export function parseConvert(cursor: Cursor): CastExpr {
  const from = here(cursor)
  cursor.at++
  const close = closer(cursor)
  const first = textAt(cursor, 1)
  cursor.at++
  const typeFirst = cursor.dialect.grammar.assignedAliases || TYPE_NAME.test(first)
  let type = ''
  if (typeFirst) {
    type = parseType(cursor)
    eat(cursor, ',')
  }
  const value = cursor.rules.expression(cursor)
  if (!typeFirst && eat(cursor, ',')) type = parseType(cursor)
  cursor.at = Math.min(close + 1, cursor.end)
  return { kind: 'cast', value, type, from, to: lastEnd(cursor) }
}

const TYPE_NAME =
  /^(?:n?(?:var)?char|int|integer|bigint|smallint|tinyint|float|real|decimal|numeric|date|datetime2?|datetimeoffset|time|bit|money|varbinary|xml|uniqueidentifier|super)$/i

/** EXISTS (query); `EXISTS(array, lambda)` is a function. */
export function parseExists(cursor: Cursor): Expr {
  const from = here(cursor)
  const second = wordAt(cursor, 2)
  if (
    second !== 'SELECT' &&
    second !== 'WITH' &&
    second !== 'VALUES' &&
    second !== '(' &&
    second !== 'FROM' &&
    second !== 'SEL' &&
    second !== 'TABLE'
  ) {
    const name = parseIdent(cursor) as Ident
    const args = parseArguments(cursor)
    return {
      kind: 'call',
      name: [name],
      upper: 'EXISTS',
      args,
      distinct: false,
      order: [],
      filter: null,
      over: null,
      from,
      to: lastEnd(cursor),
    } satisfies CallExpr
  }
  cursor.at++
  const close = closer(cursor)
  const before = cursor.end
  cursor.at++
  cursor.end = close
  const query = cursor.rules.query(cursor)
  cursor.end = before
  leaveBracket(cursor, close)
  return { kind: 'subquery', use: 'exists', query, from, to: lastEnd(cursor) }
}

/** INTERVAL '1' DAY, INTERVAL x HOUR, INTERVAL (a + b) MINUTE TO SECOND: the value, if it is not constant. Null where the word is a column. */
export function parseInterval(cursor: Cursor): Expr | null {
  const next = kindAt(cursor, 1)
  const opens = wordAt(cursor, 1)
  const value =
    next === TOKEN.string || next === TOKEN.number || next === TOKEN.parameter || next === TOKEN.template || next === TOKEN.quoted
  const unit = next === TOKEN.word && kindAt(cursor, 2) === TOKEN.word && isUnit(textAt(cursor, 2))
  const computed = next === TOKEN.word && (wordAt(cursor, 2) === '.' || wordAt(cursor, 2) === '(' || wordAt(cursor, 2) === '*')
  const operator = wordAt(cursor, 2)
  const sum =
    (next === TOKEN.word || next === TOKEN.number) && (operator === '+' || operator === '-' || operator === '*' || operator === '/')
  if (!value && !unit && !sum && opens !== '(' && opens !== '-' && !computed && opens !== 'CASE' && opens !== 'CAST') return null
  const from = here(cursor)
  cursor.at++
  eat(cursor, '-')
  const amount = value && !sum && next !== TOKEN.quoted ? eatAmount(cursor) : cursor.rules.expression(cursor)
  eatUnits(cursor)
  if (amount === null) return { kind: 'literal', type: 'other', text: '', from, to: lastEnd(cursor) }
  return { kind: 'cast', value: amount, type: 'INTERVAL', from, to: lastEnd(cursor) }
}

function eatAmount(cursor: Cursor): Expr | null {
  const from = here(cursor)
  const parameter = kind(cursor) === TOKEN.template
  cursor.at++
  return parameter ? { kind: 'parameter', text: textAt(cursor, -1), from, to: lastEnd(cursor) } : null
}

/** DAY, DAY TO SECOND(3), YEAR(4), and several pairs: 1 DAY 2 HOURS. */
function eatUnits(cursor: Cursor): void {
  while (kind(cursor) === TOKEN.word && (isUnit(textAt(cursor, 0)) || (peek(cursor, 'TO') && isUnit(textAt(cursor, 1))))) {
    cursor.at++
    if (peek(cursor, '(') && kindAt(cursor, 1) === TOKEN.number) cursor.at = Math.min(closer(cursor) + 1, cursor.end)
    const amount = kind(cursor)
    if ((amount === TOKEN.number || amount === TOKEN.string) && isUnit(textAt(cursor, 1))) cursor.at++
  }
}

/** ARRAY[…], ARRAY(query), ARRAY<t>[…], STRUCT<…>(…), MAP{…}, MAP(…), ROW(…): at the word. Null where it is a column or a plain call. */
export function parseTypedBrackets(cursor: Cursor): Expr | null {
  const start = cursor.at
  const from = here(cursor)
  const form = word(cursor)
  cursor.at++
  if (peek(cursor, '<') || peek(cursor, '<>')) skipAngles(cursor)
  const open = word(cursor)
  if (open === '[') return parseArrayOrList(cursor, from)
  if (open === '{') return parseBraces(cursor, from)
  if (open !== '(') {
    cursor.at = start
    return null
  }
  const items = parseArguments(cursor)
  const [only] = items
  if (form === 'ARRAY' && items.length === 1 && only?.kind === 'subquery') return { ...only, use: 'array', from, to: lastEnd(cursor) }
  return { kind: 'construct', form: FORMS[form] ?? 'row', items, from, to: lastEnd(cursor) }
}

const FORMS: Readonly<Record<string, ConstructExpr['form']>> = { ARRAY: 'array', STRUCT: 'struct', MAP: 'map', ROW: 'row' }
