import type { Dialect } from '../dialects/dialect.ts'
import { linkBrackets } from './brackets.ts'
import { CLASS, isWideSpace } from './characters.ts'
import { addToken, type Scan } from './scan.ts'
import { scanOperator, scanSingle } from './scan-operators.ts'
import { scanAt, scanBrace, scanColon, scanDollar, scanPercent, scanQuestion } from './scan-parameters.ts'
import { scanQuotedName, scanString } from './scan-strings.ts'
import { skipComment, skipLine } from './scan-trivia.ts'
import { scanNumber, scanWord, startsNumber } from './scan-words.ts'
import { createTokens, TOKEN, type Tokens } from './tokens.ts'

/**
 * Cuts a text into tokens. Always returns: what is not closed goes to the end of the text, with a problem that says so.
 * Linear in the length of the text; `into` takes buffers to reuse.
 */
export function tokenize(sql: string, dialect: Dialect, into: Tokens = createTokens()): Tokens {
  into.sql = sql
  into.count = 0
  into.problems = []
  const scan: Scan = { sql, dialect, tokens: into, at: 0, newline: 1, executable: false, templatesEnd: false }
  const classes = dialect.characters
  const length = sql.length
  let at = 0
  while (at < length) {
    const code = sql.charCodeAt(at)
    const kind = code < 128 ? (classes[code] as number) : CLASS.other
    if (kind === CLASS.space) at++
    else if (kind === CLASS.word) at = scanWord(scan, at)
    else if (kind === CLASS.single || (kind === CLASS.dot && classes[sql.charCodeAt(at + 1)] === CLASS.word)) at = scanSingle(scan, at, code)
    else if (kind === CLASS.newline) {
      scan.newline = 1
      at++
    } else {
      scan.at = at
      scanOther(scan, kind, code)
      // whatever a rule does, the text is left in the end
      at = Math.max(scan.at, at + 1)
    }
  }
  scan.at = length
  addToken(scan, TOKEN.end, sql.length, 0)
  into.count--
  linkBrackets(into)
  return into
}

function scanOther(scan: Scan, kind: number, code: number): void {
  switch (kind) {
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
  const { sql, at } = scan
  const comment = sql.charCodeAt(at + 1) === DASH && !(scan.dialect.lexical.dashNeedsBlank && sql.charCodeAt(at + 2) > 32)
  if (comment) skipLine(scan)
  else scanOperator(scan)
}

/** `/*` and `//` open comments; the `//` of an unquoted `file://path` does not. */
function scanSlash(scan: Scan): void {
  const second = scan.sql.charCodeAt(scan.at + 1)
  if (second === STAR) skipComment(scan)
  else if (second === SLASH && scan.dialect.lexical.slashComments && scan.sql.charCodeAt(scan.at - 1) !== COLON) skipLine(scan)
  else scanOperator(scan)
}

/** `#` opens a comment, a name (`#t`), or is an operator. */
function scanHash(scan: Scan): void {
  const { lexical } = scan.dialect
  if (lexical.hashComments) skipLine(scan)
  else if (lexical.hashNames && scan.sql.charCodeAt(scan.at + 1) > 32) scan.at = scanWord(scan, scan.at)
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
