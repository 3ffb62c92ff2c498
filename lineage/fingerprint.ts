import type { Dialect } from './dialects/dialect.ts'
import { MARK, markTokens } from './marks.ts'
import { hashA, hashB } from './tokens/hash.ts'
import { tokenize } from './tokens/tokenizer.ts'
import { createTokens, TOKEN, type Tokens } from './tokens/tokens.ts'

export interface FingerprintOptions {
  /** Dates and UUIDs in names don't count: `events_20240131` and `events_20240201` are one. */
  readonly foldDates?: boolean
}

/**
 * 64 bits, in hexadecimal, over what a text does: texts that differ only in literals, comments, blanks, the case of keywords and
 * unquoted names, or the length of IN lists and VALUES have one fingerprint. What counts is said by marks.ts.
 */
export function fingerprint(sql: string, dialect: Dialect, options: FingerprintOptions = {}, buffers: Tokens = createTokens()): string {
  return fingerprintTokens(tokenize(sql, dialect, buffers), dialect, options)
}

// Constants of this module, as in tokenizer.ts.
const { keep: KEEP, drop: DROP } = MARK
const { string: STRING, number: NUMBER, word: WORD, quoted: QUOTED } = TOKEN
const MIX_A = 0x9e3779b1 | 0
const MIX_B = 0x85ebca6b | 0
/** What a masked literal is hashed as. */
const LITERAL_A = 0x2545f491
const LITERAL_B = 0x632be59b

/** The same of tokens that are there already; fills their marks. */
export function fingerprintTokens(tokens: Tokens, dialect: Dialect, options: FingerprintOptions = {}): string {
  markTokens(tokens, dialect)
  const { count, kinds, marks, hashes } = tokens
  const folds = options.foldDates === true
  let a = 0
  let b = 0
  for (let i = 0; i < count; i++) {
    const mark = marks[i]
    if (mark === DROP) continue
    let tokenA = LITERAL_A
    let tokenB = LITERAL_B
    if (mark === KEEP) {
      const kind = kinds[i] as number
      tokenA = hashes[i * 2] as number
      tokenB = hashes[i * 2 + 1] as number
      if (kind === STRING || kind === NUMBER) {
        tokenA = hashA(tokens.sql, tokens.starts[i] as number, tokens.ends[i] as number)
        tokenB = hashB(tokens.sql, tokens.starts[i] as number, tokens.ends[i] as number)
      } else if (folds && (kind === WORD || kind === QUOTED)) {
        const folded = foldDates(tokens, i)
        if (folded !== null) {
          tokenA = hashA(folded, 0, folded.length)
          tokenB = hashB(folded, 0, folded.length)
        }
      }
    }
    a = Math.imul(a ^ tokenA, MIX_A)
    a ^= a >>> 15
    b = Math.imul(b ^ tokenB, MIX_B)
    b ^= b >>> 13
  }
  return hex(a, b)
}

const DIGITS: Readonly<Uint8Array> = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))

function digit(value: number, shift: number): number {
  return DIGITS[(value >>> shift) & 15] as number
}

/** Sixteen hexadecimal digits in one call: with toString and padStart a fingerprint took as long to write down as to compute (650 against 80 ns). */
function hex(a: number, b: number): string {
  // biome-ignore format: digit by digit
  return String.fromCharCode(
    digit(a, 28), digit(a, 24), digit(a, 20), digit(a, 16), digit(a, 12), digit(a, 8), digit(a, 4), digit(a, 0),
    digit(b, 28), digit(b, 24), digit(b, 20), digit(b, 16), digit(b, 12), digit(b, 8), digit(b, 4), digit(b, 0),
  )
}

/** Dates with and without separators, long numbers, and UUIDs, in a name. */
const DATED = /\d{4}[_-]\d{2}(?:[_-]\d{2})?(?!\d)|[0-9a-f]{8}(?:[_-]?[0-9a-f]{4}){3}[_-]?[0-9a-f]{12}|\d{6,}/gi

function foldDates(tokens: Tokens, i: number): string | null {
  const from = tokens.starts[i] as number
  const to = tokens.ends[i] as number
  if (to - from < 6) return null
  const text = tokens.sql.slice(from, to)
  const folded = text.replace(DATED, '#')
  return folded === text ? null : folded.toLowerCase()
}
