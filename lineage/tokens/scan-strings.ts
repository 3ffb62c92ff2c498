import { WIDE_LETTER } from './characters.ts'
import { PRIME_A, PRIME_B, SEED_A, SEED_B } from './hash.ts'
import { addHashed, addToken, codeAt, problem, type Scan } from './scan.ts'
import { TOKEN } from './tokens.ts'

const QUOTE = 39
const DOUBLE_QUOTE = 34
const BACKSLASH = 92
const DOLLAR = 36
const CLOSE_BRACKET = 93

/** Offset just past the string whose text begins at `start` and is closed by `quote`, or -1 if it never closes. A doubled quote is an escaped one. */
function endOfString(sql: string, start: number, quote: string, backslashes: boolean): number {
  const code = quote.charCodeAt(0)
  let at = start
  for (;;) {
    at = sql.indexOf(quote, at)
    if (at < 0) return -1
    if (backslashes && escaped(sql, start, at)) {
      at++
      continue
    }
    if (sql.charCodeAt(at + 1) !== code) return at + 1
    at += 2
  }
}

/** Whether an odd number of backslashes, none of them before `start`, stands before `at`. */
function escaped(sql: string, start: number, at: number): boolean {
  let i = at - 1
  while (i >= start && sql.charCodeAt(i) === BACKSLASH) i--
  return ((at - 1 - i) & 1) === 1
}

function endOfTriple(sql: string, start: number, triple: string): number {
  let at = start
  for (;;) {
    at = sql.indexOf(triple, at)
    if (at < 0) return -1
    if (!escaped(sql, start, at)) return at + 3
    at++
  }
}

/** `'…'` or a `"…"` that is a string, opening at `scan.at`; `from` is where its prefix starts. */
export function scanString(scan: Scan, from: number, backslashes: boolean): void {
  const { sql, dialect } = scan
  const start = scan.at
  const quote = codeAt(scan, start) === QUOTE ? "'" : '"'
  const triple = quote === "'" ? "'''" : '"""'
  const end =
    dialect.lexical.tripleQuotes && sql.startsWith(triple, start)
      ? endOfTriple(sql, start + 3, triple)
      : endOfString(sql, start + 1, quote, backslashes)
  closeString(scan, from, end)
}

function closeString(scan: Scan, from: number, end: number): void {
  if (end < 0) problem(scan, 'SQL_UNTERMINATED_STRING', 'a string is not closed', from, scan.sql.length)
  scan.at = end < 0 ? scan.sql.length : end
  addToken(scan, TOKEN.string, from, 0)
}

const CLOSING: Readonly<Record<string, string>> = { '[': ']', '(': ')', '{': '}', '<': '>' }

/** Oracle's q'[…]': closed by the partner of its first character and a quote. */
export function scanQuoteOperator(scan: Scan, from: number): void {
  const open = scan.sql.charAt(scan.at + 1)
  const close = `${CLOSING[open] ?? open}'`
  const end = scan.sql.indexOf(close, scan.at + 2)
  closeString(scan, from, end < 0 ? -1 : end + 2)
}

/** `$$…$$` or `$tag$…$tag$` at `scan.at`; false if there is none. */
export function scanDollarString(scan: Scan): boolean {
  const { sql } = scan
  const from = scan.at
  let at = from + 1
  if (scan.dialect.lexical.dollarQuotes === 'tagged') while (isTagCharacter(codeAt(scan, at))) at++
  if (codeAt(scan, at) !== DOLLAR || scan.dialect.lexical.dollarQuotes === 'none') return false
  if (at > from + 1 && isDigit(codeAt(scan, from + 1))) return false
  const tag = sql.slice(from, at + 1)
  const end = sql.indexOf(tag, at + 1)
  closeString(scan, from, end < 0 ? -1 : end + tag.length)
  return true
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function isTagCharacter(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95 || code >= 128
}

/** A quoted name at `scan.at`: `"a"`, `` `a` ``, `[a]`, the closing character doubled where it is part of the name. */
export function scanQuotedName(scan: Scan, from: number): void {
  const { sql } = scan
  const open = codeAt(scan, scan.at)
  const close = open === 91 ? CLOSE_BRACKET : open
  let a = SEED_A ^ DOUBLE_QUOTE
  let b = SEED_B
  let at = scan.at + 1
  for (; at < sql.length; at++) {
    const seen = codeAt(scan, at)
    const code = seen < WIDE_LETTER ? seen : sql.charCodeAt(at)
    if (code === close) {
      if (codeAt(scan, at + 1) !== close) break
      at++
    }
    a = Math.imul(a ^ code, PRIME_A)
    b = Math.imul(b ^ code, PRIME_B)
  }
  if (at >= sql.length) problem(scan, 'SQL_UNTERMINATED_NAME', 'a quoted name is not closed', from, sql.length)
  scan.at = Math.min(at + 1, sql.length)
  addHashed(scan, TOKEN.quoted, from, 0, a, b)
}
