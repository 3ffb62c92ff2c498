import type { Dialect } from '../dialects/dialect.ts'
import { closeAll, scanBracket } from './brackets.ts'
import { FIELDS } from './cells.ts'
import { CLASS, WIDE_BLANK, WIDE_LETTER } from './characters.ts'
import { addToken, codeAt, type Scan } from './scan.ts'
import { scanOperator } from './scan-operators.ts'
import { scanAt, scanBrace, scanColon, scanDollar, scanPercent, scanQuestion } from './scan-parameters.ts'
import { scanPlain } from './scan-plain.ts'
import { scanQuotedName, scanString } from './scan-strings.ts'
import { skipComment, skipLine } from './scan-trivia.ts'
import { scanLetters, scanNumber, scanWord, startsNumber } from './scan-words.ts'
import { createTokens, fillColumns, growTokens, loadText, TOKEN, type Tokens } from './tokens.ts'

const { CELL } = FIELDS

/**
 * Cuts a text into tokens. Always returns: what is not closed goes to the end of the text, with a problem that says so.
 * Linear in the length of the text; `into` takes buffers to reuse.
 */
export function tokenize(sql: string, dialect: Dialect, into: Tokens = createTokens()): Tokens {
  cutTokens(sql, dialect, into)
  fillColumns(into)
  return into
}

/** The same without the columns, for who marks and hashes tokens and does not read them. */
export function cutTokens(sql: string, dialect: Dialect, into: Tokens): Tokens {
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
  into.noted = 0
  into.problems = []
  const exact = dialect.resolution.tables.unquoted === 'exact'
  return {
    sql,
    codes: into.codes,
    dialect,
    exact,
    tokens: into,
    at: 0,
    newline: 1,
    depth: 0,
    executable: false,
    templatesEnd: false,
    openBlocks: 0,
  }
}

/** Plain tokens in one go, then one that has a rule of its own, until the text is left: whatever a rule does, it moves on. */
function scanAll(scan: Scan): void {
  const { tokens, codes } = scan
  const { characters } = scan.dialect
  const { length } = scan.sql
  for (;;) {
    scanPlain(scan)
    const { at } = scan
    if (at >= length) return
    const code = codes[at] as number
    if ((tokens.count + 2) * CELL > tokens.cells.length) growTokens(tokens)
    else {
      scanOther(scan, characters[code] as number, code)
      scan.at = Math.max(scan.at, at + 1)
    }
  }
}

function scanOther(scan: Scan, kind: number, code: number): void {
  switch (kind) {
    case CLASS.bracket:
      scan.at = scanBracket(scan, scan.at, code)
      return
    case CLASS.word:
      scanLetters(scan, scan.at)
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

const MORE = 62

/** `#` opens a comment, a name (`#t`), or is an operator. */
function scanHash(scan: Scan): void {
  const { lexical } = scan.dialect
  // `#>` takes a path of JSON, where a string in double quotes does not mark a dialect of other operators
  const path = codeAt(scan, scan.at + 1) === MORE && !lexical.doubleQuotedStrings
  if (lexical.hashComments && !path) skipLine(scan)
  else if (lexical.hashNames && codeAt(scan, scan.at + 1) > 32) scan.at = scanWord(scan, scan.at)
  else scanOperator(scan)
}

function scanNonAscii(scan: Scan, code: number): void {
  if (code === WIDE_BLANK) scan.at++
  else if (code === WIDE_LETTER) scan.at = scanWord(scan, scan.at)
  else scanOperator(scan)
}

const DASH = 45
const STAR = 42
const SLASH = 47
const COLON = 58
