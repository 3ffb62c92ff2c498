import type { Tokens } from './tokens.ts'
import { wordId } from './words.ts'

const OPENING = [wordId('('), wordId('['), wordId('{')]
const CLOSING = [wordId(')'), wordId(']'), wordId('}')]

/** For each word id: 1, 2, 3 for an opening bracket, -1, -2, -3 for its closing one, else 0. */
function bracketKinds(): Int8Array {
  const kinds = new Int8Array(Math.max(...OPENING, ...CLOSING) + 1)
  for (let i = 0; i < 3; i++) {
    kinds[OPENING[i] as number] = i + 1
    kinds[CLOSING[i] as number] = -i - 1
  }
  return kinds
}

const KINDS: Readonly<Int8Array> = bracketKinds()

/**
 * Fills `closers`. A closing bracket closes the nearest open one of its kind, and with it all that were opened inside and not closed;
 * one without an open partner closes nothing. Linear: each open bracket is left once.
 */
export function linkBrackets(tokens: Tokens): void {
  const { words, closers, count } = tokens
  const open: number[] = []
  const opened = [0, 0, 0, 0]
  for (let i = 0; i < count; i++) {
    const word = words[i] as number
    const kind = word < KINDS.length ? (KINDS[word] as number) : 0
    if (kind > 0) {
      open.push(i)
      opened[kind] = (opened[kind] as number) + 1
      closers[i] = count
    } else if (kind < 0 && (opened[-kind] as number) > 0) closeBracket(tokens, open, opened, i)
  }
}

function closeBracket(tokens: Tokens, open: number[], opened: number[], close: number): void {
  const wanted = -(KINDS[tokens.words[close] as number] as number)
  for (;;) {
    const last = open.pop() as number
    const kind = KINDS[tokens.words[last] as number] as number
    opened[kind] = (opened[kind] as number) - 1
    tokens.closers[last] = close
    if (kind === wanted) return
  }
}
