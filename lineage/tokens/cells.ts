/**
 * What is known of a token while it is cut and marked: fields of one array, token i's from `i * CELL` on. One array, since V8 checks and
 * addresses each array anew for each token: with a column for each field cutting took a third longer.
 *
 * The hot loops take these constants into constants of their own module: V8 looks up a binding of another module, or one that is
 * exported, each time it is used (marking took twice as long).
 */
export const FIELDS = {
  CELL: 8,
  CELL_SHIFT: 3,
  /** Where the token starts and ends in the text. */
  START: 0,
  END: 1,
  /** Two hashes of 32 bits over the folded text of words, quoted names and operators; literals are all the same until marks.ts says which count. */
  HASH_A: 2,
  HASH_B: 3,
  /** In one number: the id of its word or operator, its kind, whether a line break stands before it, and what marks.ts says of it. */
  TRAITS: 4,
  /** Of an opening bracket: the index of the token that closes it, or the count of tokens if none does. Not set for others. */
  CLOSER: 5,
  /** Of the n-th cell: the index of the n-th token that marks.ts has to look at. */
  NOTE: 6,
  WORD_BITS: 0xffff,
  KIND_SHIFT: 16,
  KIND_BITS: 0xff,
  LINE_SHIFT: 24,
} as const

const { TRAITS, WORD_BITS, KIND_SHIFT, KIND_BITS, LINE_SHIFT } = FIELDS
const MARK_SHIFT = 25

export function wordIn(cells: Int32Array, cell: number): number {
  return (cells[cell | TRAITS] as number) & WORD_BITS
}

export function kindIn(cells: Int32Array, cell: number): number {
  return ((cells[cell | TRAITS] as number) >> KIND_SHIFT) & KIND_BITS
}

export function startsLineIn(cells: Int32Array, cell: number): boolean {
  return (((cells[cell | TRAITS] as number) >> LINE_SHIFT) & 1) === 1
}

/** What marks.ts says: `keep` as long as it says nothing. */
export function markIn(cells: Int32Array, cell: number): number {
  return (cells[cell | TRAITS] as number) >> MARK_SHIFT
}

export function setMark(cells: Int32Array, cell: number, mark: number): void {
  cells[cell | TRAITS] = ((cells[cell | TRAITS] as number) & ~(-1 << MARK_SHIFT)) | (mark << MARK_SHIFT)
}
