import { TOKEN } from '../tokens/tokens.ts'
import type { Word } from '../tokens/words.ts'
import type { AccessExpr, Expr, Ident } from '../tree.ts'
import { adjacent, type Cursor, closer, eat, here, kind, kindAt, lastEnd, peek, skipBalanced, textAt, word, wordAt } from './cursor.ts'
import { parseCall } from './expression-call.ts'
import { parseStar } from './expression-star.ts'
import { literalText } from './literals.ts'
import { parseIdent } from './names.ts'
import { parseType } from './types.ts'

/** Chains of calls (`a.f().g().h()`) nest: beyond this many the rest is passed over. */
const MAX_CHAIN = 200

/** What can stand behind an operand: `.field`, `[i]`, `::type`, `:path`, `.method()`, `(+)`, and Teradata's `(FORMAT '…')`. */
export function parsePostfix(cursor: Cursor, primary: Expr): Expr {
  let value = primary
  for (let calls = 0; ; ) {
    const next = postfixStep(cursor, value)
    if (next === null) return value
    if (next.kind === 'call' && ++calls > MAX_CHAIN) return next
    value = next
  }
}

function postfixStep(cursor: Cursor, value: Expr): Expr | null {
  switch (word(cursor)) {
    case '::':
      cursor.at++
      if (cursor.dialect.grammar.bareStatements && wordAt(cursor, 1) === '(' && kind(cursor) === TOKEN.word)
        return parseCall(cursor, [parseIdent(cursor) as Ident], value.from)
      return castTo(cursor, value, parseType(cursor))
    case '[':
      return parseIndex(cursor, value)
    case '.':
      return parseField(cursor, value)
    case ':':
      return parseColonPath(cursor, value)
    case '(':
      return parseBracketPostfix(cursor, value)
    case '!!':
      cursor.at++
      return value
    case '?':
      return parseTryCast(cursor, value)
    default:
      return cursor.dialect.grammar.shortStatements && wordAt(cursor, -1) === ')' ? parseIntervalPart(cursor, value) : null
  }
}

/** `(a - b) DAY(4) TO SECOND(6)`: the interval between two times (Teradata). */
function parseIntervalPart(cursor: Cursor, value: Expr): Expr | null {
  if (!INTERVAL_PART.test(textAt(cursor, 0)) || kind(cursor) !== TOKEN.word) return null
  while (INTERVAL_PART.test(textAt(cursor, 0)) || (peek(cursor, 'TO') && INTERVAL_PART.test(textAt(cursor, 1)))) {
    cursor.at++
    if (peek(cursor, '(') && kindAt(cursor, 1) === TOKEN.number) skipBalanced(cursor)
  }
  return castTo(cursor, value, 'INTERVAL')
}

const INTERVAL_PART = /^(?:year|month|day|hour|minute|second)$/i

/** A cast of a cast is one: only what is cast counts. */
function castTo(cursor: Cursor, value: Expr, type: string): Expr {
  return { kind: 'cast', value: value.kind === 'cast' ? value.value : value, type, from: value.from, to: lastEnd(cursor) }
}

/** `a?::int` (Databricks): a cast that gives NULL where it fails. */
function parseTryCast(cursor: Cursor, value: Expr): Expr | null {
  if (wordAt(cursor, 1) !== '::' || !cursor.dialect.grammar.colonPaths || !adjacent(cursor)) return null
  cursor.at += 2
  return castTo(cursor, value, parseType(cursor))
}

/** One more step of an access path; steps on the same base share a node, so that long paths do not nest. */
function access(cursor: Cursor, base: Expr, path: readonly Ident[], operands: readonly Expr[]): AccessExpr {
  const to = lastEnd(cursor)
  if (base.kind !== 'access')
    return { kind: 'access', base, path: [...path], operands: [...operands], from: base.from, to }
    // the node was made here and nobody else has it yet
  ;(base.path as Ident[]).push(...path)
  ;(base.operands as Expr[]).push(...operands)
  return { kind: 'access', base: base.base, path: base.path, operands: base.operands, from: base.from, to }
}

function stringIdent(cursor: Cursor): Ident {
  const from = here(cursor)
  const text = literalText(cursor.sql, from, cursor.tokens.ends[cursor.at] as number, cursor.dialect)
  cursor.at++
  return { text, quoted: true, from, to: lastEnd(cursor) }
}

/** `[0]`, `['key']`, `[a:b]`, `[OFFSET(0)]`. */
function parseIndex(cursor: Cursor, base: Expr): Expr {
  const close = closer(cursor)
  cursor.at++
  const path: Ident[] = []
  const operands: Expr[] = []
  while (cursor.at < close) {
    const before = cursor.at
    if (kind(cursor) === TOKEN.string && cursor.at + 1 === close) path.push(stringIdent(cursor))
    // `[*]` of a path: all elements
    else if ((kind(cursor) === TOKEN.number || peek(cursor, '*')) && cursor.at + 1 === close) cursor.at++
    else if (!eat(cursor, ':') && !eat(cursor, ',')) operands.push(cursor.rules.expression(cursor))
    if (cursor.at === before) cursor.at++
  }
  cursor.at = Math.min(close + 1, cursor.end)
  return access(cursor, base, path, operands)
}

/** `.field`, `.method(…)`, `.*` behind a call, bracket or index (plain names are read as one column). */
function parseField(cursor: Cursor, base: Expr): Expr | null {
  if (wordAt(cursor, 1) === '*') {
    cursor.at++
    return parseStar(cursor, [], base, base.from)
  }
  const next = kindAt(cursor, 1)
  if (next === TOKEN.number) {
    cursor.at += 2
    return access(cursor, base, [], [])
  }
  if (next !== TOKEN.word && next !== TOKEN.quoted) return null
  cursor.at++
  const field = parseIdent(cursor) as Ident
  if (!peek(cursor, '(')) return access(cursor, base, [field], [])
  const call = parseCall(cursor, [field], base.from)
  return call.kind === 'call' ? { ...call, args: [base, ...call.args] } : call
}

/** `a:b.c[0]:d` and `a:"b"`, `a:['b']`: a path into semi-structured data. Only without a gap, and where the dialect has it. */
function parseColonPath(cursor: Cursor, base: Expr): Expr | null {
  if (!cursor.dialect.grammar.colonPaths) return null
  const next = kindAt(cursor, 1)
  if (next !== TOKEN.word && next !== TOKEN.quoted && wordAt(cursor, 1) !== '[' && next !== TOKEN.string) return null
  if (!adjacent(cursor) && base.kind !== 'column') return null
  cursor.at++
  if (peek(cursor, '[')) return parseIndex(cursor, base)
  if (kind(cursor) === TOKEN.string) return access(cursor, base, [stringIdent(cursor)], [])
  const path: Ident[] = [parseIdent(cursor) as Ident]
  while (peek(cursor, '.') && (kindAt(cursor, 1) === TOKEN.word || kindAt(cursor, 1) === TOKEN.quoted)) {
    cursor.at++
    path.push(parseIdent(cursor) as Ident)
  }
  return access(cursor, base, path, [])
}

/** First words of a bracket behind an operand that says how it is shown or typed (Teradata). */
const DISPLAY: ReadonlySet<string> = new Set([
  'FORMAT',
  'TITLE',
  'NAMED',
  'CASESPECIFIC',
  'CS',
  'UPPERCASE',
  'UC',
  'DATE',
  'TIME',
  'TIMESTAMP',
  'INTEGER',
  'INT',
  'SMALLINT',
  'BIGINT',
  'BYTEINT',
  'DECIMAL',
  'DEC',
  'NUMERIC',
  'FLOAT',
  'REAL',
  'CHAR',
  'CHARACTER',
  'VARCHAR',
  'BYTE',
  'VARBYTE',
  'INTERVAL',
  'NOT',
  'LATIN',
  'UNICODE',
  'NUMBER',
])

/** `a (NAMED x)`, `a (FORMAT '9')`, `a (DECIMAL(9,2))`: the bracket behind a column is no list of arguments, though it looks like one. */
export function isDisplayBracket(cursor: Cursor): boolean {
  if (!cursor.dialect.grammar.shortStatements) return false
  const first = textAt(cursor, 1).toUpperCase()
  if (first === 'NAMED') return kindAt(cursor, 2) === TOKEN.word || kindAt(cursor, 2) === TOKEN.quoted
  if (first === 'FORMAT' || first === 'TITLE') return kindAt(cursor, 2) === TOKEN.string
  if (first === 'NOT') return wordAt(cursor, 3) === ')' || wordAt(cursor, 3) === ','
  // `a (DATE, FORMAT 'YYYY')`; `a (DATE)` is told from the call `max(date)` by its gap
  if (/^(DATE|TIME|TIMESTAMP)$/.test(first) && (!adjacent(cursor) || wordAt(cursor, 2) === ','))
    return wordAt(cursor, 2) === ')' || wordAt(cursor, 3) === 'FORMAT'
  // DATE, TIME and INTERVAL are values too: `max(date)`.
  return (
    DISPLAY.has(first) && !/^(DATE|TIME|TIMESTAMP|INTERVAL|NUMBER)$/.test(first) && [')', ',', '('].includes(wordAt(cursor, 2) as string)
  )
}

function parseBracketPostfix(cursor: Cursor, value: Expr): Expr | null {
  if (wordAt(cursor, 1) === '+' && wordAt(cursor, 2) === ')') {
    cursor.at += 3
    return value
  }
  if (!cursor.dialect.grammar.shortStatements || !DISPLAY.has(textAt(cursor, 1).toUpperCase())) return null
  const first: Word = wordAt(cursor, 1)
  const type = textAt(cursor, 1).toUpperCase()
  skipBalanced(cursor)
  return first === 'FORMAT' || type === 'TITLE' || first === 'NAMED' ? value : castTo(cursor, value, type)
}
