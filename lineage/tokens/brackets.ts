import { FIELDS, wordIn } from './cells.ts'
import { WORD_HASHES } from './hash.ts'
import { operatorOf } from './operators.ts'
import { addRange, type Scan } from './scan.ts'
import { TOKEN } from './tokens.ts'
import { WORD_COUNT, wordId } from './words.ts'

const { CELL, CLOSER } = FIELDS

/** Of each closing bracket the opening one, by id; 0 for all else. */
export const PARTNERS: Readonly<Uint16Array> = partnerTable()

function partnerTable(): Uint16Array {
  const table = new Uint16Array(WORD_COUNT)
  table[wordId(')')] = wordId('(')
  table[wordId(']')] = wordId('[')
  table[wordId('}')] = wordId('{')
  return table
}

/**
 * A bracket, and past it. A closing one closes the nearest open one of its kind, and with it all that were opened inside and not closed;
 * one without an open partner closes nothing.
 */
export function scanBracket(scan: Scan, from: number, code: number): number {
  const { tokens } = scan
  const id = operatorOf(code)
  const index = tokens.count
  addRange(scan, TOKEN.operator, from, from + 1, id, WORD_HASHES[id * 2] as number, WORD_HASHES[id * 2 + 1] as number)
  const partner = PARTNERS[id] as number
  if (partner !== 0) closeBracket(scan, index, partner)
  else tokens.open[scan.depth++] = index
  return from + 1
}

function closeBracket(scan: Scan, close: number, wanted: number): void {
  const { tokens } = scan
  const { cells } = tokens
  let depth = scan.depth - 1
  const nearest = tokens.open[depth] as number
  if (depth >= 0 && wordIn(cells, nearest * CELL) === wanted) {
    cells[nearest * CELL + CLOSER] = close
    scan.depth = depth
    return
  }
  const lowest = Math.max(0, depth - MAX_UNCLOSED)
  while (depth >= lowest && wordIn(cells, (tokens.open[depth] as number) * CELL) !== wanted) depth--
  if (depth < lowest) return
  for (let i = depth; i < scan.depth; i++) cells[(tokens.open[i] as number) * CELL + CLOSER] = close
  scan.depth = depth
}

/** A closing bracket looks for its partner below at most so many unclosed ones of other kinds: texts of brackets only stay linear. */
const MAX_UNCLOSED = 64

/** What is still open at the end of the text is closed by nothing: by the token behind the last. */
export function closeAll(scan: Scan): void {
  const { tokens } = scan
  for (let i = 0; i < scan.depth; i++) tokens.cells[(tokens.open[i] as number) * CELL + CLOSER] = tokens.count
}
