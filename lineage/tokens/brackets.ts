import { WORD_HASH_A, WORD_HASH_B } from './hash.ts'
import { operatorOf } from './operators.ts'
import { addRange, type Scan } from './scan.ts'
import { TOKEN } from './tokens.ts'
import { wordId } from './words.ts'

const OPENING: Readonly<Record<number, number>> = { [wordId(')')]: wordId('('), [wordId(']')]: wordId('['), [wordId('}')]: wordId('{') }
const CLOSE_PAREN = wordId(')')
const CLOSE_SQUARE = wordId(']')
const CLOSE_BRACE = wordId('}')

/**
 * A bracket, and past it. A closing one closes the nearest open one of its kind, and with it all that were opened inside and not closed;
 * one without an open partner closes nothing.
 */
export function scanBracket(scan: Scan, from: number, code: number): number {
  const { tokens } = scan
  const id = operatorOf(code)
  const index = tokens.count
  addRange(scan, TOKEN.operator, from, from + 1, id, WORD_HASH_A[id] as number, WORD_HASH_B[id] as number)
  if (id === CLOSE_PAREN || id === CLOSE_SQUARE || id === CLOSE_BRACE) closeBracket(scan, index, OPENING[id] as number)
  else tokens.open[scan.depth++] = index
  return from + 1
}

function closeBracket(scan: Scan, close: number, wanted: number): void {
  const { tokens } = scan
  let depth = scan.depth - 1
  const nearest = tokens.open[depth] as number
  if (depth >= 0 && tokens.words[nearest] === wanted) {
    tokens.closers[nearest] = close
    scan.depth = depth
    return
  }
  const lowest = Math.max(0, depth - MAX_UNCLOSED)
  while (depth >= lowest && tokens.words[tokens.open[depth] as number] !== wanted) depth--
  if (depth < lowest) return
  for (let i = depth; i < scan.depth; i++) tokens.closers[tokens.open[i] as number] = close
  scan.depth = depth
}

/** A closing bracket looks for its partner below at most so many unclosed ones of other kinds: texts of brackets only stay linear. */
const MAX_UNCLOSED = 64

/** What is still open at the end of the text is closed by nothing: by the token behind the last. */
export function closeAll(scan: Scan): void {
  const { tokens } = scan
  for (let i = 0; i < scan.depth; i++) tokens.closers[tokens.open[i] as number] = tokens.count
}
