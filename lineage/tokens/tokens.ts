import type { Diagnostic } from '../tree.ts'

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
  /** What marks.ts says of each token; only valid after `markTokens`. */
  marks: Uint8Array
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
    marks: new Uint8Array(capacity),
    problems: [],
  }
}

/** Doubles the buffers; what they hold stays. */
export function growTokens(tokens: Tokens): void {
  const old = { ...tokens }
  Object.assign(tokens, createTokens(old.kinds.length * 2), { sql: old.sql, count: old.count, problems: old.problems })
  tokens.kinds.set(old.kinds)
  tokens.starts.set(old.starts)
  tokens.ends.set(old.ends)
  tokens.words.set(old.words)
  tokens.hashes.set(old.hashes)
  tokens.lineStarts.set(old.lineStarts)
  tokens.closers.set(old.closers)
}
