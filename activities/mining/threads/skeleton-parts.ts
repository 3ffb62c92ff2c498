/**
 * Where the parts of a SQL text end that its skeleton leaves out or takes whole. The text is UTF-8 as it stands in JSON: a quote, a backslash and a
 * line end of the text are two bytes, and a lone `"` ends it. -1 wherever that is not sure; what stands as `\uXXXX` or `\/` never is.
 */

const QUOTE = 0x22
const BACKSLASH = 0x5c
const SLASH = 0x2f
const STAR = 0x2a
const DASH = 0x2d
const COMMA = 0x2c
const POINT = 0x2e

/** What may stand behind JSON's backslash here: `\/` is left out, since it may end a comment. */
const SINGLE_ESCAPES = new Uint8Array(256)
for (const character of '"\\bfnrt') SINGLE_ESCAPES[character.charCodeAt(0)] = 1

export interface LiteralRules {
  readonly escapes: boolean
  readonly triples: boolean
}

/** Just past the literal that begins at `start` and whose content begins at `from`. */
export function endOfLiteral(bytes: Uint8Array, start: number, from: number, { escapes, triples }: LiteralRules): number {
  const quote = bytes[from - 1] as number // the opening one
  const step = from - start
  const isTriple = triples && bytes[from + step - 1] === quote && bytes[from + 2 * step - 1] === quote
  return isTriple ? -1 : endOfQuoted(bytes, from, quote, escapes)
}

/** Just past the closing quote. A quote within is doubled or, with `escapes`, behind a backslash of the text's own. */
export function endOfQuoted(bytes: Uint8Array, from: number, quote: number, escapes: boolean): number {
  for (let at = from; at < bytes.length; at++) {
    const code = bytes[at] as number // in bounds
    if (code === BACKSLASH) {
      const next = bytes[at + 1] as number // undefined at the end, which no table holds
      if (SINGLE_ESCAPES[next] !== 1) return -1
      at++
      if (next === QUOTE && quote === QUOTE) {
        if (bytes[at + 1] !== BACKSLASH || bytes[at + 2] !== QUOTE) return at + 1
        at += 2
      } else if (next === BACKSLASH && escapes) {
        if (bytes[at + 1] === BACKSLASH && SINGLE_ESCAPES[bytes[at + 2] as number] !== 1) return -1
        at += bytes[at + 1] === BACKSLASH ? 2 : 1
      }
    } else if (code === QUOTE || code < 32) return -1
    else if (code === quote) {
      if (bytes[at + 1] !== quote) return at + 1
      at++
    }
  }
  return -1
}

export function beginsComment(bytes: Uint8Array, at: number): boolean {
  const next = bytes[at + 1]
  return bytes[at] === DASH ? next === DASH : next === STAR || next === SLASH
}

/** Just past the comment that begins here. */
export function endOfComment(bytes: Uint8Array, at: number, dashNeedsBlank: boolean): number {
  const next = bytes[at + 1]
  if (next === STAR) return endOfBlockComment(bytes, at)
  return next === SLASH || dashNeedsBlank ? -1 : endOfLine(bytes, at)
}

function endOfLine(bytes: Uint8Array, start: number): number {
  for (let at = start; at < bytes.length; at++) {
    const code = bytes[at] as number // in bounds
    if (code === QUOTE || isNewline(bytes, at)) return at
    if (code < 32) return -1
    if (code === BACKSLASH && SINGLE_ESCAPES[bytes[++at] as number] !== 1) return -1
  }
  return -1
}

/** A hint, or one that holds another, which some dialects count, is not sure. */
function endOfBlockComment(bytes: Uint8Array, start: number): number {
  const first = bytes[start + 2]
  if (first === 0x2b || first === 0x21) return -1 // + or !
  for (let at = start + 2; at < bytes.length; at++) {
    const code = bytes[at] as number // in bounds
    if (code === STAR && bytes[at + 1] === SLASH) return at + 2
    if (code === QUOTE || code < 32 || (code === SLASH && bytes[at + 1] === STAR)) return -1
    if (code === BACKSLASH && SINGLE_ESCAPES[bytes[++at] as number] !== 1) return -1
  }
  return -1
}

export function hasNewline(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end - 1; at++) {
    if (isNewline(bytes, at)) return true
    if (bytes[at] === BACKSLASH) at++
  }
  return false
}

function isNewline(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === BACKSLASH && bytes[at + 1] === 0x6e
}

/** Just past a number of digits and a point that is nothing but that. */
export function endOfNumber(bytes: Uint8Array, start: number, kinds: Uint8Array, word: number): number {
  let at = endOfDigits(bytes, start)
  const fraction = bytes[at] === POINT ? endOfDigits(bytes, at + 1) : 0
  if (fraction > at + 1) at = fraction
  const code = bytes[at] as number // the text's closing quote comes first
  return code === POINT || kinds[code] === word ? -1 : at
}

function endOfDigits(bytes: Uint8Array, start: number): number {
  let at = start
  for (let code = bytes[at] as number; code >= 48 && code <= 57; code = bytes[at] as number) at++
  return at
}

/** A number right behind BY, or behind another such number (which ends at `before`) and a comma. */
export function mayBeOrdinal(bytes: Uint8Array, at: number, before: number): boolean {
  const end = beforeBlanks(bytes, at)
  const code = bytes[end - 1] as number // the text's opening quote comes first
  if (code === COMMA) return beforeBlanks(bytes, end - 1) === before
  const isBy = (code | 32) === 0x79 && ((bytes[end - 2] as number) | 32) === 0x62 // as above
  return isBy && beforeBlanks(bytes, end - 2) < end - 2
}

/** Just past what stands before the blanks before `end`. */
function beforeBlanks(bytes: Uint8Array, end: number): number {
  let at = end
  for (;;) {
    const code = bytes[at - 1]
    if (code === 32) at--
    else if (bytes[at - 2] === BACKSLASH && (code === 0x6e || code === 0x72 || code === 0x74)) at -= 2
    else return at
  }
}
