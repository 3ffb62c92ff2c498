import { TOKEN } from '../tokens/tokens.ts'
import type { Expr, Ident, SelectItem, StarExpr } from '../tree.ts'
import { adjacent, type Cursor, closer, eat, here, kind, kindAt, lastEnd, peek, skipBalanced, word, wordAt } from './cursor.ts'
import { parseIdent, parseItemAlias, parseLabel, parseParts } from './names.ts'
import { startsQuery } from './query-start.ts'

type Pattern = StarExpr['pattern']
type Rename = StarExpr['rename'][number]

/** `*` at the current token, or the `*` of `t.*` (its qualifier eaten), with EXCEPT, EXCLUDE, REPLACE, RENAME, ILIKE behind it. */
export function parseStar(cursor: Cursor, qualifier: readonly Ident[], base: Expr | null, from: number): StarExpr {
  cursor.at++
  // `*COLUMNS('a.*')` (DuckDB)
  if (peek(cursor, 'COLUMNS') && wordAt(cursor, 1) === '(' && adjacent(cursor))
    return { ...parseColumnsStar(cursor, qualifier), each: false }
  return parseModifiers(cursor, { qualifier, base, pattern: null, from })
}

interface StarStart {
  readonly qualifier: readonly Ident[]
  readonly base: Expr | null
  readonly pattern: Pattern
  readonly from: number
}

function parseModifiers(cursor: Cursor, start: StarStart): StarExpr {
  const except: Ident[] = []
  const replace: SelectItem[] = []
  const rename: Rename[] = []
  let pattern = start.pattern
  for (;;) {
    const current = word(cursor)
    if ((current === 'EXCEPT' || current === 'EXCLUDE' || current === 'MINUS') && isExceptList(cursor)) parseExcept(cursor, except)
    else if (current === 'REPLACE' && (wordAt(cursor, 1) === '(' || kindAt(cursor, 1) !== TOKEN.operator)) parseReplace(cursor, replace)
    else if (current === 'RENAME') parseRename(cursor, rename)
    else if (isPattern(cursor)) pattern = parsePattern(cursor)
    else if (!skipApply(cursor)) break
  }
  return {
    kind: 'star',
    qualifier: start.qualifier,
    base: start.base,
    except,
    replace,
    rename,
    pattern,
    each: false,
    from: start.from,
    to: lastEnd(cursor),
  }
}

/** `* APPLY (sum)`, `* APPLY toString`, `* APPLY quantile(0.5)` (ClickHouse): APPLY is no join behind a star. */
function skipApply(cursor: Cursor): boolean {
  if (!peek(cursor, 'APPLY')) return false
  const bracket = wordAt(cursor, 1) === '('
  if (!bracket && (!cursor.dialect.grammar.withExpressions || kindAt(cursor, 1) !== TOKEN.word)) return false
  cursor.at += bracket ? 1 : 2
  if (peek(cursor, '(')) skipBalanced(cursor)
  return true
}

/** ILIKE, LIKE, GLOB or SIMILAR TO with a string. */
function isPattern(cursor: Cursor): boolean {
  const current = word(cursor)
  if (current === 'SIMILAR') return kindAt(cursor, 2) === TOKEN.string
  return (current === 'ILIKE' || current === 'LIKE' || current === 'GLOB') && kindAt(cursor, 1) === TOKEN.string
}

/** EXCEPT behind a star is its list, unless a query follows: then it is the set operator. */
function isExceptList(cursor: Cursor): boolean {
  const next = wordAt(cursor, 1)
  if (next === '(') return !startsQuery(cursor, 2)
  if (next === 'ALL' || next === 'DISTINCT' || next === 'CORRESPONDING' || next === 'BY') return false
  return !startsQuery(cursor, 1) && (kindAt(cursor, 1) === TOKEN.word || kindAt(cursor, 1) === TOKEN.quoted)
}

function parseExcept(cursor: Cursor, except: Ident[]): void {
  cursor.at++
  if (!peek(cursor, '(')) {
    pushPath(cursor, except)
    return
  }
  const close = closer(cursor)
  cursor.at++
  while (cursor.at < close) {
    const before = cursor.at
    pushPath(cursor, except)
    if (!eat(cursor, ',') && cursor.at === before) cursor.at++
  }
  cursor.at = Math.min(close + 1, cursor.end)
}

/** `a`, `t.a`, 'a': the last part is the column. */
function pushPath(cursor: Cursor, into: Ident[]): void {
  const parts: Ident[] = []
  const first = parseLabel(cursor)
  if (first === null) return
  parts.push(first)
  parseParts(cursor, parts)
  into.push(parts[parts.length - 1] as Ident)
}

function parseReplace(cursor: Cursor, replace: SelectItem[]): void {
  cursor.at++
  if (!peek(cursor, '(')) {
    replace.push(parseReplaceItem(cursor))
    return
  }
  const close = closer(cursor)
  cursor.at++
  while (cursor.at < close) {
    const before = cursor.at
    replace.push(parseReplaceItem(cursor))
    if (!eat(cursor, ',') && cursor.at === before) cursor.at++
  }
  cursor.at = Math.min(close + 1, cursor.end)
}

function parseReplaceItem(cursor: Cursor): SelectItem {
  const from = here(cursor)
  const expr = cursor.rules.expression(cursor)
  const alias = parseItemAlias(cursor)
  return { expr, alias, variable: false, aliases: [], from, to: lastEnd(cursor) }
}

function parseRename(cursor: Cursor, rename: Rename[]): void {
  cursor.at++
  const close = peek(cursor, '(') ? closer(cursor) : -1
  if (close >= 0) cursor.at++
  do {
    const parts: Ident[] = []
    pushPath(cursor, parts)
    eat(cursor, 'AS')
    const alias = parseIdent(cursor)
    if (parts[0] !== undefined && alias !== null) rename.push({ column: parts[0], alias })
  } while (close >= 0 && cursor.at < close && eat(cursor, ','))
  if (close >= 0) cursor.at = Math.min(close + 1, cursor.end)
}

function parsePattern(cursor: Cursor): Pattern {
  cursor.at += peek(cursor, 'SIMILAR') ? 2 : 1
  const label = parseLabel(cursor)
  return { kind: 'like', text: label?.text ?? '', names: [] }
}

/** COLUMNS('regex'), COLUMNS(*), COLUMNS(t.* …), COLUMNS([a, b]), COLUMNS(a, b), COLUMNS(c -> …): at the word. */
export function parseColumnsStar(cursor: Cursor, qualifier: readonly Ident[]): StarExpr {
  const from = qualifier[0]?.from ?? here(cursor)
  cursor.at++
  const close = closer(cursor)
  cursor.at++
  let pattern: Pattern = null
  let inner: StarExpr | null = null
  if (kind(cursor) === TOKEN.string) pattern = { kind: 'regex', text: parseLabel(cursor)?.text ?? '', names: [] }
  else if (wordAt(cursor, 1) === '->') pattern = lambdaPattern(cursor.rules.expression(cursor))
  else {
    const expr = cursor.at < close ? cursor.rules.expression(cursor) : null
    if (expr?.kind === 'star') inner = expr
    else if (expr !== null) pattern = { kind: 'names', text: '', names: listedNames(cursor, expr, close) }
  }
  cursor.at = Math.min(close + 1, cursor.end)
  const star = parseModifiers(cursor, { qualifier: inner?.qualifier ?? qualifier, base: null, pattern, from })
  if (inner === null) return { ...star, each: true }
  return {
    ...star,
    each: true,
    except: [...inner.except, ...star.except],
    replace: [...inner.replace, ...star.replace],
    rename: [...inner.rename, ...star.rename],
    pattern: star.pattern ?? inner.pattern,
  }
}

/** `c -> c LIKE 'a%'`, `c -> starts_with(c, 'a')`: what is asked of the names; null where it is not known, and all are taken. */
function lambdaPattern(expr: Expr): Pattern {
  if (expr.kind !== 'lambda') return null
  const { body } = expr
  if (body.kind === 'operation' && (body.operator === 'LIKE' || body.operator === 'ILIKE'))
    return textPattern('like', body.operands[1], '', '')
  if (body.kind !== 'call') return null
  if (body.upper === 'STARTS_WITH' || body.upper === 'PREFIX') return textPattern('like', body.args[1], '', '%')
  if (body.upper === 'ENDS_WITH' || body.upper === 'SUFFIX') return textPattern('like', body.args[1], '%', '')
  if (body.upper === 'CONTAINS') return textPattern('like', body.args[1], '%', '%')
  return body.upper === 'REGEXP_MATCHES' ? textPattern('regex', body.args[1], '', '') : null
}

function textPattern(kind: 'like' | 'regex', arg: Expr | undefined, before: string, behind: string): Pattern {
  return arg?.kind === 'literal' && arg.type === 'string' ? { kind, text: `${before}${arg.text}${behind}`, names: [] } : null
}

function listedNames(cursor: Cursor, first: Expr, close: number): Ident[] {
  const exprs = first.kind === 'construct' ? [...first.items] : [first]
  while (cursor.at < close && eat(cursor, ',')) exprs.push(cursor.rules.expression(cursor))
  return exprs.flatMap((expr): Ident[] => {
    if (expr.kind === 'column') return [expr.parts[expr.parts.length - 1] as Ident]
    return expr.kind === 'literal' ? [{ text: expr.text, quoted: true, from: expr.from, to: expr.to }] : []
  })
}
