import * as brackets from './brackets.ts'
import { FIELDS } from './cells.ts'
import { CLASS } from './characters.ts'
import * as hash from './hash.ts'
import * as operators from './operators.ts'
import type { Scan } from './scan.ts'
import { TOKEN } from './tokens.ts'

// Constants of this module: see cells.ts.
const { PARTNERS } = brackets
const { PRIME_A, PRIME_B, SEED_A, SEED_B, LITERAL_A, LITERAL_B, SLOT_MASK, ID_MASK, NOTABLE, GOES_ON, WORD_SLOTS, WORD_HASHES } = hash
const { CLASS_BITS, FOLDED_BITS, OPERATOR_SHIFT, OPERATOR_BITS, NOTABLE_SHIFT, BLANK_SHIFT } = operators
const { CELL_SHIFT, START, END, HASH_A, HASH_B, TRAITS, CLOSER, NOTE, LINE_SHIFT, KIND_SHIFT, WORD_BITS } = FIELDS
const { other: OTHER, space: SPACE, newline: NEWLINE, word: WORD, digit: DIGIT, quote: QUOTE, doubleQuote: DOUBLE_QUOTE } = CLASS
const { operator: OPERATOR, dot: DOT, single: SINGLE, bracket: BRACKET } = CLASS
const WORD_TOKEN = TOKEN.word << KIND_SHIFT
const OPERATOR_TOKEN = TOKEN.operator << KIND_SHIFT
const NUMBER_TOKEN = TOKEN.number << KIND_SHIFT
const STRING_TOKEN = TOKEN.string << KIND_SHIFT
const POINT = 46
const APOSTROPHE = 39
const BACKSLASH = 92
const AMPERSAND = 38

/**
 * The hot loop: cuts words, punctuation, whole numbers and plain strings, nine tenths of all tokens, and stops at the first thing that
 * needs a rule, or that there is no room for. Long, since it lives from what it does not do: no call that V8 does not inline, no state
 * but local variables, no array more than it needs (2.6 us a record of 126 tokens, against 4.2 as a loop with calls and a column a field).
 */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: see above
export function scanPlain(scan: Scan): void {
  const { codes, tokens } = scan
  const { traits, folded } = scan.dialect
  const { cells, open } = tokens
  const exact = scan.exact === true
  const { length } = scan.sql
  const room = (cells.length >> CELL_SHIFT) - 1
  let { count, noted } = tokens
  let { at, depth } = scan
  let line = scan.newline << LINE_SHIFT
  while (at < length && count < room) {
    const code = codes[at] as number
    const trait = traits[code] as number
    const kind = trait & CLASS_BITS
    if (kind === SPACE || kind === NEWLINE) {
      if (kind === NEWLINE) line = 1 << LINE_SHIFT
      at = (at + 1) | 0
      continue
    }
    let end = (at + 1) | 0
    let behind = 0
    let token = 0
    let notable = 1
    let a = LITERAL_A
    let b = LITERAL_B
    if (kind === WORD) {
      let letter = folded[code] as number
      let next = 0
      let to = at
      a = SEED_A
      b = SEED_B
      do {
        a = Math.imul(a ^ letter, PRIME_A)
        b = Math.imul(b ^ letter, PRIME_B)
        to = (to + 1) | 0
        next = codes[to] as number
        letter = folded[next] as number
      } while (letter !== 0)
      end = to
      behind = traits[next] as number
      if (turnsWord(behind & CLASS_BITS, next)) break
      const entry = entryOf(a, b)
      token = WORD_TOKEN | (entry & ID_MASK)
      notable = (entry & NOTABLE) >> NOTABLE_BIT
      if (exact && entry === 0) {
        a = rawHash(codes, at, end, SEED_A, PRIME_A)
        b = rawHash(codes, at, end, SEED_B, PRIME_B)
      }
    } else if (kind === DIGIT) {
      token = NUMBER_TOKEN
      behind = traits[codes[end] as number] as number
      while ((behind & CLASS_BITS) === DIGIT) {
        end = (end + 1) | 0
        behind = traits[codes[end] as number] as number
      }
      if (isPart(behind) || (at > 0 && codes[at - 1] === POINT)) break
    } else if (kind === QUOTE) {
      token = STRING_TOKEN
      end = endOfPlain(codes, at, length)
      if (end === at) break
      behind = traits[codes[end] as number] as number
    } else {
      const id = (trait >> OPERATOR_SHIFT) & OPERATOR_BITS
      token = OPERATOR_TOKEN | id
      notable = (trait >>> NOTABLE_SHIFT) & 1
      a = WORD_HASHES[id << 1] as number
      b = WORD_HASHES[(id << 1) | 1] as number
      behind = traits[codes[end] as number] as number
      if (kind === BRACKET) {
        const partner = PARTNERS[id] as number
        if (partner === 0) {
          open[depth] = count
          depth = (depth + 1) | 0
        } else {
          if (depth === 0) break
          const nearest = (open[depth - 1] as number) << CELL_SHIFT
          if (((cells[nearest | TRAITS] as number) & WORD_BITS) !== partner) break
          cells[nearest | CLOSER] = count
          depth = (depth - 1) | 0
        }
      } else if (kind !== SINGLE && !isAlone(kind, behind & CLASS_BITS)) break
    }
    const cell = count << CELL_SHIFT
    cells[cell | START] = at
    cells[cell | END] = end
    cells[cell | HASH_A] = a
    cells[cell | HASH_B] = b
    cells[cell | TRAITS] = token | line
    cells[(noted << CELL_SHIFT) | NOTE] = count
    noted = (noted + notable) | 0
    count = (count + 1) | 0
    line = 0
    // most tokens have one blank behind them: it is skipped without a branch
    at = (end + (behind >>> BLANK_SHIFT)) | 0
  }
  scan.at = at
  scan.newline = line === 0 ? 0 : 1
  scan.depth = depth
  tokens.count = count
  tokens.noted = noted
}

const NOTABLE_BIT = 14

/** The entry of the known word with these hashes, 0 if there is none: without a branch in most cases, since which it is cannot be foreseen. */
function entryOf(a: number, b: number): number {
  let slot = (a ^ (a >>> 13)) & SLOT_MASK
  let entry = WORD_SLOTS[slot] as number
  let id = entry & ID_MASK
  let differs = ((WORD_HASHES[id << 1] as number) ^ a) | ((WORD_HASHES[(id << 1) | 1] as number) ^ b)
  while (entry >= GOES_ON && differs !== 0) {
    slot = (slot + 1) & SLOT_MASK
    entry = WORD_SLOTS[slot] as number
    id = entry & ID_MASK
    differs = ((WORD_HASHES[id << 1] as number) ^ a) | ((WORD_HASHES[(id << 1) | 1] as number) ^ b)
  }
  return entry & (((differs | -differs) >>> 31) - 1)
}

function rawHash(codes: Uint8Array, from: number, to: number, seed: number, prime: number): number {
  let hash = seed
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (codes[i] as number), prime)
  return hash
}

/** What stands behind a word may make something else of it: the quote of a prefixed string, a letter beyond ASCII. */
function turnsWord(behind: number, next: number): boolean {
  return behind === OTHER || behind === QUOTE || behind === DOUBLE_QUOTE || next === AMPERSAND
}

/** Past the string that opens at `at`; `at` itself where something in it needs a rule: a backslash, a doubled quote, the end of the text. */
function endOfPlain(codes: Uint8Array, at: number, length: number): number {
  let end = (at + 1) | 0
  let next = codes[end] as number
  while (next !== APOSTROPHE && next !== BACKSLASH && end < length) {
    end = (end + 1) | 0
    next = codes[end] as number
  }
  return next === APOSTROPHE && end > at + 1 && codes[end + 1] !== APOSTROPHE ? (end + 1) | 0 : at
}

/** Whether digits are but the beginning of something, as what stands behind them says. */
function isPart(behind: number): boolean {
  const kind = behind & CLASS_BITS
  return (behind & FOLDED_BITS) !== 0 || kind === DOT || kind === OTHER
}

/** Whether a point or an operator of one character ends there: what stands behind it begins something else. */
function isAlone(kind: number, behind: number): boolean {
  if (kind === DOT) return behind !== DIGIT && behind !== DOT
  return kind === OPERATOR && behind < OPERATOR
}
