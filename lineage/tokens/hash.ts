import { IS_NOTABLE } from './actions.ts'
import { WORDS } from './words.ts'

/**
 * Two hashes of 32 bits each, after FNV-1a (RFC 9923) with two different odd multipliers, over UTF-16 code units.
 * Together they tell apart what 64 bits can, and 32-bit integers are what V8 multiplies without allocating.
 */
export const SEED_A = 0x811c9dc5 | 0
export const SEED_B = 0x9e3779b9 | 0
export const PRIME_A = 0x01000193
export const PRIME_B = 0x5bd1e995

/** What a literal that says nothing is hashed as. */
export const LITERAL_A = 0x2545f491
export const LITERAL_B = 0x632be59b

/** Slots of the open-addressing table of known words: a power of two, an eighth full. */
const SLOTS = 8192
export const SLOT_MASK = SLOTS - 1
/** A slot holds an id, and above it what is so of the word, or of the slot. */
export const ID_MASK = 0x3fff
/** The word is one of those that marks.ts looks at. */
export const NOTABLE = 0x4000
/** A word that belongs here had to go on to the next slot. */
export const GOES_ON = 0x8000
const slots = new Uint16Array(SLOTS)
const hashes = new Int32Array(WORDS.length * 2)
/** Both are filled here once, and read only afterwards: words by slot, and the two hashes of each known word or operator by id. */
export const WORD_SLOTS: Readonly<Uint16Array> = slots
export const WORD_HASHES: Readonly<Int32Array> = hashes

function slotOf(a: number): number {
  return (a ^ (a >>> 13)) & SLOT_MASK
}

/** The id of the known word with these hashes, or 0. Equal in 64 bits counts as equal. */
export function knownWord(a: number, b: number): number {
  for (let slot = slotOf(a); ; slot = (slot + 1) & SLOT_MASK) {
    const id = (slots[slot] as number) & ID_MASK
    if (id === 0 || (hashes[id * 2] === a && hashes[id * 2 + 1] === b)) return id
  }
}

export function hashA(text: string, from: number, to: number): number {
  let hash = SEED_A
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME_A)
  return hash
}

export function hashB(text: string, from: number, to: number): number {
  let hash = SEED_B
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME_B)
  return hash
}

for (let id = 1; id < WORDS.length; id++) {
  const word = WORDS[id] as string
  const a = hashA(word, 0, word.length)
  hashes[id * 2] = a
  hashes[id * 2 + 1] = hashB(word, 0, word.length)
  let slot = slotOf(a)
  for (; slots[slot] !== 0; slot = (slot + 1) & SLOT_MASK) slots[slot] = (slots[slot] as number) | GOES_ON
  slots[slot] = id | (IS_NOTABLE[id] === 1 ? NOTABLE : 0)
}
