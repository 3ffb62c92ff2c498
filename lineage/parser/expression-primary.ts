import { TOKEN } from '../tokens/tokens.ts'
import { WORD_COUNT, type Word, wordId } from '../tokens/words.ts'
import type { Expr, Ident, LiteralExpr } from '../tree.ts'
import {
  adjacent,
  type Cursor,
  closer,
  eat,
  here,
  kind,
  kindAt,
  lastEnd,
  peek,
  report,
  skipBalanced,
  textAt,
  tooDeep,
  word,
  wordAt,
} from './cursor.ts'
import { parseArrayOrList, parseBraces, parseParens } from './expression-brackets.ts'
import { parseCall } from './expression-call.ts'
import { parseCase, parseCast, parseConvert, parseExists, parseInterval, parseTypedBrackets } from './expression-forms.ts'
import { isDisplayBracket, parsePostfix } from './expression-postfix.ts'
import { parseColumnsStar, parseStar } from './expression-star.ts'
import { literalText } from './literals.ts'
import { isReserved, parseIdent, parseParts, skipSubstitution, startsSubstitution } from './names.ts'
import { parseWindow } from './order.ts'
import { plainStar } from './plain-select.ts'

/** Words that never are an operand: they end the expression that lacks one. */
// biome-ignore format: a table
const STRUCTURAL: readonly Word[] = [
  'FROM', 'WHERE', 'GROUP', 'ORDER', 'HAVING', 'ON', 'AND', 'OR', 'UNION', 'INTERSECT', 'SELECT', 'WHEN', 'THEN', 'ELSE', 'END', 'JOIN', 'USING', 'INTO', 'AS', 'BY', 'QUALIFY', 'LIKE', 'IN', 'IS', 'BETWEEN', 'INNER', 'CROSS', 'NATURAL',
]

function structuralTable(): Uint8Array {
  const table = new Uint8Array(WORD_COUNT)
  for (const structural of STRUCTURAL) table[wordId(structural)] = 1
  return table
}

const IS_STRUCTURAL: Readonly<Uint8Array> = structuralTable()

/** unary = { prefix } primary { postfix }. Prefixes (`-`, `NOT`, `PRIOR`, `BINARY`, …) change no lineage but make the value another. */
export function parseUnary(cursor: Cursor): Expr {
  const from = here(cursor)
  const start = cursor.at
  let operator: Word = ''
  while (eatPrefix(cursor)) if (operator === '') operator = wordAt(cursor, start - cursor.at)
  const value = parsePostfix(cursor, parsePrimary(cursor))
  return cursor.at === start || operator === ''
    ? value
    : { kind: 'operation', operator, operands: [value], equalities: [], from, to: lastEnd(cursor) }
}

/** Eats an operator or word in front of an operand. An operator that has no business here is passed over: chains such as `<<->` are cut in two. */
function eatPrefix(cursor: Cursor): boolean {
  const current = word(cursor)
  switch (current) {
    case '':
    case '(':
    case '[':
    case '{':
    case ')':
    case ']':
    case '}':
    case ',':
    case ';':
    case '*':
    case '.':
    case '..':
    case '?':
    case '|>':
      return false
    case '&':
    case '&&':
      if (startsSubstitution(cursor)) return false
      cursor.at++
      return true
    case 'NOT':
      cursor.at++
      return true
    case 'DISTINCT':
    case 'PRIOR':
    case 'CONNECT_BY_ROOT':
    case 'BINARY':
    case 'ANY':
    case 'SOME':
    case 'ALL':
    case 'VALUE':
    case 'APPROXIMATE':
      return eatPrefixWord(cursor, current)
    default:
      if (kind(cursor) !== TOKEN.operator) return false
      cursor.at++
      return true
  }
}

/** These words are also names of columns and functions: what follows decides. */
function eatPrefixWord(cursor: Cursor, current: Word): boolean {
  if (wordAt(cursor, 1) === 'OVER' && wordAt(cursor, 2) !== '.' && wordAt(cursor, 2) !== ',') return false
  const next = kindAt(cursor, 1)
  const bracket = wordAt(cursor, 1) === '('
  const quantifier = current === 'ANY' || current === 'SOME' || current === 'ALL'
  // `any(x)` that is compared to nothing is an aggregate (ClickHouse, Spark)
  const fits = quantifier
    ? bracket && kindAt(cursor, -1) === TOKEN.operator && /[=<>~]/.test(wordAt(cursor, -1))
    : next === TOKEN.word || next === TOKEN.quoted || next === TOKEN.string || (bracket && current !== 'VALUE') || next === TOKEN.number
  if (
    !fits ||
    (!bracket &&
      next === TOKEN.word &&
      cursor.dialect.reservedIds[cursor.tokens.words[cursor.at + 1] as number] === 1 &&
      wordAt(cursor, 1) !== 'CASE')
  )
    return false
  cursor.at++
  return true
}

function parsePrimary(cursor: Cursor): Expr {
  switch (kind(cursor)) {
    case TOKEN.word:
      return parseWord(cursor)
    case TOKEN.quoted:
      return cursor.dialect.grammar.regexColumns && /[+*?|]/.test(textAt(cursor, 0)) ? parseRegexColumns(cursor) : parseColumn(cursor)
    case TOKEN.number:
      return parseNumber(cursor)
    case TOKEN.string:
      return parseString(cursor)
    case TOKEN.parameter:
    case TOKEN.template:
      return parseParameter(cursor)
    case TOKEN.stage:
      return eatParameter(cursor)
    case TOKEN.operator:
      return parseBracketed(cursor)
    default:
      return missing(cursor)
  }
}

/** `(ds|hr)?+.+` in backticks: the columns that it matches. https://cwiki.apache.org/confluence/display/Hive/LanguageManual+Select */
function parseRegexColumns(cursor: Cursor): Expr {
  const from = here(cursor)
  const written = parseIdent(cursor)?.text ?? ''
  // `(a|b)?+.+` is the way to say all but these: a possessive quantifier, which JavaScript lacks
  const rest = /^\(([^()]*)\)\?\+\.\+$/.exec(written)
  const text = rest ? `^(?!(?:${rest[1]})$).+$` : `^(?:${written})$`
  return { ...plainStar(from, lastEnd(cursor)), pattern: { kind: 'regex', text, names: [] } }
}

function missing(cursor: Cursor): Expr {
  const from = here(cursor)
  report(cursor, 'SQL_EXPRESSION_UNKNOWN', 'a value is missing here', from, from)
  return { kind: 'unknown', from, to: from }
}

function parseBracketed(cursor: Cursor): Expr {
  switch (word(cursor)) {
    case '(':
      return parseParens(cursor)
    case '[':
      return parseArrayOrList(cursor, here(cursor))
    case '{':
      return parseBraces(cursor, here(cursor))
    case '*':
      return parseStar(cursor, [], null, here(cursor))
    case '?':
      return eatParameter(cursor)
    case '&':
    case '&&':
      return parseSubstitution(cursor)
    default:
      return missing(cursor)
  }
}

/** `&name`, `&&name`: SQL*Plus and SnowSQL put a text here before the statement is sent. */
function parseSubstitution(cursor: Cursor): Expr {
  const from = here(cursor)
  if (!startsSubstitution(cursor)) return missing(cursor)
  skipSubstitution(cursor)
  return { kind: 'parameter', text: cursor.sql.slice(from, lastEnd(cursor)), from, to: lastEnd(cursor) }
}

function parseNumber(cursor: Cursor): LiteralExpr {
  const from = here(cursor)
  const text = textAt(cursor, 0)
  cursor.at++
  return { kind: 'literal', type: 'number', text, from, to: lastEnd(cursor) }
}

/** Strings side by side are one ('a' 'b'). */
export function parseString(cursor: Cursor): LiteralExpr {
  const from = here(cursor)
  const text = literalText(cursor.sql, from, cursor.tokens.ends[cursor.at] as number, cursor.dialect)
  cursor.at++
  // '00FF'XB: hexadecimal (Teradata)
  if (cursor.dialect.grammar.shortStatements && adjacent(cursor) && /^x[bcfiv]\w*$/i.test(textAt(cursor, 0))) cursor.at++
  // MySQL has both: a string behind a string goes on with it, behind anything else it is an alias
  if (!cursor.dialect.grammar.stringAliases || cursor.dialect.lexical.executableComments) while (kind(cursor) === TOKEN.string) cursor.at++
  if (kindAt(cursor, 1) === TOKEN.string && /^uescape$/i.test(textAt(cursor, 0))) cursor.at += 2
  return { kind: 'literal', type: 'string', text, from, to: lastEnd(cursor) }
}

function eatParameter(cursor: Cursor): Expr {
  const from = here(cursor)
  const text = textAt(cursor, 0)
  cursor.at++
  return { kind: 'parameter', text, from, to: lastEnd(cursor) }
}

/** `$1` is a position where stages are (Snowflake), elsewhere a parameter; a template glued to letters or followed by a point is a name. */
function parseParameter(cursor: Cursor): Expr {
  const from = here(cursor)
  const text = textAt(cursor, 0)
  if (cursor.dialect.lexical.at === 'stage' && /^\$\d+$/.test(text)) {
    cursor.at++
    return { kind: 'position', qualifier: [], index: Number(text.slice(1)), from, to: lastEnd(cursor) }
  }
  if (!text.startsWith('{') && !text.startsWith('${')) return eatParameter(cursor)
  const ident = parseIdent(cursor) as Ident
  if (ident.text.length === text.length && !peek(cursor, '.')) return { kind: 'parameter', text, from, to: lastEnd(cursor) }
  return parseColumnFrom(cursor, ident, from)
}

/** Words with a grammar of their own where a value is expected. */
function parseWord(cursor: Cursor): Expr {
  const id = cursor.tokens.words[cursor.at] as number
  if (id === 0) return parseColumn(cursor)
  if (IS_STRUCTURAL[id] === 1) return wordAt(cursor, 1) === '.' || isPeriodEnd(cursor) ? parseColumn(cursor) : missing(cursor)
  switch (word(cursor)) {
    case 'CASE':
      return parseCase(cursor)
    case 'CAST':
    case 'TRY_CAST':
    case 'SAFE_CAST':
      return wordAt(cursor, 1) === '(' ? parseCast(cursor) : parseColumn(cursor)
    case 'CONVERT':
    case 'TRY_CONVERT':
      return wordAt(cursor, 1) === '(' ? parseConvert(cursor) : parseColumn(cursor)
    case 'EXISTS':
      return wordAt(cursor, 1) === '(' ? parseExists(cursor) : parseColumn(cursor)
    case 'INTERVAL':
      return parseInterval(cursor) ?? parseColumn(cursor)
    case 'COLUMNS':
      return wordAt(cursor, 1) === '(' ? parseColumnsStar(cursor, []) : parseColumn(cursor)
    default:
      return parseRareWord(cursor)
  }
}

/** END(p): the end of a period (Teradata). */
function isPeriodEnd(cursor: Cursor): boolean {
  return peek(cursor, 'END') && wordAt(cursor, 1) === '(' && cursor.dialect.grammar.shortStatements
}

function parseRareWord(cursor: Cursor): Expr {
  const from = here(cursor)
  switch (word(cursor)) {
    case 'ARRAY':
    case 'STRUCT':
    case 'MAP':
    case 'ROW':
      return parseTypedBrackets(cursor) ?? parseColumn(cursor)
    case 'NULL':
    case 'TRUE':
    case 'FALSE':
      if (wordAt(cursor, 1) === '.' || wordAt(cursor, 1) === '(') return parseColumn(cursor)
      cursor.at++
      return { kind: 'literal', type: 'other', text: '', from, to: lastEnd(cursor) }
    case 'NEXT':
      return parseNextValue(cursor)
    case 'CURRENT':
      return parseCurrent(cursor)
    case 'TIMESTAMP':
    case 'TIME':
      return parseZoned(cursor)
    case 'LAMBDA':
      return parseLambdaWord(cursor)
    case 'WITH':
      return wordAt(cursor, 1) === '(' ? parseWithNames(cursor) : parseColumn(cursor)
    default:
      return parseColumn(cursor)
  }
}

/** TIMESTAMP WITH TIME ZONE '…'; without the zone it is read as any typed literal. */
function parseZoned(cursor: Cursor): Expr {
  const from = here(cursor)
  const zoned =
    (wordAt(cursor, 1) === 'WITH' || wordAt(cursor, 1) === 'WITHOUT') && wordAt(cursor, 2) === 'TIME' && kindAt(cursor, 4) === TOKEN.string
  if (!zoned) return parseColumn(cursor)
  cursor.at += 5
  return { kind: 'literal', type: 'other', text: '', from, to: lastEnd(cursor) }
}

/** CURRENT DATE, CURRENT TIMESTAMP and the like: the registers of Db2 have names of two words. */
function parseCurrent(cursor: Cursor): Expr {
  const from = here(cursor)
  if (kindAt(cursor, 1) !== TOKEN.word || !REGISTER.test(textAt(cursor, 1)) || wordAt(cursor, 2) === '.') return parseColumn(cursor)
  cursor.at += 2
  return { kind: 'literal', type: 'other', text: '', from, to: lastEnd(cursor) }
}

/** https://www.ibm.com/docs/en/db2/12.1.0?topic=elements-special-registers */
const REGISTER = /^(?:date|time|timestamp|timezone|schema|sqlid|server|user|path|isolation|degree|member)$/i

/** NEXT VALUE FOR seq, PREVIOUS VALUE FOR seq. */
function parseNextValue(cursor: Cursor): Expr {
  const from = here(cursor)
  if (wordAt(cursor, 1) !== 'VALUE' || wordAt(cursor, 2) !== 'FOR') return parseColumn(cursor)
  cursor.at += 3
  parseIdent(cursor)
  parseParts(cursor, [])
  if (peek(cursor, 'OVER') && wordAt(cursor, 1) === '(') {
    cursor.at++
    skipBalanced(cursor)
  }
  return { kind: 'literal', type: 'other', text: '', from, to: lastEnd(cursor) }
}

/** `WITH(x AS a + 1, y AS x * 2, y + b)` (BigQuery): the last value, in which the names stand for the others. */
function parseWithNames(cursor: Cursor): Expr {
  const { values, end } = cursor
  cursor.at++
  const close = closer(cursor)
  cursor.at++
  cursor.end = close
  const named = new Map(values ?? [])
  let expr: Expr = { kind: 'unknown', from: here(cursor), to: here(cursor) }
  while (cursor.at < close) {
    const start = cursor.at
    const name = wordAt(cursor, 1) === 'AS' ? parseIdent(cursor) : null
    if (name !== null) cursor.at++
    expr = cursor.rules.expression(cursor)
    if (name !== null) {
      named.set(name.text, { expr, weight: cursor.at - start })
      cursor.values = named
    }
    if (!eat(cursor, ',') && cursor.at === start) cursor.at++
  }
  cursor.values = values
  cursor.end = end
  cursor.at = Math.min(close + 1, end)
  return expr
}

/** DuckDB: `lambda x, y: body`. */
function parseLambdaWord(cursor: Cursor): Expr {
  const from = here(cursor)
  if (kindAt(cursor, 1) !== TOKEN.word || (wordAt(cursor, 2) !== ':' && wordAt(cursor, 2) !== ',')) return parseColumn(cursor)
  cursor.at++
  const params: Ident[] = []
  do {
    const param = parseIdent(cursor)
    if (param !== null) params.push(param)
  } while (eat(cursor, ','))
  eat(cursor, ':')
  const body = cursor.rules.expression(cursor)
  return { kind: 'lambda', params, body, from, to: lastEnd(cursor) }
}

/** A column, a function call, a typed literal or a lambda: all begin with a name. */
function parseColumn(cursor: Cursor): Expr {
  const from = here(cursor)
  const first = parseIdent(cursor)
  return first === null ? missing(cursor) : parseColumnFrom(cursor, first, from)
}

function parseColumnFrom(cursor: Cursor, first: Ident, from: number): Expr {
  const next = word(cursor)
  const named = parseNamed(cursor, first, from, next)
  if (named !== null) return named
  const parts: Ident[] = [first]
  if (next === '.' || next === '..') {
    const special = parsePath(cursor, parts, from)
    if (special !== null) return special
  } else if (kind(cursor) === TOKEN.string && isTypeLiteral(cursor, first)) {
    const literal = parseString(cursor)
    return { kind: 'literal', type: 'other', text: literal.text, from, to: literal.to }
  } else if (next === '?' && !first.quoted && /^(?:date|time|timestamp)$/i.test(first.text)) {
    cursor.at++
    return { kind: 'literal', type: 'other', text: '', from, to: lastEnd(cursor) }
  }
  const value = cursor.values !== null && parts.length === 1 ? cursor.values.get(first.text) : undefined
  return value === undefined ? { kind: 'column', parts, from, to: lastEnd(cursor) } : value.expr
}

/** What is no column though it begins with a name: a call, a method, a lambda, a measure. */
function parseNamed(cursor: Cursor, first: Ident, from: number, next: Word): Expr | null {
  if (next === '(' && !isDisplayBracket(cursor)) return parseCall(cursor, [first], from)
  if (next === '!' && isMethod(cursor)) return parseMethod(cursor, first, from)
  if (next === '{' && !first.quoted && /^json$/i.test(first.text)) return parseBraces(cursor, from)
  if (next === '->' && cursor.dialect.grammar.arrowLambdas) return parseLambdaOrColumn(cursor, first, from)
  if (next === 'VALUE' && wordAt(cursor, 1) === 'FOR' && !first.quoted && /^prev(?:ious|val)$/i.test(first.text)) {
    cursor.at--
    return parseNextValue(cursor)
  }
  if (next === 'OVER' && isReserved(cursor)) return parseMeasure(cursor, first, from)
  // FINAL LAST(a), RUNNING SUM(b) of MATCH_RECOGNIZE
  const scoped = wordAt(cursor, 1) === '(' && kind(cursor) === TOKEN.word && !first.quoted && /^(?:final|running)$/i.test(first.text)
  return scoped ? parseColumn(cursor) : null
}

/** `model!PREDICT(…)`: a method of a model (Snowflake). */
function isMethod(cursor: Cursor): boolean {
  return cursor.dialect.lexical.at === 'stage' && kindAt(cursor, 1) === TOKEN.word && wordAt(cursor, 2) === '('
}

function parseMethod(cursor: Cursor, owner: Ident, from: number): Expr {
  cursor.at++
  return parseCall(cursor, [owner, parseIdent(cursor) as Ident], from)
}

/** `value OVER w`: a measure of a window with a row pattern (Trino). */
function parseMeasure(cursor: Cursor, first: Ident, from: number): Expr {
  cursor.at++
  const over = parseWindow(cursor)
  const to = lastEnd(cursor)
  return { kind: 'call', name: [first], upper: '', args: [], distinct: false, order: [], filter: null, over, from, to }
}

/** `.a.b`, then perhaps `.*`, `.$1`, `.COLUMNS(…)` or a call; null where it is a plain column. */
function parsePath(cursor: Cursor, parts: Ident[], from: number): Expr | null {
  for (;;) {
    if (!peek(cursor, '.') && !peek(cursor, '..')) return null
    if (wordAt(cursor, 1) === '*' && peek(cursor, '.')) {
      cursor.at++
      return parseStar(cursor, parts, null, from)
    }
    if (wordAt(cursor, 1) === 'COLUMNS' && wordAt(cursor, 2) === '(') {
      cursor.at++
      return parseColumnsStar(cursor, parts)
    }
    if (kindAt(cursor, 1) === TOKEN.parameter && cursor.dialect.lexical.at === 'stage') {
      cursor.at += 2
      const text = textAt(cursor, -1)
      return { kind: 'position', qualifier: parts, index: Number(text.slice(1)) || 0, from, to: lastEnd(cursor) }
    }
    const count = parts.length
    parseOnePart(cursor, parts)
    if (parts.length === count) return null
    if (peek(cursor, '(') && !isOuterJoinMark(cursor) && !isDisplayBracket(cursor)) return parseCall(cursor, parts, from)
  }
}

function parseOnePart(cursor: Cursor, parts: Ident[]): void {
  const next = kindAt(cursor, 1)
  if (next === TOKEN.number) {
    parseParts(cursor, parts)
    return
  }
  const fits =
    next === TOKEN.word || next === TOKEN.quoted || next === TOKEN.template || (next === TOKEN.parameter && wordAt(cursor, 1) !== '?')
  if (!fits) return
  if (peek(cursor, '..')) parts.push({ text: '', quoted: false, from: here(cursor), to: here(cursor) })
  cursor.at++
  const part = parseIdent(cursor)
  if (part !== null) parts.push(part)
}

/** Oracle's `(+)` behind a column. */
function isOuterJoinMark(cursor: Cursor): boolean {
  return wordAt(cursor, 1) === '+' && wordAt(cursor, 2) === ')'
}

/** `DATE '2020-01-01'`, `_utf8'x'`, `point '(1,2)'`: a type, or a character set, before a string. Where strings can be aliases only what looks like a type is. */
function isTypeLiteral(cursor: Cursor, first: Ident): boolean {
  if (first.quoted) return false
  if (adjacent(cursor) || !cursor.dialect.grammar.stringAliases) return true
  return /^(?:date|time|timestamp|datetime|json|numeric|decimal)$/i.test(first.text)
}

/** `x -> body`; before a literal the arrow takes a field. */
function parseLambdaOrColumn(cursor: Cursor, first: Ident, from: number): Expr {
  const next = kindAt(cursor, 1)
  if (next === TOKEN.string || next === TOKEN.number || tooDeep(cursor))
    return { kind: 'column', parts: [first], from, to: lastEnd(cursor) }
  cursor.at++
  const body = cursor.rules.expression(cursor)
  return { kind: 'lambda', params: [first], body, from, to: lastEnd(cursor) }
}
