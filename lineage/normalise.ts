import type { Dialect } from './dialects/dialect.ts'
import { MARK, markOf, markTokens } from './marks.ts'
import { tokenize } from './tokens/tokenizer.ts'
import { createTokens, TOKEN, type Tokens } from './tokens/tokens.ts'
import { WORDS } from './tokens/words.ts'

/**
 * The text with literals as `?`, one blank between tokens, no comments, keywords in upper case and names folded as the dialect does.
 * It can be read again, with the same lineage and the same fingerprint; literals that count (paths, positions, SQL) stay.
 */
export function normalise(sql: string, dialect: Dialect, buffers: Tokens = createTokens()): string {
  const tokens = tokenize(sql, dialect, buffers)
  markTokens(tokens, dialect)
  let text = ''
  let last = -1
  for (let i = 0; i < tokens.count; i++) {
    if (markOf(tokens, i) === MARK.drop) continue
    if (last >= 0 && needsBlank(tokens, dialect, last, i)) text += ' '
    text += markOf(tokens, i) === MARK.mask ? '?' : tokenText(tokens, dialect, i)
    last = i
  }
  return text
}

function tokenText(tokens: Tokens, dialect: Dialect, i: number): string {
  const text = tokens.sql.slice(tokens.starts[i], tokens.ends[i])
  if (tokens.kinds[i] !== TOKEN.word) return text
  const fold = dialect.resolution.tables.unquoted
  const known = tokens.words[i] as number
  if (known !== 0 && (fold !== 'exact' || dialect.reservedIds[known] === 1)) return WORDS[known] as string
  if (fold === 'exact') return text
  return fold === 'upper' ? text.toUpperCase() : text.toLowerCase()
}

const NONE_BEFORE: ReadonlySet<string> = new Set([',', ')', ']', '.', '..', ':', ';', '::', '['])
const NONE_AFTER: ReadonlySet<string> = new Set(['(', '[', '.', '..', ':', '::', '@'])

/** Points and brackets stand tight; what was written without a gap and would be read otherwise with one stays so. */
function needsBlank(tokens: Tokens, dialect: Dialect, last: number, i: number): boolean {
  const word = WORDS[tokens.words[i] as number] as string
  const before = WORDS[tokens.words[last] as number] as string
  const touching = last === i - 1 && tokens.ends[last] === tokens.starts[i]
  const dashed =
    dialect.grammar.dashedNames && (word === '-' || before === '-') && markOf(tokens, i) === MARK.keep && markOf(tokens, last) === MARK.keep
  if (touching && (isGlued(tokens, last, i) || dashed || word === '@')) return false
  if (word === ':' || before === ':') return !touching
  if (NONE_AFTER.has(before) || NONE_BEFORE.has(word)) return false
  if (word !== '(') return true
  return tokens.kinds[last] === TOKEN.operator ? !touching : tokens.words[last] !== 0
}

/** Templates and `${x}` that touch a word are one name with it. */
function isGlued(tokens: Tokens, last: number, i: number): boolean {
  const a = tokens.kinds[last]
  const b = tokens.kinds[i]
  return (
    (a === TOKEN.template || a === TOKEN.parameter || b === TOKEN.template || b === TOKEN.parameter) &&
    a !== TOKEN.operator &&
    b !== TOKEN.operator
  )
}
