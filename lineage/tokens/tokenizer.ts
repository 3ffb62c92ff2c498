import type { Dialect } from '../dialects/dialect.ts'
import { closeAll, scanBracket } from './brackets.ts'
import { CLASS, isWideSpace } from './characters.ts'
import * as hash from './hash.ts'
import { operatorOf } from './operators.ts'
import { addRange, addToken, codeAt, type Scan } from './scan.ts'
import { scanOperator } from './scan-operators.ts'
import { scanAt, scanBrace, scanColon, scanDollar, scanPercent, scanQuestion } from './scan-parameters.ts'
import { scanQuotedName, scanString } from './scan-strings.ts'
import { skipComment, skipLine } from './scan-trivia.ts'
import { LONGEST_PREFIX, scanNumber, scanPrefixed, scanWord, startsNumber } from './scan-words.ts'
import { createTokens, loadText, TOKEN, type Tokens } from './tokens.ts'

// Constants of this module: V8 looks up a binding of another module each time it is used, which the hot loop feels (124 against 160 MB/s).
const { PRIME_A, PRIME_B, SEED_A, SEED_B, WORD_HASH_A, WORD_HASH_B } = hash
const { space: SPACE, word: WORD, single: SINGLE, dot: DOT, other: OTHER } = CLASS
const { word: WORD_TOKEN, operator: OPERATOR_TOKEN } = TOKEN

/**
 * Cuts a text into tokens. Always returns: what is not closed goes to the end of the text, with a problem that says so.
 * Linear in the length of the text; `into` takes buffers to reuse.
 */
export function tokenize(sql: string, dialect: Dialect, into: Tokens = createTokens()): Tokens {
  const scan = startScan(sql, dialect, into)
  scanAll(scan)
  scan.at = sql.length
  addToken(scan, TOKEN.end, sql.length, 0)
  into.count--
  closeAll(scan)
  return into
}

function startScan(sql: string, dialect: Dialect, into: Tokens): Scan {
  loadText(into, sql)
  into.count = 0
  into.problems = []
  const exact = dialect.resolution.tables.unquoted === 'exact'
  return { sql, codes: into.codes, dialect, exact, tokens: into, at: 0, newline: 1, depth: 0, executable: false, templatesEnd: false }
}

/**
 * The hot loop: words and plain punctuation are three quarters of all tokens and are cut here, all else by its own rule. The place is a
 * local variable and there is one call that adds a token, so that V8 inlines it: split into functions the loop took half as long again.
 */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: see above
function scanAll(scan: Scan): void {
  const { codes, dialect } = scan
  const { characters, folded } = dialect
  const { length } = scan.sql
  let at = 0
  while (at < length) {
    const from = at
    const code = codes[at] as number
    const kind = code < 128 ? (characters[code] as number) : OTHER
    let id = 0
    let a = SEED_A
    let b = SEED_B
    if (kind === SPACE) {
      at++
      continue
    }
    if (kind === WORD) {
      for (; ; at++) {
        let next = codes[at] as number
        if (next < 128) {
          next = folded[next] as number
          if (next === 0) break
        } else if (isWideSpace(next)) break
        a = Math.imul(a ^ next, PRIME_A)
        b = Math.imul(b ^ next, PRIME_B)
      }
      if (at - from <= LONGEST_PREFIX && scanPrefixed(scan, from, at)) {
        at = scan.at
        continue
      }
      id = hash.knownWord(a, b)
      if (id === 0 && scan.exact) {
        a = hash.hashA(scan.sql, from, at)
        b = hash.hashB(scan.sql, from, at)
      }
    } else if (kind === SINGLE || (kind === DOT && characters[codes[at + 1] as number] === WORD)) {
      at++
      id = operatorOf(code)
      a = WORD_HASH_A[id] as number
      b = WORD_HASH_B[id] as number
    } else {
      // whatever a rule does, the text is left in the end
      scan.at = at
      scanOther(scan, kind, code)
      at = Math.max(scan.at, at + 1)
      continue
    }
    addRange(scan, kind === WORD ? WORD_TOKEN : OPERATOR_TOKEN, from, at, id, a, b)
  }
}

function scanOther(scan: Scan, kind: number, code: number): void {
  switch (kind) {
    case CLASS.bracket:
      scan.at = scanBracket(scan, scan.at, code)
      return
    case CLASS.newline:
      scan.newline = 1
      return
    case CLASS.operator:
      scanOperator(scan)
      return
    case CLASS.digit:
      scanNumber(scan, scan.at)
      return
    case CLASS.quote:
      scanString(scan, scan.at, scan.dialect.lexical.backslashEscapes)
      return
    case CLASS.dot:
      if (startsNumber(scan)) scanNumber(scan, scan.at)
      else scanOperator(scan)
      return
    case CLASS.dash:
      scanDash(scan)
      return
    case CLASS.other:
      scanNonAscii(scan, code)
      return
    default:
      scanRare(scan, kind)
  }
}

function scanRare(scan: Scan, kind: number): void {
  switch (kind) {
    case CLASS.doubleQuote:
      if (scan.dialect.lexical.doubleQuotedStrings) scanString(scan, scan.at, scan.dialect.lexical.backslashEscapes)
      else scanQuotedName(scan, scan.at)
      return
    case CLASS.nameQuote:
    case CLASS.bracketQuote:
      scanQuotedName(scan, scan.at)
      return
    case CLASS.slash:
      scanSlash(scan)
      return
    case CLASS.hash:
      scanHash(scan)
      return
    case CLASS.dollar:
      scanDollar(scan)
      return
    case CLASS.at:
      scanAt(scan)
      return
    case CLASS.colon:
      scanColon(scan)
      return
    case CLASS.question:
      scanQuestion(scan)
      return
    case CLASS.percent:
      scanPercent(scan)
      return
    default:
      scanBrace(scan)
  }
}

/** `--` opens a comment (in MySQL only before a blank). */
function scanDash(scan: Scan): void {
  const { at } = scan
  const comment = codeAt(scan, at + 1) === DASH && !(scan.dialect.lexical.dashNeedsBlank && codeAt(scan, at + 2) > 32)
  if (comment) skipLine(scan)
  else scanOperator(scan)
}

/** `/*` and `//` open comments; the `//` of an unquoted `file://path` does not. */
function scanSlash(scan: Scan): void {
  const second = codeAt(scan, scan.at + 1)
  if (second === STAR) skipComment(scan)
  else if (second === SLASH && scan.dialect.lexical.slashComments && codeAt(scan, scan.at - 1) !== COLON) skipLine(scan)
  else scanOperator(scan)
}

/** `#` opens a comment, a name (`#t`), or is an operator. */
function scanHash(scan: Scan): void {
  const { lexical } = scan.dialect
  if (lexical.hashComments) skipLine(scan)
  else if (lexical.hashNames && codeAt(scan, scan.at + 1) > 32) scan.at = scanWord(scan, scan.at)
  else scanOperator(scan)
}

function scanNonAscii(scan: Scan, code: number): void {
  if (isWideSpace(code)) scan.at++
  else if (code >= 128) scan.at = scanWord(scan, scan.at)
  else scanOperator(scan)
}

const DASH = 45
const STAR = 42
const SLASH = 47
const COLON = 58
