/** Where JSON values end, by JSON's own grammar; 0 where they are none, are nested too deep, or hold a `\uXXXX`. */

import { firstBytes, folded, mixed } from './bytes'

export const QUOTE: i32 = 0x22
export const BACKSLASH: i32 = 0x5c
export const COMMA: i32 = 0x2c
export const COLON: i32 = 0x3a
const OPEN_ARRAY: i32 = 0x5b
const CLOSE_ARRAY: i32 = 0x5d
export const OPEN_OBJECT: i32 = 0x7b
export const CLOSE_OBJECT: i32 = 0x7d
const DEEPEST: i32 = 20

export function byte(at: usize): i32 {
  return load<u8>(at)
}

/** Behind a backslash, but `u`. */
export function isEscape(code: i32): bool {
  return (
    code === QUOTE ||
    code === BACKSLASH ||
    code === 0x2f ||
    code === 0x62 ||
    code === 0x66 ||
    code === 0x6e ||
    code === 0x72 ||
    code === 0x74
  )
}

/** Values stand on one line: other blanks end it. */
export function pastBlanks(from: usize): usize {
  let at = from
  while (byte(at) === 32 || byte(at) === 9) at++
  return at
}

/** Of the string whose end was last looked for. */
export let stringHash: i32 = 0

/** Just past the closing quote of the string whose first byte behind the opening one is at `from`. */
export function endOfString(from: usize): usize {
  let at = from
  let hash = i32x4.splat(0)
  while (true) {
    const chunk = v128.load(at)
    const stops = v128.or(
      v128.or(i8x16.eq(chunk, i8x16.splat(0x22)), i8x16.eq(chunk, i8x16.splat(0x5c))),
      i8x16.lt_u(chunk, i8x16.splat(32)),
    )
    const mask = i8x16.bitmask(stops)
    if (mask === 0) {
      hash = mixed(hash, chunk)
      at += 16
      continue
    }
    const count = ctz(mask)
    if (count > 0) {
      hash = mixed(hash, firstBytes(chunk, count))
      at += count
    }
    const code = byte(at)
    if (code === QUOTE) {
      stringHash = folded(hash, <i32>(at - from), 0x85ebca6b)
      return at + 1
    }
    if (code !== BACKSLASH || !isEscape(byte(at + 1))) return 0
    hash = mixed(hash, firstBytes(v128.load(at), 2))
    at += 2
  }
}

/** Just past the value of any kind that begins at `start`. */
export function endOfValue(start: usize, depth: i32): usize {
  const first = byte(start)
  if (first === QUOTE) return endOfString(start + 1)
  if (first !== OPEN_ARRAY && first !== OPEN_OBJECT) return endOfScalar(start)
  if (depth >= DEEPEST) return 0
  const close = first === OPEN_ARRAY ? CLOSE_ARRAY : CLOSE_OBJECT
  let at = pastBlanks(start + 1)
  if (byte(at) === close) return at + 1
  while (true) {
    if (first === OPEN_OBJECT) at = pastName(at)
    if (at !== 0) at = endOfValue(at, depth + 1)
    if (at === 0) return 0
    at = pastBlanks(at)
    if (byte(at) === close) return at + 1
    if (byte(at) !== COMMA) return 0
    at = pastBlanks(at + 1)
  }
}

function pastName(start: usize): usize {
  const end = byte(start) === QUOTE ? endOfString(start + 1) : 0
  if (end === 0) return 0
  const colon = pastBlanks(end)
  return byte(colon) === COLON ? pastBlanks(colon + 1) : 0
}

const TRUE: i32 = 0x65757274
const ALSE: i32 = 0x65736c61
const NULL: i32 = 0x6c6c756e

/** Just past the number, `true`, `false` or `null` that begins at `start`. */
export function endOfScalar(start: usize): usize {
  const first = byte(start)
  if (first === 0x74) return load<i32>(start) === TRUE ? start + 4 : 0
  if (first === 0x6e) return load<i32>(start) === NULL ? start + 4 : 0
  if (first === 0x66) return load<i32>(start + 1) === ALSE ? start + 5 : 0
  return endOfNumber(start)
}

function endOfNumber(start: usize): usize {
  const first = byte(start) === 0x2d ? start + 1 : start
  let at = byte(first) === 0x30 ? first + 1 : pastDigits(first)
  if (at === first) return 0
  if (byte(at) === 0x2e) {
    const fraction = pastDigits(at + 1)
    if (fraction === at + 1) return 0
    at = fraction
  }
  if ((byte(at) | 32) !== 0x65) return at // e
  const sign = byte(at + 1)
  const exponent = sign === 0x2b || sign === 0x2d ? at + 2 : at + 1
  const end = pastDigits(exponent)
  return end === exponent ? 0 : end
}

export function pastDigits(from: usize): usize {
  let at = from
  for (let code = byte(at); code >= 48 && code <= 57; code = byte(at)) at++
  return at
}
