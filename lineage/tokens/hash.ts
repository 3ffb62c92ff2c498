import { WORDS } from './words.ts'

/**
 * Two hashes of 32 bits each, after FNV-1a (RFC 9923) with two different odd multipliers, over UTF-16 code units.
 * Together they tell apart what 64 bits can, and 32-bit integers are what V8 multiplies without allocating.
 */
export const SEED_A = 0x811c9dc5 | 0
export const SEED_B = 0x9e3779b9 | 0
export const PRIME_A = 0x01000193
export const PRIME_B = 0x5bd1e995

/** Slots of the open-addressing table of known words: a power of two, at most a quarter full. */
const SLOTS = 4096
const slotIds = new Uint16Array(SLOTS)
const wordA = new Int32Array(WORDS.length)
const wordB = new Int32Array(WORDS.length)

function slotOf(a: number): number {
  return (a ^ (a >>> 13)) & (SLOTS - 1)
}

/** The id of the known word with these hashes, or 0. Equal in 64 bits counts as equal. */
export function knownWord(a: number, b: number): number {
  for (let slot = slotOf(a); ; slot = (slot + 1) & (SLOTS - 1)) {
    const id = slotIds[slot] as number
    if (id === 0 || (wordA[id] === a && wordB[id] === b)) return id
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

/** The hashes of a known word or operator by id: filled here once, read only afterwards. */
export const WORD_HASH_A: Readonly<Int32Array> = wordA
export const WORD_HASH_B: Readonly<Int32Array> = wordB

for (let id = 1; id < WORDS.length; id++) {
  const word = WORDS[id] as string
  wordA[id] = hashA(word, 0, word.length)
  wordB[id] = hashB(word, 0, word.length)
  let slot = slotOf(wordA[id] as number)
  while (slotIds[slot] !== 0) slot = (slot + 1) & (SLOTS - 1)
  slotIds[slot] = id
}
