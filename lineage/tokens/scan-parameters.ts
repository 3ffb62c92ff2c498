import { scanBracket } from './brackets.ts'
import { FIELDS, kindIn } from './cells.ts'
import { hashA, hashB } from './hash.ts'
import { addHashed, addToken, afterOperand, codeAt, type Scan } from './scan.ts'
import { scanOperator } from './scan-operators.ts'
import { scanDollarString } from './scan-strings.ts'
import { skipTemplateTag } from './scan-trivia.ts'
import { TOKEN } from './tokens.ts'
import { wordId } from './words.ts'

const { CELL, END } = FIELDS

const QUESTION: number = wordId('?')
const AT = 64
const DOLLAR = 36
const NEWLINE = 10
const COLON = 58
const OPEN_BRACE = 123
const OPEN_PAREN = 40
const CLOSE_PAREN = 41
const CLOSE_BRACE = 125
const PERCENT = 37
const SMALL_S = 115

/** Names of parameters are no longer than this. */
const NEAR = 200

function indexNear(scan: Scan, code: number, from: number): number {
  const end = Math.min(scan.sql.length, from + NEAR)
  for (let at = from + 2; at < end; at++) {
    const found = codeAt(scan, at)
    if (found === code) return at
    if (found === DOLLAR || found === NEWLINE) return -1
  }
  return -1
}

/** Past the letters, digits and `_ $ #` from `at`. */
function endOfName(scan: Scan, start: number): number {
  let at = start
  while (at < scan.sql.length) {
    const code = codeAt(scan, at)
    if (code < 128 && scan.dialect.folded[code] === 0 && code !== 36) break
    at++
  }
  return at
}

/** Adds a parameter with the hash of its text: which one it is counts. */
function addParameter(scan: Scan, end: number, kind: number = TOKEN.parameter): void {
  const from = scan.at
  scan.at = end
  addHashed(scan, kind, from, 0, hashA(scan.sql, from, end), hashB(scan.sql, from, end))
}

/** `?`, `?1`; `?|` and `?&` are operators. */
export function scanQuestion(scan: Scan): void {
  const next = codeAt(scan, scan.at + 1)
  if (next === 124 || next === 38) {
    scanOperator(scan)
    return
  }
  const from = scan.at
  scan.at++
  while (codeAt(scan, scan.at) >= 48 && codeAt(scan, scan.at) <= 57) scan.at++
  addToken(scan, TOKEN.parameter, from, QUESTION)
}

/** `:name`, `:1`; behind an operand the colon is an operator (path, slice, map entry). `::` and `:=` are operators. */
export function scanColon(scan: Scan): void {
  const end = endOfName(scan, scan.at + 1)
  const next = codeAt(scan, scan.at + 1)
  if (next === COLON || end === scan.at + 1 || afterOperand(scan)) scanOperator(scan)
  else addParameter(scan, end)
}

/** `$$…$$`, `$1`, `$name`, `${name}`, `$(name)` of sqlcmd. */
export function scanDollar(scan: Scan): void {
  const { at } = scan
  const next = codeAt(scan, at + 1)
  if (next === OPEN_BRACE || next === OPEN_PAREN) {
    const close = indexNear(scan, next === OPEN_BRACE ? CLOSE_BRACE : CLOSE_PAREN, at)
    if (close > 0) addParameter(scan, close + 1)
    else scanOperator(scan)
    return
  }
  if (scanDollarString(scan)) return
  const end = endOfName(scan, at + 1)
  if (end === at + 1) scanOperator(scan)
  else addParameter(scan, end)
}

/** `@x`, `@@x`, a stage, or an operator; behind a word it is the operator of `t@v3` and `t@link`. */
export function scanAt(scan: Scan): void {
  const mode = scan.dialect.lexical.at
  if (mode === 'operator' || (afterOperand(scan) && mode !== 'stage')) {
    scanOperator(scan)
    return
  }
  if (mode === 'stage') {
    addParameter(scan, endOfStage(scan), TOKEN.stage)
    return
  }
  const start = codeAt(scan, scan.at + 1) === AT ? scan.at + 2 : scan.at + 1
  const quote = scan.sql.charAt(start)
  if (quote === '`' || quote === "'" || quote === '"') {
    const close = scan.sql.indexOf(quote, start + 1)
    addParameter(scan, close < 0 ? scan.sql.length : close + 1)
    return
  }
  const end = endOfName(scan, start)
  if (end === start) scanOperator(scan)
  else addParameter(scan, end)
}

/** Past a stage: up to a blank or one of `, ; ( ) '`; quoted names in it may hold those. */
function endOfStage(scan: Scan): number {
  const { sql } = scan
  let at = scan.at + 1
  while (at < sql.length) {
    const code = codeAt(scan, at)
    if (code === 34) {
      const close = sql.indexOf('"', at + 1)
      if (close < 0) return sql.length
      at = close
    } else if (code <= 32 || code === 44 || code === 59 || code === 40 || code === 41 || code === 39) break
    at++
  }
  return at
}

/** `%s`, `%(name)s` where an operand would be; else the modulo operator. */
export function scanPercent(scan: Scan): void {
  const { at } = scan
  const open = codeAt(scan, at + 1) === OPEN_PAREN
  const letter = open ? indexNear(scan, CLOSE_PAREN, at) + 1 : at + 1
  const free = at === 0 || !afterOperand(scan)
  const ends = codeAt(scan, letter) === SMALL_S && endOfName(scan, letter) === letter + 1
  if (free && ends && letter > 0 && codeAt(scan, at + 1) !== PERCENT) addParameter(scan, letter + 1)
  else scanOperator(scan)
}

/** `db_${env}`: the `$` was taken for the end of the word before. */
function splitSubstitution(scan: Scan): boolean {
  const { at, tokens } = scan
  const last = (tokens.count - 1) * CELL
  const close = indexNear(scan, CLOSE_BRACE, at - 1)
  if (close < 0 || last < 0 || kindIn(tokens.cells, last) !== TOKEN.word || tokens.cells[last + END] !== at) return false
  tokens.cells[last + END] = at - 1
  scan.at = at - 1
  addParameter(scan, close + 1)
  return true
}

/** `{{ … }}` is one token, `{% … %}` and `{# … #}` nothing; else `{` is an operator. */
export function scanBrace(scan: Scan): void {
  const { sql, at } = scan
  if (at > 0 && codeAt(scan, at - 1) === DOLLAR && splitSubstitution(scan)) return
  if (codeAt(scan, at + 1) === OPEN_BRACE && !scan.templatesEnd) {
    const close = sql.indexOf('}}', at + 2)
    if (close > 0) {
      // `{{ "," if not loop.last }}` gives nothing in the last round of a loop, the one that is read
      if (/\bnot\s+loop\.last\b/.test(sql.slice(at, close))) scan.at = close + 2
      else addParameter(scan, close + 2, TOKEN.template)
      return
    }
    scan.templatesEnd = true
  }
  if (!skipTemplateTag(scan)) scan.at = scanBracket(scan, at, OPEN_BRACE)
}
