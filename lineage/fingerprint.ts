import type { Dialect } from './dialects/dialect.ts'
import { MARK, markTokens } from './marks.ts'
import { FIELDS, kindIn, markIn } from './tokens/cells.ts'
import { hashA, hashB } from './tokens/hash.ts'
import { cutTokens } from './tokens/tokenizer.ts'
import { createTokens, TOKEN, type Tokens } from './tokens/tokens.ts'

const { CELL, END, HASH_A, HASH_B, START } = FIELDS

export interface FingerprintOptions {
  /** Dates and UUIDs in names don't count: `events_20240131` and `events_20240201` are one. */
  readonly foldDates?: boolean
}

/**
 * 64 bits, in hexadecimal, over what a text does: texts that differ only in literals, comments, blanks, the case of keywords and
 * unquoted names, or the length of IN lists and VALUES have one fingerprint. What counts is said by marks.ts.
 */
export function fingerprint(sql: string, dialect: Dialect, options: FingerprintOptions = {}, buffers: Tokens = createTokens()): string {
  const tokens = cutTokens(sql, dialect, buffers)
  markTokens(tokens, dialect)
  if (options.foldDates === true) foldNames(tokens)
  return mixed(tokens)
}

// Constants of this module: see scan-plain.ts.
const DROP = MARK.drop
const MIX_A = 0x9e3779b1 | 0
const MIX_B = 0x85ebca6b | 0

/** Two chains of 32 bits over the hashes of all tokens that count. */
function mixed(tokens: Tokens): string {
  const { cells } = tokens
  const end = tokens.count * CELL
  let a = 0
  let b = 0
  for (let cell = 0; cell < end; cell += CELL) {
    if (markIn(cells, cell) === DROP) continue
    a = Math.imul(a ^ (cells[cell | HASH_A] as number), MIX_A)
    a ^= a >>> 15
    b = Math.imul(b ^ (cells[cell | HASH_B] as number), MIX_B)
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

function foldNames(tokens: Tokens): void {
  const { cells, count, sql } = tokens
  for (let cell = 0; cell < count * CELL; cell += CELL) {
    const kind = kindIn(cells, cell)
    if ((kind !== TOKEN.word && kind !== TOKEN.quoted) || markIn(cells, cell) !== MARK.keep) continue
    const folded = foldDates(sql.slice(cells[cell + START], cells[cell + END]))
    if (folded === null) continue
    cells[cell + HASH_A] = hashA(folded, 0, folded.length)
    cells[cell + HASH_B] = hashB(folded, 0, folded.length)
  }
}

function foldDates(name: string): string | null {
  if (name.length < SHORTEST_DATE) return null
  const folded = name.replace(DATED, '#')
  return folded === name ? null : folded.toLowerCase()
}

const SHORTEST_DATE = 6
