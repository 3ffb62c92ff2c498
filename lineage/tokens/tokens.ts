import type { Diagnostic } from '../tree.ts'
import { FIELDS } from './cells.ts'
import { isWideSpace, WIDE_BLANK, WIDE_LETTER } from './characters.ts'
import { createLevels, type Levels } from './levels.ts'
import { WORDS } from './words.ts'

const { CELL, CELL_SHIFT, CLOSER, END, KIND_BITS, KIND_SHIFT, LINE_SHIFT, START, TRAITS, WORD_BITS } = FIELDS

/** Kinds of tokens. Words are unquoted names and keywords; which of the two only the grammar can say. */
export const TOKEN = {
  end: 0,
  word: 1,
  /** "a", `a`, [a] */
  quoted: 2,
  string: 3,
  number: 4,
  /** punctuation and operators */
  operator: 5,
  /** ?, :x, @x, @@x, $x, $1, %s, ${x} */
  parameter: 6,
  /** {{ … }}; {% … %} and {# … #} are skipped like comments */
  template: 7,
  /** @stage/path */
  stage: 8,
} as const

/**
 * The tokens of one text, as columns: token i is sql[starts[i], ends[i]). `words[i]` is the id of a known word or operator
 * (see words.ts), 0 for any other. `count` tokens, then one `end` token. Buffers are reused by the next text.
 */
export interface Tokens {
  sql: string
  count: number
  kinds: Uint8Array
  starts: Int32Array
  ends: Int32Array
  words: Uint16Array
  /** A line break stands before token i (T-SQL `GO`, BTEQ, sqlcmd and psql lines need it). */
  lineStarts: Uint8Array
  /** For `(`, `[` and `{`: the index of the token that closes it, or `count` if none does. Else 0. */
  closers: Int32Array
  /** The same and more while they are cut and marked: see cells.ts. The columns are only filled for who reads the text. */
  cells: Int32Array
  /** How many tokens are noted for marks.ts. */
  noted: number
  /** The open brackets while tokens are cut. */
  open: Int32Array
  readonly levels: Levels
  /** The text's characters as the tokenizer sees them, and zeros behind them: see `loadText`. */
  codes: Uint8Array
  problems: Diagnostic[]
}

/** Empty buffers for `tokenize`. */
export function createTokens(capacity = 1024): Tokens {
  return {
    sql: '',
    count: 0,
    ...columns(capacity),
    cells: new Int32Array(capacity * CELL),
    noted: 0,
    open: new Int32Array(capacity),
    levels: createLevels(),
    codes: new Uint8Array(capacity * 4),
    problems: [],
  }
}

function columns(capacity: number): Pick<Tokens, 'kinds' | 'starts' | 'ends' | 'words' | 'lineStarts' | 'closers'> {
  return {
    kinds: new Uint8Array(capacity),
    starts: new Int32Array(capacity),
    ends: new Int32Array(capacity),
    words: new Uint16Array(capacity),
    lineStarts: new Uint8Array(capacity),
    closers: new Int32Array(capacity),
  }
}

/** Doubles the room for tokens that are being cut. */
export function growTokens(tokens: Tokens): void {
  const { cells, open } = tokens
  tokens.cells = new Int32Array(cells.length * 2)
  tokens.cells.set(cells)
  tokens.open = new Int32Array(open.length * 2)
  tokens.open.set(open)
}

const IS_OPENING: Readonly<Uint8Array> = Uint8Array.from(WORDS, (word) => (word === '(' || word === '[' || word === '{' ? 1 : 0))

/** Fills the columns from the cells, the end token too. */
export function fillColumns(tokens: Tokens): void {
  const { cells, count } = tokens
  if (tokens.kinds.length <= count) Object.assign(tokens, columns(cells.length >> CELL_SHIFT))
  const { kinds, starts, ends, words, lineStarts, closers } = tokens
  for (let i = 0; i <= count; i++) {
    const cell = i << CELL_SHIFT
    const traits = cells[cell + TRAITS] as number
    kinds[i] = (traits >> KIND_SHIFT) & KIND_BITS
    starts[i] = cells[cell + START] as number
    ends[i] = cells[cell + END] as number
    words[i] = traits & WORD_BITS
    lineStarts[i] = (traits >> LINE_SHIFT) & 1
    closers[i] = IS_OPENING[traits & WORD_BITS] === 1 ? (cells[cell + CLOSER] as number) : 0
  }
}

/** Rules look at most so many characters ahead: as many zeros stand behind the text. */
const LOOKAHEAD = 8
const encoder = new TextEncoder()

/**
 * Takes the text in as an array of bytes: reading them there costs half of `charCodeAt` (1.2 against 2.6 ns a character in the
 * loop over words, Node 24, EPYC). Beyond ASCII it matters only whether a character is a letter or a blank; who needs to
 * know which looks into the text.
 */
export function loadText(tokens: Tokens, sql: string): void {
  const { length } = sql
  if (tokens.codes.length < length + LOOKAHEAD) tokens.codes = new Uint8Array(length * 2 + LOOKAHEAD)
  const { codes } = tokens
  const { read, written } = encoder.encodeInto(sql, codes)
  if (read !== length || written !== length) loadWide(codes, sql)
  codes.fill(0, length, length + LOOKAHEAD)
  tokens.sql = sql
}

function loadWide(codes: Uint8Array, sql: string): void {
  const { length } = sql
  for (let i = 0; i < length; i++) {
    const code = sql.charCodeAt(i)
    codes[i] = code < WIDE_LETTER ? code : wideCode(code)
  }
}

function wideCode(code: number): number {
  return isWideSpace(code) ? WIDE_BLANK : WIDE_LETTER
}
