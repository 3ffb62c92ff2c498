/**
 * A hash of a text without its literals and comments, made in one loop over its bytes as they stand in the log: UTF-8, quoted and escaped as a JSON
 * string. Texts with anything in them that it does not know for sure have none.
 */

import { firstBytes, folded, mixed, turned } from './bytes'
import { byte, QUOTE } from './json'
import { kinds, MOST_PLACES, places, RESULT_HIGH, RESULT_LOW, RESULT_PLACES, results, stopHalves, wordHalves } from './memory'
import { beginsComment, endOfComment, endOfLiteral, endOfNumber, endOfQuoted, hadNewline, mayBeOrdinal } from './parts'

/** As activities/mining/threads/skeleton.ts has them; what is below DIGIT begins nothing. */
const PLAIN: i32 = 0
const WORD: i32 = 1
const DIGIT: i32 = 8
const DASH: i32 = 9
const SLASH: i32 = 10
const LITERAL: i32 = 11
const NAME: i32 = 12
const REFUSE: i32 = 13
/** The quote that closes the JSON string. */
const CLOSE: i32 = 14
/** The backslash of JSON. */
const ESCAPE: i32 = 15

/** Stand for what is left out: a text that has such characters itself is refused. */
const LITERAL_SYMBOL: i32 = 1
const NUMBER_SYMBOL: i32 = 2
const COMMENT_SYMBOL: i32 = 3
/** A comment with a line end in it: some words count only where they begin a line. */
const LINE_SYMBOL: i32 = 4

let doubleQuote: i32 = NAME
let escapes: bool = false
let triples: bool = false
let dashNeedsBlank: bool = false

export function setRules(ofDoubleQuote: i32, withEscapes: bool, withTriples: bool, needsBlank: bool): void {
  doubleQuote = ofDoubleQuote
  escapes = withEscapes
  triples = withTriples
  dashNeedsBlank = needsBlank
}

/** Just past the closing quote of the text last read. */
export let skeletonEnd: usize = 0

// Of the text that is being read.
let textStart: usize = 0
/** Just past the last thing that stands as more than one byte, and what it is: the byte before does not say. */
let past: usize = 0
let pastKind: i32 = PLAIN
/** Just past the last number that may be an ordinal. */
let ordinalEnd: usize = 0
let placeCount: i32 = 0
/** What the last stop is left out for; 0: its bytes count. */
let symbol: i32 = 0

/** Reads the JSON string whose first byte behind the quote is at `start`. False: the text has no skeleton, or is no JSON string. */
export function readSkeleton(start: usize): bool {
  const stopsLow = v128.load(stopHalves)
  const stopsHigh = v128.load(stopHalves + 16)
  const wordsLow = v128.load(wordHalves)
  const wordsHigh = v128.load(wordHalves + 16)
  let a = i32x4(0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35)
  let b = i32x4.splat(0)
  let at = start
  textStart = start
  past = start
  pastKind = PLAIN
  ordinalEnd = 0
  placeCount = 0
  while (true) {
    const chunk = v128.load(at)
    const before = v128.load(at - 1)
    const stops = isAmong(chunk, stopsLow, stopsHigh)
    const digits = i8x16.bitmask(i8x16.lt_u(i8x16.sub(chunk, i8x16.splat(48)), i8x16.splat(10)))
    // A digit that goes on in a name, parameter or number begins nothing.
    const goesOn = isAmong(before, wordsLow, wordsHigh) & (at === past ? 0xfffe : 0xffff)
    const mask = stops | (digits & ~goesOn)
    if (mask === 0) {
      a = mixed(a, chunk)
      b = turned(b, a)
      at += 16
      continue
    }
    const count = ctz(mask)
    if (count > 0) {
      a = mixed(a, firstBytes(chunk, count))
      b = turned(b, a)
      at += count
    }
    const kind: i32 = load<u8>(kinds + byte(at))
    if (kind === CLOSE) break
    const end = kind === DIGIT ? pastNumber(at) : pastStop(at, kind)
    if (end === 0) return false
    if (symbol !== 0) {
      a = mixed(a, i32x4.replace_lane(i32x4.splat(0), 0, symbol))
      b = turned(b, a)
      at = end
    }
    for (; at < end; at += 16) {
      const left = <i32>(end - at)
      const part = v128.load(at)
      a = mixed(a, left < 16 ? firstBytes(part, left) : part)
      b = turned(b, a)
    }
    at = end
  }
  skeletonEnd = at + 1
  const high = folded(v128.xor(a, b), 0x27220a95, 0x85ebca6b)
  store<i32>(results + (RESULT_HIGH << 2), high)
  store<i32>(results + (RESULT_LOW << 2), folded(b, high, 0xc2b2ae35))
  store<i32>(results + (RESULT_PLACES << 2), placeCount)
  return true
}

/** A bit for each of the sixteen bytes that is in the set. */
function isAmong(chunk: v128, low: v128, high: v128): i32 {
  const inLow = i8x16.swizzle(low, v128.and(chunk, i8x16.splat(15)))
  const inHigh = i8x16.swizzle(high, i8x16.shr_u(chunk, 4))
  return i8x16.bitmask(i8x16.ne(v128.and(inLow, inHigh), i8x16.splat(0)))
}

/** Just past the number, or past one digit that is part of something else. */
function pastNumber(at: usize): usize {
  const end = endOfNumber(at, WORD)
  symbol = 0
  if (end === 0) return at + 1
  if (!mayBeOrdinal(at, ordinalEnd)) {
    symbol = NUMBER_SYMBOL
    return end
  }
  if (placeCount === MOST_PLACES) return 0
  ordinalEnd = end
  store<i32>(places + (placeCount++ << 2), <i32>(at - textStart))
  return end
}

/** Just past what begins here, which may be but this one character; 0 where that is not sure. */
function pastStop(at: usize, kindThere: i32): usize {
  const last = at === past ? pastKind : <i32>load<u8>(kinds + byte(at - 1))
  let kind = kindThere
  let end = at + 1
  symbol = 0
  if (kind === ESCAPE) {
    const code = byte(at + 1)
    if (code !== QUOTE && code !== 0x6e && code !== 0x72 && code !== 0x74) return 0 // \n, \r, \t
    if (code === QUOTE) kind = doubleQuote
    end = at + 2
    past = end
    pastKind = code === QUOTE ? kind : PLAIN
  } else if (kind === REFUSE) return 0
  if (kind === LITERAL) {
    // Behind a letter (`E'…'`) or another literal it may be other than it looks.
    if (last === WORD || last === DIGIT || last === LITERAL) return 0
    symbol = LITERAL_SYMBOL
    end = endOfLiteral(at, end, escapes, triples)
    if (past > at) past = end
  } else if (kind === NAME) {
    end = endOfQuoted(end, byte(end - 1), false)
    if (past > at) past = end
  } else if ((kind === DASH || kind === SLASH) && beginsComment(at)) {
    end = endOfComment(at, dashNeedsBlank)
    symbol = hadNewline ? LINE_SYMBOL : COMMENT_SYMBOL
  }
  return end
}
