import { IS_NOTABLE } from './actions.ts'
import { CLASS, CODES } from './characters.ts'
import { WORDS } from './words.ts'

/** Operators are found by longest match: one character, then a pair, then a third. Ids are those of words.ts. */
const single = new Uint16Array(CODES)
const pairs = new Uint16Array(128 * 128)
const triples: ReadonlyMap<number, number> = new Map(
  WORDS.flatMap((word, id): [number, number][] => {
    if (/[a-z]/i.test(word) || word === '') return []
    const [a, b, c] = [word.charCodeAt(0), word.charCodeAt(1), word.charCodeAt(2)]
    if (word.length === 1) single[a] = id
    if (word.length === 2) pairs[(a << 7) | b] = id
    return word.length === 3 ? [[tripleKey((a << 7) | b, c), id]] : []
  }),
)

function tripleKey(pair: number, third: number): number {
  return (pair << 7) | third
}

/**
 * Of each character under the dialect's rules, in one number: its class, its upper case where it goes on in a word, the id of the operator
 * that it is by itself, and whether marks.ts looks at that.
 */
export function characterTraits(classes: Uint8Array, folded: Uint8Array): Int32Array {
  return Int32Array.from(classes, (kind, code) => {
    const id = single[code] as number
    return (
      kind |
      ((folded[code] as number) << FOLDED_SHIFT) |
      (id << OPERATOR_SHIFT) |
      ((IS_NOTABLE[id] as number) << NOTABLE_SHIFT) |
      ((kind === CLASS.space ? 1 : 0) << BLANK_SHIFT)
    )
  })
}

export const CLASS_BITS = 0xff
export const FOLDED_BITS = 0xff00
export const FOLDED_SHIFT = 8
export const OPERATOR_SHIFT = 16
export const OPERATOR_BITS = 0x3fff
export const NOTABLE_SHIFT = 30
export const BLANK_SHIFT = 31

/** Id of the one-character operator, or 0. */
export function operatorOf(code: number): number {
  return code < 128 ? (single[code] as number) : 0
}

/** Id of the longest operator that starts at `at`, or 0 where no known one does. */
export function operatorAt(codes: Uint8Array, at: number): number {
  const first = codes[at] as number
  const second = codes[at + 1] as number
  if (first >= 128) return 0
  if (second >= 128) return single[first] as number
  const pair = (first << 7) | second
  const two = pairs[pair] as number
  if (two === 0) return single[first] as number
  const third = codes[at + 2] as number
  return third < 128 ? (triples.get(tripleKey(pair, third)) ?? two) : two
}
