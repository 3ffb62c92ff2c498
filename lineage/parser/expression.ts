import { TOKEN } from '../tokens/tokens.ts'
import { WORD_COUNT, type Word, wordId } from '../tokens/words.ts'
import type { Expr, OperationExpr, Query, SubqueryExpr } from '../tree.ts'
import {
  adjacent,
  atEnd,
  type Cursor,
  closer,
  eat,
  eat2,
  here,
  lastEnd,
  leaveBracket,
  peek,
  skipBalanced,
  textAt,
  tooDeep,
  word,
  wordAt,
} from './cursor.ts'
import { parseUnary } from './expression-primary.ts'
import { parseName } from './names.ts'
import { startsQuery } from './query-start.ts'
import { parseType } from './types.ts'

/** What a word or operator does behind an operand. */
const INFIX = {
  none: 0,
  simple: 1,
  in: 2,
  is: 3,
  like: 4,
  not: 5,
  at: 6,
  collate: 7,
  postfix: 8,
  member: 9,
  overlaps: 10,
  named: 11,
} as const

// biome-ignore format: a table
const SIMPLE: readonly Word[] = [
  '=', '==', '<>', '!=', '<=', '>=', '<', '>', '<=>', '+', '-', '*', '/', '//', '%', '**', '^', '^=', '~', '~=', '~*', '!~', '!~*', '&', '&&', '|', '||', '#', '#>', '#>>', '#-', '@>', '<@', '@@', '<<', '>>', '?', '?|', '?&', '->', '->>', ':=',
  '+=', '-=', '*=', '/=', '%=', '|=', '&=', '||=', '!<', '!>', 'AND', 'OR', 'XOR', 'DIV', 'MOD', 'BETWEEN', 'AGAINST', 'ESCAPE', '@', '!', 'CONCAT',
]

function infixTable(): Uint8Array {
  const table = new Uint8Array(WORD_COUNT)
  for (const operator of SIMPLE) table[wordId(operator)] = INFIX.simple
  for (const operator of ['LIKE', 'ILIKE', 'RLIKE', 'REGEXP', 'GLOB', 'SIMILAR', 'SOUNDS', 'MATCH'] as const)
    table[wordId(operator)] = INFIX.like
  table[wordId('IN')] = INFIX.in
  table[wordId('IS')] = INFIX.is
  table[wordId('NOT')] = INFIX.not
  table[wordId('AT')] = INFIX.at
  table[wordId('COLLATE')] = INFIX.collate
  table[wordId('ISNULL')] = INFIX.postfix
  table[wordId('NOTNULL')] = INFIX.postfix
  table[wordId('MEMBER')] = INFIX.member
  table[wordId('MULTISET')] = INFIX.member
  table[wordId('OVERLAPS')] = INFIX.overlaps
  table[wordId('OPERATOR')] = INFIX.named
  table[wordId('GLOBAL')] = INFIX.not
  return table
}

const INFIX_OF: Readonly<Uint8Array> = infixTable()

/**
 * expression = unary { operator unary }, and `a ? b : c` (ClickHouse)
 * Precedence says nothing about lineage, so a chain of any operators is one flat node: long chains cost neither stack nor depth.
 */
export function parseExpression(cursor: Cursor): Expr {
  const from = here(cursor)
  if (tooDeep(cursor)) return skipDeep(cursor, from)
  cursor.depth++
  const first = parseUnary(cursor)
  const expr = infixClass(cursor) === INFIX.none ? first : parseChain(cursor, first, from)
  cursor.depth--
  return expr
}

function skipDeep(cursor: Cursor, from: number): Expr {
  while (!atEnd(cursor) && !peek(cursor, ',') && !peek(cursor, ')')) skipBalanced(cursor)
  return { kind: 'unknown', from, to: lastEnd(cursor) }
}

function infixClass(cursor: Cursor): number {
  if (cursor.at >= cursor.end) return INFIX.none
  const found = INFIX_OF[cursor.tokens.words[cursor.at] as number] as number
  return found === INFIX.none && cursor.dialect.grammar.shortStatements && isComparison(cursor) ? INFIX.simple : found
}

/** `a EQ b`, `a NE b` and their like, which are reserved, and operators of periods: `p CONTAINS q` (Teradata). */
function isComparison(cursor: Cursor): boolean {
  const { tokens, at } = cursor
  if (tokens.kinds[at] !== TOKEN.word) return false
  const text = textAt(cursor, 0)
  return text.length === 2 ? /^(?:eq|ne|gt|ge|lt|le)$/i.test(text) : PERIOD_OPERATOR.test(text) && startsOperand(cursor)
}

const PERIOD_OPERATOR = /^(?:contains|meets|precedes|succeeds|p_intersect|p_normalize|ldiff|rdiff)$/i

function parseChain(cursor: Cursor, first: Expr, from: number): Expr {
  const operands: Expr[] = [first]
  const operator = word(cursor)
  let questions = 0
  const conditions = newConditions()
  for (let infix = infixClass(cursor); infix !== INFIX.none || (questions > 0 && peek(cursor, ':')); infix = infixClass(cursor)) {
    const before = cursor.at
    questions += peek(cursor, '?') ? 1 : peek(cursor, ':') ? -1 : 0
    noteOperator(conditions, word(cursor), operands.length)
    if (!parseInfix(cursor, infix === INFIX.none ? INFIX.simple : infix, operands) || cursor.at === before) break
  }
  if (operands.length === 1 && operator === 'COLLATE') return first
  if (cursor.tokens.starts[cursor.at] === from) return first
  endCondition(conditions, operands.length)
  const node: OperationExpr = {
    kind: 'operation',
    operator,
    operands,
    equalities: conditions.equalities ?? NO_EQUALITIES,
    from,
    to: lastEnd(cursor),
  }
  return operands.length === 1 && lastEnd(cursor) === first.to ? first : node
}

/** The conditions of a chain, told apart by AND and OR, to know those that are nothing but `x = y`. */
interface Conditions {
  /** Made with the first: most chains have none. */
  equalities: number[] | null
  /** Operand that the condition at hand begins with. */
  first: number
  operators: number
  equals: boolean
}

const NO_EQUALITIES: readonly number[] = []

function newConditions(): Conditions {
  return { equalities: null, first: 0, operators: 0, equals: false }
}

function noteOperator(conditions: Conditions, operator: Word, operands: number): void {
  if (operator === 'AND' || operator === 'OR') return endCondition(conditions, operands)
  conditions.operators++
  if (operator === '=' || operator === '==') conditions.equals = true
}

function endCondition(conditions: Conditions, operands: number): void {
  const { first, operators, equals } = conditions
  if (equals && operators === 1 && operands === first + 2) {
    conditions.equalities ??= []
    conditions.equalities.push(first)
  }
  conditions.first = operands
  conditions.operators = 0
  conditions.equals = false
}

/** One operator and its operand, added to `operands`; false if the operator does not belong to this expression. */
function parseInfix(cursor: Cursor, infix: number, operands: Expr[]): boolean {
  switch (infix) {
    case INFIX.simple:
      return parseSimple(cursor, operands)
    case INFIX.in:
      cursor.at++
      operands.push(parseInOperand(cursor))
      return true
    case INFIX.is:
      return parseIs(cursor, operands)
    case INFIX.like:
      return parseLike(cursor, operands)
    case INFIX.not:
      return parseNot(cursor, operands)
    case INFIX.at:
      return parseAtTimeZone(cursor, operands)
    case INFIX.collate:
      cursor.at++
      // ClickHouse names the collation in a string
      if (parseName(cursor) === null && cursor.tokens.kinds[cursor.at] === TOKEN.string) cursor.at++
      return true
    case INFIX.named:
      // a OPERATOR(pg_catalog.+) b
      if (wordAt(cursor, 1) !== '(') return false
      cursor.at++
      skipBalanced(cursor)
      operands.push(parseUnary(cursor))
      return true
    case INFIX.postfix:
      cursor.at++
      return true
    case INFIX.member:
      if (peek(cursor, 'MULTISET') ? !eatMultiset(cursor) : !eat2(cursor, 'MEMBER', 'OF')) return false
      operands.push(parseUnary(cursor))
      return true
    default:
      if (!startsOperand(cursor)) return false
      cursor.at++
      operands.push(parseUnary(cursor))
      return true
  }
}

/** `a MULTISET UNION [ALL | DISTINCT] b` (the standard, Oracle). */
function eatMultiset(cursor: Cursor): boolean {
  const operator = wordAt(cursor, 1)
  if (operator !== 'UNION' && operator !== 'EXCEPT' && operator !== 'INTERSECT') return false
  cursor.at += 2
  if (!eat(cursor, 'ALL')) eat(cursor, 'DISTINCT')
  return true
}

function parseSimple(cursor: Cursor, operands: Expr[]): boolean {
  if (peek(cursor, '->>') && (wordAt(cursor, 1) === 'SELECT' || wordAt(cursor, 1) === 'WITH' || wordAt(cursor, 1) === 'INSERT'))
    return false
  if (
    peek(cursor, '@') &&
    cursor.dialect.lexical.at !== 'operator' &&
    cursor.tokens.starts[cursor.at + 1] !== cursor.tokens.ends[cursor.at]
  )
    return false
  if (peek(cursor, '%') && endsAfter(cursor)) return false
  if (peek(cursor, 'MOD') && (wordAt(cursor, 1) === 'FROM' || wordAt(cursor, 1) === ',')) return false
  const before = word(cursor)
  if (before === 'CONCAT' && !startsOperand(cursor)) return false
  cursor.at++
  if (before === 'BETWEEN') eatSymmetric(cursor)
  // `@?` (Postgres): a question mark that touches an operator is a part of it
  if (peek(cursor, '?') && cursor.dialect.lexical.at === 'operator' && before !== '?' && adjacent(cursor)) cursor.at++
  operands.push(before === 'AGAINST' && peek(cursor, '(') ? parseAgainst(cursor) : parseUnary(cursor))
  if ((before === '+' || before === '-') && isDuration(cursor)) cursor.at++
  return true
}

/** `d - 30 DAYS`: a duration with its unit (Db2). Before a comma or FROM the word is an alias as well as a unit, and taken for one. */
function isDuration(cursor: Cursor): boolean {
  const { tokens, at } = cursor
  if (tokens.kinds[at - 1] !== TOKEN.number || tokens.kinds[at] !== TOKEN.word || at >= cursor.end) return false
  const next = wordAt(cursor, 1)
  return (
    next !== ',' && next !== 'FROM' && next !== 'INTO' && /^(?:year|month|day|hour|minute|(?:micro)?second)s?$/i.test(textAt(cursor, 0))
  )
}

/** MATCH (a, b) AGAINST ('x' IN BOOLEAN MODE | IN NATURAL LANGUAGE MODE | WITH QUERY EXPANSION) (MySQL). */
function parseAgainst(cursor: Cursor): Expr {
  const close = closer(cursor)
  cursor.at++
  const value = parseUnary(cursor)
  cursor.at = Math.min(close + 1, cursor.end)
  return value
}

/** `a CONCAT b` (Db2), `p OVERLAPS q`; elsewhere the word is an alias, with which an expression ends. */
function startsOperand(cursor: Cursor): boolean {
  const next = cursor.tokens.kinds[cursor.at + 1]
  if (cursor.at + 1 >= cursor.end || cursor.tokens.kinds[cursor.at] !== TOKEN.word) return false
  if (next === TOKEN.string || next === TOKEN.number || next === TOKEN.quoted || wordAt(cursor, 1) === '(') return true
  return next === TOKEN.word && cursor.dialect.reservedIds[cursor.tokens.words[cursor.at + 1] as number] !== 1
}

/** Nothing that could be an operand follows: `LIMIT 10%`. */
function endsAfter(cursor: Cursor): boolean {
  const next = wordAt(cursor, 1)
  return next === ')' || next === ';' || next === ',' || next === 'OFFSET' || cursor.at + 1 >= cursor.end
}

/** BETWEEN SYMMETRIC | ASYMMETRIC: the words are not otherwise known, so they are known by what follows them. */
function eatSymmetric(cursor: Cursor): void {
  const index = cursor.at
  if (index < cursor.end && cursor.tokens.kinds[index] === TOKEN.word && cursor.tokens.words[index] === 0) {
    const length = (cursor.tokens.ends[index] as number) - (cursor.tokens.starts[index] as number)
    const next = wordAt(cursor, 1)
    if (
      (length === 9 || length === 10) &&
      next !== 'AND' &&
      next !== '.' &&
      next !== '(' &&
      next !== '+' &&
      next !== '-' &&
      next !== '*' &&
      next !== '/' &&
      next !== '::'
    )
      cursor.at++
  }
}

/** NOT IN, NOT LIKE, NOT BETWEEN, NOT NULL; GLOBAL [NOT] IN. */
function parseNot(cursor: Cursor, operands: Expr[]): boolean {
  const next = wordAt(cursor, 1)
  if (next === 'NULL') {
    cursor.at += 2
    return true
  }
  const infix = INFIX_OF[wordId(next)] as number
  const fits =
    infix === INFIX.in ||
    infix === INFIX.like ||
    infix === INFIX.not ||
    infix === INFIX.member ||
    next === 'BETWEEN' ||
    next === '->' ||
    next === '='
  if (!fits) return false
  cursor.at++
  return parseInfix(cursor, infix, operands)
}

/** IS [NOT] NULL | TRUE | UNKNOWN | JSON …, IS [NOT] DISTINCT FROM x, IS [NOT] OF (types). */
function parseIs(cursor: Cursor, operands: Expr[]): boolean {
  cursor.at++
  eat(cursor, 'NOT')
  if (eat2(cursor, 'DISTINCT', 'FROM')) {
    operands.push(parseUnary(cursor))
    return true
  }
  const current = word(cursor)
  if (current === 'NULL' || current === 'TRUE' || current === 'FALSE' || current === 'UNKNOWN') cursor.at++
  else if (current === 'OF' || wordAt(cursor, 1) === '(') skipWordAndBracket(cursor)
  // IS [NOT] A SET (Oracle)
  else if (wordAt(cursor, 1) === 'SET' && /^a$/i.test(textAt(cursor, 0))) cursor.at += 2
  else if (current === 'JSON') skipJsonPredicate(cursor)
  else if (PREDICATE.test(textAt(cursor, 0)) && wordAt(cursor, 1) !== '.') skipPredicate(cursor)
  else operands.push(parseUnary(cursor))
  return true
}

/** Else a value is compared: `a IS b` (SQLite), `KEY 'x' IS b` in Oracle's JSON_OBJECT. */
const PREDICATE =
  /^(?:document|content|normalized|nfk?[cd]|nan|infinite|finite|empty|dangling|present|missing|valued|member|null|distinct|untyped|labeled|directed|source|destination)$/i

/** `IS DOCUMENT`, `IS NORMALIZED`, `IS NFC NORMALIZED`. */
function skipPredicate(cursor: Cursor): void {
  const form = /^nfk?[cd]$/i.test(textAt(cursor, 0))
  cursor.at++
  if (form && /^normalized$/i.test(textAt(cursor, 0))) cursor.at++
}

function skipWordAndBracket(cursor: Cursor): void {
  cursor.at++
  // IS OF TYPE (ONLY t) (Oracle)
  if (wordAt(cursor, -1) === 'OF') eat(cursor, 'TYPE')
  if (peek(cursor, '(')) skipBalanced(cursor)
}

function skipJsonPredicate(cursor: Cursor): void {
  cursor.at++
  while (peek(cursor, 'VALUE') || peek(cursor, 'ARRAY') || peek(cursor, 'OBJECT') || peek(cursor, 'STRICT') || peek(cursor, 'LAX'))
    cursor.at++
  if ((peek(cursor, 'WITH') || peek(cursor, 'WITHOUT')) && (wordAt(cursor, 1) === 'UNIQUE' || wordAt(cursor, 2) === 'UNIQUE')) {
    while (peek(cursor, 'WITH') || peek(cursor, 'WITHOUT') || peek(cursor, 'UNIQUE') || peek(cursor, 'KEYS')) cursor.at++
  }
}

/** LIKE x, LIKE ANY (…), SIMILAR TO x, SOUNDS LIKE x, with ESCAPE as one more operator. */
function parseLike(cursor: Cursor, operands: Expr[]): boolean {
  const first = word(cursor)
  // SUBSTRING(a SIMILAR b ESCAPE c) has no TO
  const short = first === 'SIMILAR' && wordAt(cursor, 1) !== 'TO'
  if (short && !startsOperand(cursor)) return false
  if (first === 'SOUNDS' && wordAt(cursor, 1) !== 'LIKE') return false
  if (first === 'MATCH' && cursor.tokens.kinds[cursor.at + 1] === TOKEN.operator && wordAt(cursor, 1) !== '(') return false
  cursor.at += (first === 'SIMILAR' && !short) || first === 'SOUNDS' ? 2 : 1
  if (eat(cursor, 'ANY') || eat(cursor, 'ALL') || eat(cursor, 'SOME')) operands.push(parseInOperand(cursor))
  else operands.push(parseUnary(cursor))
  return true
}

/** AT TIME ZONE x, AT LOCAL. */
function parseAtTimeZone(cursor: Cursor, operands: Expr[]): boolean {
  if (wordAt(cursor, 1) === 'LOCAL') {
    cursor.at += 2
    return true
  }
  if (wordAt(cursor, 1) !== 'TIME' || wordAt(cursor, 2) !== 'ZONE') return false
  cursor.at += 3
  operands.push(parseUnary(cursor))
  return true
}

/** What stands behind IN: a subquery, a list (literals in it are not kept), or one value such as UNNEST(…). */
function parseInOperand(cursor: Cursor): Expr {
  const from = here(cursor)
  if (!peek(cursor, '(')) return startsTable(cursor) ? parseInTable(cursor, from) : parseUnary(cursor)
  if (startsQuery(cursor, 1)) return parseInSubquery(cursor, from)
  const close = closer(cursor)
  const items: Expr[] = []
  cursor.at++
  while (cursor.at < close) {
    const before = cursor.at
    if (!eatLiteral(cursor, close)) items.push(cursor.rules.expression(cursor))
    if (eat(cursor, 'AS')) parseType(cursor)
    if (!eat(cursor, ',') && cursor.at === before) cursor.at++
  }
  cursor.at = Math.min(close + 1, cursor.end)
  return { kind: 'construct', form: 'row', items, from, to: lastEnd(cursor) }
}

/** A name that is no call and no named value, where a name behind IN is a table. */
function startsTable(cursor: Cursor): boolean {
  const found = cursor.tokens.kinds[cursor.at]
  if (!cursor.dialect.grammar.inTables || (found !== TOKEN.word && found !== TOKEN.quoted)) return false
  if (cursor.values?.has(textAt(cursor, 0))) return false
  let offset = 1
  while (wordAt(cursor, offset) === '.') offset += 2
  const next = wordAt(cursor, offset)
  return next !== '(' && next !== '[' && next !== '{'
}

function parseInTable(cursor: Cursor, from: number): Expr {
  const name = parseName(cursor)
  if (name === null) return parseUnary(cursor)
  const query: Query = {
    kind: 'query',
    ctes: [],
    recursive: false,
    body: { kind: 'table', name, from, to: name.to },
    order: [],
    from,
    to: name.to,
  }
  return { kind: 'subquery', use: 'in', query, from, to: name.to }
}

/** A lone literal between commas or brackets. */
function eatLiteral(cursor: Cursor, close: number): boolean {
  const found = cursor.tokens.kinds[cursor.at]
  if (found !== TOKEN.number && found !== TOKEN.string) return false
  if (cursor.at + 1 !== close && wordAt(cursor, 1) !== ',') return false
  cursor.at++
  return true
}

function parseInSubquery(cursor: Cursor, from: number): SubqueryExpr {
  const close = closer(cursor)
  const before = cursor.end
  cursor.at++
  cursor.end = close
  const query = cursor.rules.query(cursor)
  cursor.end = before
  leaveBracket(cursor, close)
  return { kind: 'subquery', use: 'in', query, from, to: lastEnd(cursor) }
}
