import { isWideSpace } from './characters.ts'
import * as hash from './hash.ts'
import { addRange, addToken, afterOperand, type Scan } from './scan.ts'
import { scanQuotedName, scanQuoteOperator, scanString } from './scan-strings.ts'
import { TOKEN } from './tokens.ts'

// Copies in this module: a binding of another one is looked up anew for each character (117 against 138 MB/s).
const PRIME_A = hash.PRIME_A
const PRIME_B = hash.PRIME_B
const SEED_A = hash.SEED_A
const SEED_B = hash.SEED_B
const QUOTE = 39
const DOUBLE_QUOTE = 34
const DOT = 46
const LONGEST_PREFIX = 2

/**
 * A word at `from`, and past it: the hot loop of the tokenizer. Both hashes are over the upper-cased characters; no text is cut out,
 * and the place is a local variable: as a field of the state it cost half the speed (108 against 230 MB/s, Node 24, EPYC).
 */
export function scanWord(scan: Scan, from: number): number {
  const { sql, dialect } = scan
  const folded = dialect.folded
  const length = sql.length
  let a = SEED_A
  let b = SEED_B
  let at = from
  for (; at < length; at++) {
    let code = sql.charCodeAt(at)
    if (code < 128) {
      code = folded[code] as number
      if (code === 0) break
    } else if (isWideSpace(code)) break
    a = Math.imul(a ^ code, PRIME_A)
    b = Math.imul(b ^ code, PRIME_B)
  }
  if (at - from <= LONGEST_PREFIX && scanPrefixed(scan, from, at)) return scan.at
  const id = hash.knownWord(a, b)
  if (id === 0 && dialect.resolution.tables.unquoted === 'exact') addRange(scan, TOKEN.word, from, at, 0, hash.hashA(sql, from, at), hash.hashB(sql, from, at))
  else addRange(scan, TOKEN.word, from, at, id, a, b)
  return at
}

/** A string or name with a prefix (`N'…'`, `r"…"`, `U&"…"`), whose quote stands at `at`; false if it is none. */
function scanPrefixed(scan: Scan, from: number, at: number): boolean {
  const { sql, dialect } = scan
  let quoteAt = at
  let prefix = ''
  if (sql.charCodeAt(at) === 38 && (sql.charCodeAt(from) | 32) === 117 && at === from + 1) {
    quoteAt = at + 1
    prefix = 'u&'
  }
  const quote = sql.charCodeAt(quoteAt)
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
  const part = sql.charCodeAt(from) !== DOT && sql.charCodeAt(from - 1) === DOT && scan.tokens.count > 1 && scan.tokens.ends[scan.tokens.count - 1] === from
  const whole = digits(sql, from)
  let at = whole
  if (!part && sql.charCodeAt(at) === DOT && sql.charCodeAt(at + 1) !== DOT && !isLetter(sql, at + 1, scan)) at = digits(sql, at + 1)
  const suffix = endOfLetters(scan, at)
  const foreign = suffix > at && !isNumberSuffix(sql, from, suffix)
  if (foreign && at === whole && whole > from) {
    scan.at = scanWord(scan, from)
    return
  }
  scan.at = foreign ? at : exponentEnd(scan, suffix)
  addToken(scan, TOKEN.number, from, 0)
}

function digits(sql: string, start: number): number {
  let at = start
  for (;;) {
    const code = sql.charCodeAt(at)
    if (code >= 48 && code <= 57) at++
    else return at
  }
}

/** A letter at `at` means that the point before it is no decimal one, but for an exponent (`1.e5`). */
function isLetter(sql: string, at: number, scan: Scan): boolean {
  const code = sql.charCodeAt(at)
  if ((code | 32) === 101) return endOfLetters(scan, at) > at + 1 && !/\d/.test(sql.charAt(at + 1))
  return code < 128 ? (scan.dialect.folded[code] as number) > 57 : code > 0
}

function endOfLetters(scan: Scan, start: number): number {
  let at = start
  while (at < scan.sql.length) {
    const code = scan.sql.charCodeAt(at)
    if (code < 128 ? scan.dialect.folded[code] === 0 : isWideSpace(code)) break
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
  const { sql } = scan
  const sign = sql.charCodeAt(at)
  if ((sql.charCodeAt(at - 1) | 32) !== 101 || (sign !== 43 && sign !== 45)) return at
  const end = digits(sql, at + 1)
  return end > at + 1 ? endOfLetters(scan, end) : at
}

/** Whether the point at `scan.at` begins a number: `.5`, but not the point of `t.5`. */
export function startsNumber(scan: Scan): boolean {
  const next = scan.sql.charCodeAt(scan.at + 1)
  return next >= 48 && next <= 57 && !afterOperand(scan)
}
