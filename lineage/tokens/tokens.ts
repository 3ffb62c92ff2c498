import type { Diagnostic } from '../tree.ts'
import { createLevels, type Levels } from './levels.ts'

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
 * (see words.ts), 0 for any other. `hashes` are 2 x 32 bits over the folded text
 * of words, quoted names and operators; 0 for others. `count` tokens, then one `end` token.
 * Buffers are reused by the next `tokenize` into the same object.
 */
export interface Tokens {
  sql: string
  count: number
  kinds: Uint8Array
  starts: Int32Array
  ends: Int32Array
  words: Uint16Array
  hashes: Int32Array
  /** A line break stands before token i (T-SQL `GO`, BTEQ, sqlcmd and psql lines need it). */
  lineStarts: Uint8Array
  /** For `(`, `[` and `{`: the index of the token that closes it, or `count` if none does. Else 0. */
  closers: Int32Array
  /** The open brackets while tokens are cut. */
  open: Int32Array
  /** What marks.ts says of each token; only valid after `markTokens`. */
  marks: Uint8Array
  readonly levels: Levels
  /** The text as UTF-16 code units, and zeros behind it; `bytes` is where ASCII text is encoded on its way here. */
  codes: Uint16Array
  bytes: Uint8Array
  problems: Diagnostic[]
}

/** Empty buffers for `tokenize`. */
export function createTokens(capacity = 1024): Tokens {
  return {
    sql: '',
    count: 0,
    kinds: new Uint8Array(capacity),
    starts: new Int32Array(capacity),
    ends: new Int32Array(capacity),
    words: new Uint16Array(capacity),
    hashes: new Int32Array(capacity * 2),
    lineStarts: new Uint8Array(capacity),
    closers: new Int32Array(capacity),
    open: new Int32Array(capacity),
    marks: new Uint8Array(capacity),
    levels: createLevels(),
    codes: new Uint16Array(capacity * 4),
    bytes: new Uint8Array(capacity * 4),
    problems: [],
  }
}

/** Doubles the buffers of tokens; what they hold stays. */
export function growTokens(tokens: Tokens): void {
  const capacity = tokens.kinds.length * 2
  tokens.kinds = copied(new Uint8Array(capacity), tokens.kinds)
  tokens.starts = copied(new Int32Array(capacity), tokens.starts)
  tokens.ends = copied(new Int32Array(capacity), tokens.ends)
  tokens.words = copied(new Uint16Array(capacity), tokens.words)
  tokens.hashes = copied(new Int32Array(capacity * 2), tokens.hashes)
  tokens.lineStarts = copied(new Uint8Array(capacity), tokens.lineStarts)
  tokens.closers = copied(new Int32Array(capacity), tokens.closers)
  tokens.open = copied(new Int32Array(capacity), tokens.open)
  tokens.marks = new Uint8Array(capacity)
}

function copied<A extends Uint8Array | Uint16Array | Int32Array>(into: A, from: A): A {
  into.set(from)
  return into
}

/** Rules look at most so many characters ahead: as many zeros stand behind the text. */
const LOOKAHEAD = 8
const encoder = new TextEncoder()

/**
 * Takes the text in as an array of code units: reading them there costs half of `charCodeAt` (1.2 against 2.6 ns a character in the
 * loop over words, Node 24, EPYC). ASCII is copied natively; other texts unit by unit.
 */
export function loadText(tokens: Tokens, sql: string): void {
  const { length } = sql
  if (tokens.codes.length < length + LOOKAHEAD) {
    tokens.codes = new Uint16Array(length * 2)
    tokens.bytes = new Uint8Array(length * 2)
  }
  const { read, written } = encoder.encodeInto(sql, tokens.bytes)
  if (read === length && written === length) tokens.codes.set(tokens.bytes.subarray(0, length))
  else for (let i = 0; i < length; i++) tokens.codes[i] = sql.charCodeAt(i)
  tokens.codes.fill(0, length, length + LOOKAHEAD)
  tokens.sql = sql
}
