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
} as const

/**
 * The tokens of one text, as columns: token i is sql[starts[i], ends[i]). `words[i]` is the id of a known word or operator
 * (see words.ts), 0 for any other. `hashes` are 2 x 32 bits over the token's folded text. `count` tokens, then one `end` token.
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
}
