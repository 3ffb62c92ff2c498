import type { Dialect } from '../dialects/dialect.ts'
import type { DiagnosticCode } from '../tree.ts'
import { IS_NOTABLE } from './actions.ts'
import { FIELDS, kindIn } from './cells.ts'
import { LITERAL_A, LITERAL_B } from './hash.ts'
import { growTokens, TOKEN, type Tokens } from './tokens.ts'

const { CELL, END, HASH_A, HASH_B, KIND_SHIFT, LINE_SHIFT, NOTE, START, TRAITS } = FIELDS

/** The state of one tokenizing. `at` is the offset of the next character to look at. */
export interface Scan {
  readonly sql: string
  /** The text's characters (see `loadText`), with zeros behind them: looking a little ahead needs no check. */
  readonly codes: Uint8Array
  readonly dialect: Dialect
  /** The case of names counts: they are hashed as written. */
  readonly exact: boolean
  readonly tokens: Tokens
  at: number
  newline: 0 | 1
  /** How many brackets are open; their tokens are in `tokens.open`. */
  depth: number
  /** Inside an executable comment: its closing is a blank. */
  executable: boolean
  /** No closing of a template was found from an earlier place: none will be from here. Keeps the search linear. */
  templatesEnd: boolean
  /** Blocks of templates whose end was not found: after a few it is not looked for any more, for the same reason. */
  openBlocks: number
}

/** The character at `at`, those beyond ASCII as `WIDE_LETTER` or `WIDE_BLANK`; 0 at and behind the end. */
export function codeAt(scan: Scan, at: number): number {
  return scan.codes[at] as number
}

/** Adds the token [from, to). Parameters one by one: an object a token would be garbage a token. */
export function addRange(scan: Scan, kind: number, from: number, to: number, word: number, a: number, b: number): void {
  const tokens = scan.tokens
  const index = tokens.count
  if ((index + 2) * CELL > tokens.cells.length) growTokens(tokens)
  const { cells } = tokens
  const cell = index * CELL
  cells[cell + START] = from
  cells[cell + END] = to
  cells[cell + HASH_A] = a
  cells[cell + HASH_B] = b
  cells[cell + TRAITS] = word | (kind << KIND_SHIFT) | (scan.newline << LINE_SHIFT)
  cells[tokens.noted * CELL + NOTE] = index
  if (IS_NOTABLE[word] === 1 || kind === TOKEN.string || kind === TOKEN.number) tokens.noted++
  scan.newline = 0
  tokens.count = index + 1
}

/** Adds the token [from, scan.at). */
export function addToken(scan: Scan, kind: number, from: number, word: number): void {
  addRange(scan, kind, from, scan.at, word, LITERAL_A, LITERAL_B)
}

export function addHashed(scan: Scan, kind: number, from: number, word: number, a: number, b: number): void {
  addRange(scan, kind, from, scan.at, word, a, b)
}

/** Beyond these a text is noise; one more message would say nothing. */
const MAX_PROBLEMS = 50

export function problem(scan: Scan, code: DiagnosticCode, message: string, from: number, to: number): void {
  if (scan.tokens.problems.length < MAX_PROBLEMS) scan.tokens.problems.push({ code, message, from, to })
}

/** Whether the token before touches `at` and is something that has a value or a name: `a:b` is a path, `a.1` a part, not `:b`, not `.1`. */
export function afterOperand(scan: Scan): boolean {
  const tokens = scan.tokens
  const last = (tokens.count - 1) * CELL
  if (last < 0 || tokens.cells[last + END] !== scan.at) return false
  if (kindIn(tokens.cells, last) !== TOKEN.operator) return true
  const code = scan.codes[scan.at - 1]
  return code === CLOSE_PAREN || code === CLOSE_BRACKET || code === CLOSE_BRACE
}

const CLOSE_PAREN = 41
const CLOSE_BRACKET = 93
const CLOSE_BRACE = 125
