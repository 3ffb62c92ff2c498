import { FIELDS } from './cells.ts'
import { WIDE_BLANK, WIDE_LETTER } from './characters.ts'
import { hashA, hashB, knownWord, PRIME_A, PRIME_B, SEED_A, SEED_B } from './hash.ts'
import { addRange, addToken, afterOperand, codeAt, type Scan } from './scan.ts'
import { scanQuotedName, scanQuoteOperator, scanString } from './scan-strings.ts'
import { TOKEN } from './tokens.ts'

const { CELL, END } = FIELDS

const QUOTE = 39
const AMPERSAND = 38
const DOUBLE_QUOTE = 34
const DOT = 46
/** Letters before a string's quote are at most so many. */
const LONGEST_PREFIX = 2

/** A word that begins with a letter of ASCII, or a string or name that has it as its prefix. */
export function scanLetters(scan: Scan, from: number): void {
  const end = endOfLetters(scan, from)
  if (end - from > LONGEST_PREFIX || !scanPrefixed(scan, from, end)) scan.at = scanWord(scan, from)
}

/** A word at `from`, and past it, where the hot loop did not see that one begins or ends: `#t`, `2020_sales`, `été`. */
export function scanWord(scan: Scan, from: number): number {
  const { codes, dialect } = scan
  let a = SEED_A
  let b = SEED_B
  const end = endOfLetters(scan, from)
  for (let at = from; at < end; at++) {
    const code = codes[at] as number
    const folded = code < WIDE_LETTER ? (dialect.folded[code] as number) : scan.sql.charCodeAt(at)
    a = Math.imul(a ^ folded, PRIME_A)
    b = Math.imul(b ^ folded, PRIME_B)
  }
  const id = knownWord(a, b)
  if (id === 0 && scan.exact) addRange(scan, TOKEN.word, from, end, 0, hashA(scan.sql, from, end), hashB(scan.sql, from, end))
  else addRange(scan, TOKEN.word, from, end, id, a, b)
  return end
}

/** A string or name with a prefix (`N'…'`, `r"…"`, `U&"…"`), whose quote stands at `at`; false if it is none. */
function scanPrefixed(scan: Scan, from: number, at: number): boolean {
  const { sql, dialect } = scan
  let quoteAt = at
  let prefix = ''
  if (codeAt(scan, at) === AMPERSAND && (codeAt(scan, from) | 32) === 117 && at === from + 1) {
    quoteAt = at + 1
    prefix = 'u&'
  }
  const quote = codeAt(scan, quoteAt)
  if (quote !== QUOTE && quote !== DOUBLE_QUOTE) return false
  if (prefix === '') prefix = sql.slice(from, at).toLowerCase()
  if (!dialect.stringPrefixes.has(prefix)) return false
  scan.at = quoteAt
  if (quote === DOUBLE_QUOTE && !dialect.lexical.doubleQuotedStrings) {
    if (prefix !== 'u&') return false
    scanQuotedName(scan, from)
  } else if (prefix.endsWith('q')) scanQuoteOperator(scan, from)
  else scanString(scan, from, dialect.lexical.backslashEscapes || prefix === 'e')
  return true
}

/** A number, or a word that begins with digits (`2020_sales`), or the digits of a name part (`db.2020`). */
export function scanNumber(scan: Scan, from: number): void {
  const { sql } = scan
  scan.at = from
  const part =
    from > 0 &&
    codeAt(scan, from) !== DOT &&
    codeAt(scan, from - 1) === DOT &&
    scan.tokens.count > 1 &&
    scan.tokens.cells[(scan.tokens.count - 1) * CELL + END] === from
  const whole = digits(scan, from)
  let at = whole
  if (!part && codeAt(scan, at) === DOT && codeAt(scan, at + 1) !== DOT && !isLetter(scan, at + 1)) at = digits(scan, at + 1)
  const suffix = endOfLetters(scan, at)
  const foreign = suffix > at && !isNumberSuffix(sql, from, suffix)
  if (foreign && at === whole && whole > from) {
    scan.at = scanWord(scan, from)
    return
  }
  scan.at = foreign ? at : exponentEnd(scan, suffix)
  addToken(scan, TOKEN.number, from, 0)
}

function digits(scan: Scan, start: number): number {
  let at = start
  for (;;) {
    const code = codeAt(scan, at)
    if (code >= 48 && code <= 57) at++
    else return at
  }
}

/** A letter at `at` means that the point before it is no decimal one, but for an exponent (`1.e5`). */
function isLetter(scan: Scan, at: number): boolean {
  const code = codeAt(scan, at)
  if ((code | 32) === 101) return endOfLetters(scan, at) > at + 1 && !/\d/.test(scan.sql.charAt(at + 1))
  return code < WIDE_LETTER ? (scan.dialect.folded[code] as number) > 57 : code > 0
}

function endOfLetters(scan: Scan, start: number): number {
  let at = start
  for (;;) {
    const code = codeAt(scan, at)
    if (code < WIDE_LETTER ? scan.dialect.folded[code] === 0 : code === WIDE_BLANK) break
    at++
  }
  return at
}

/** Exponents (`1e5`, `1e` of `1e-5`), hexadecimal, `1_000`, and the type letters of Hive and Spark (`10L`, `1.5BD`). */
function isNumberSuffix(sql: string, from: number, to: number): boolean {
  return /^(?:[\d._]*\d[\d_.]*(?:e\d*)?(?:l|s|y|d|f|bd|g|m|k)?|0x[\da-f]+|0b[01]+)$/i.test(sql.slice(from, Math.min(to, from + MAX_NUMBER)))
}

/** A number longer than this is not looked at whole. */
const MAX_NUMBER = 100

/** Past the sign, digits and type letters of an exponent whose `e` stands before `at`. */
function exponentEnd(scan: Scan, at: number): number {
  const sign = codeAt(scan, at)
  if ((codeAt(scan, at - 1) | 32) !== 101 || (sign !== 43 && sign !== 45)) return at
  const end = digits(scan, at + 1)
  return end > at + 1 ? endOfLetters(scan, end) : at
}

/** Whether the point at `scan.at` begins a number: `.5`, but not the point of `t.5`. */
export function startsNumber(scan: Scan): boolean {
  const next = codeAt(scan, scan.at + 1)
  return next >= 48 && next <= 57 && !afterOperand(scan)
}
