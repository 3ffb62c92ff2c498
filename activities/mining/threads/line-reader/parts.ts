/**
 * Where the parts of a SQL text end that its skeleton leaves out or takes whole. The text is UTF-8 as it stands in JSON: a quote, a backslash and a
 * line end of the text are two bytes, and a lone `"` ends it. 0 wherever that is not sure; what stands as `\uXXXX` or `\/` never is.
 */

import { BACKSLASH, byte, COMMA, isEscape, pastDigits, QUOTE } from './json'
import { kinds } from './memory'

const SLASH: i32 = 0x2f
const STAR: i32 = 0x2a
const DASH: i32 = 0x2d
const POINT: i32 = 0x2e

/** What may stand behind JSON's backslash here: `\/` is left out, since it may end a comment. */
function isPlainEscape(code: i32): bool {
  return code !== SLASH && isEscape(code)
}

/** Just past the literal that begins at `start` and whose content begins at `from`. */
export function endOfLiteral(start: usize, from: usize, escapes: bool, triples: bool): usize {
  const quote = byte(from - 1) // the opening one
  const step = from - start
  if (triples && byte(from + step - 1) === quote && byte(from + 2 * step - 1) === quote) return 0
  return endOfQuoted(from, quote, escapes)
}

/** Where the next of these, or of what no string has, stands. */
function nextOf(from: usize, one: i32, other: i32): usize {
  let at = from
  while (true) {
    const chunk = v128.load(at)
    const found = v128.or(
      v128.or(i8x16.eq(chunk, i8x16.splat(<i8>one)), i8x16.eq(chunk, i8x16.splat(<i8>other))),
      v128.or(v128.or(i8x16.eq(chunk, i8x16.splat(0x22)), i8x16.eq(chunk, i8x16.splat(0x5c))), i8x16.lt_u(chunk, i8x16.splat(32))),
    )
    const mask = i8x16.bitmask(found)
    if (mask !== 0) return at + ctz(mask)
    at += 16
  }
}

/** Just past the closing quote. A quote within is doubled or, with `escapes`, behind a backslash of the text's own. */
export function endOfQuoted(from: usize, quote: i32, escapes: bool): usize {
  let at = from
  while (true) {
    at = nextOf(at, quote, quote)
    const code = byte(at)
    if (code === BACKSLASH) {
      const next = byte(at + 1)
      if (!isPlainEscape(next)) return 0
      at++
      if (next === QUOTE && quote === QUOTE) {
        if (byte(at + 1) !== BACKSLASH || byte(at + 2) !== QUOTE) return at + 1
        at += 2
      } else if (next === BACKSLASH && escapes) {
        if (byte(at + 1) === BACKSLASH && !isPlainEscape(byte(at + 2))) return 0
        at += byte(at + 1) === BACKSLASH ? 2 : 1
      }
    } else if (code === QUOTE || code < 32) return 0
    else {
      if (byte(at + 1) !== quote) return at + 1
      at++
    }
    at++
  }
}

export function beginsComment(at: usize): bool {
  const next = byte(at + 1)
  return byte(at) === DASH ? next === DASH : next === STAR || next === SLASH
}

/** There was a line end in the comment whose end was last looked for. */
export let hadNewline: bool = false

/** Just past the comment that begins here. */
export function endOfComment(at: usize, dashNeedsBlank: bool): usize {
  const next = byte(at + 1)
  hadNewline = false
  if (next === STAR) return endOfBlockComment(at)
  return next === SLASH || dashNeedsBlank ? 0 : endOfLine(at)
}

function endOfLine(start: usize): usize {
  let at = start
  while (true) {
    at = nextOf(at, QUOTE, QUOTE)
    const code = byte(at)
    if (code === QUOTE || isNewline(at)) return at
    if (code < 32 || !isPlainEscape(byte(at + 1))) return 0
    at += 2
  }
}

/** A hint, or one that holds another, which some dialects count, is not sure. */
function endOfBlockComment(start: usize): usize {
  const first = byte(start + 2)
  if (first === 0x2b || first === 0x21) return 0 // + or !
  let at = start + 2
  while (true) {
    at = nextOf(at, STAR, SLASH)
    const code = byte(at)
    if (code === STAR && byte(at + 1) === SLASH) return at + 2
    if (code === QUOTE || code < 32 || (code === SLASH && byte(at + 1) === STAR)) return 0
    if (code === BACKSLASH) {
      if (!isPlainEscape(byte(at + 1))) return 0
      if (isNewline(at)) hadNewline = true
      at++
    }
    at++
  }
}

function isNewline(at: usize): bool {
  return byte(at) === BACKSLASH && byte(at + 1) === 0x6e
}

/** Just past a number of digits and a point that is nothing but that. */
export function endOfNumber(start: usize, word: i32): usize {
  let at = pastDigits(start)
  const fraction = byte(at) === POINT ? pastDigits(at + 1) : 0
  if (fraction > at + 1) at = fraction
  const code = byte(at) // the text's closing quote comes first
  return code === POINT || load<u8>(kinds + code) === word ? 0 : at
}

/** A number right behind BY, or behind another such number (which ends at `before`) and a comma. */
export function mayBeOrdinal(at: usize, before: usize): bool {
  const end = beforeBlanks(at)
  const code = byte(end - 1) // the text's opening quote comes first
  if (code === COMMA) return beforeBlanks(end - 1) === before
  const isBy = (code | 32) === 0x79 && (byte(end - 2) | 32) === 0x62
  return isBy && beforeBlanks(end - 2) < end - 2
}

/** Just past what stands before the blanks before `end`. */
function beforeBlanks(end: usize): usize {
  let at = end
  while (true) {
    const code = byte(at - 1)
    if (code === 32) at--
    else if (byte(at - 2) === BACKSLASH && (code === 0x6e || code === 0x72 || code === 0x74)) at -= 2
    else return at
  }
}
