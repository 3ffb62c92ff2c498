/** Where JSON values end, by JSON's own grammar; -1 where they are none, are nested too deep, or hold a `\uXXXX`. */

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const DEEPEST = 20

/** Behind a backslash, but `u`. */
export const ESCAPES = new Uint8Array(256)
for (const character of '"\\/bfnrt') ESCAPES[character.charCodeAt(0)] = 1

/** Values stand on one line: other blanks end it. */
export function pastBlanks(bytes: Uint8Array, from: number): number {
  let at = from
  while (bytes[at] === 32 || bytes[at] === 9) at++
  return at
}

/** Just past the value of any kind that begins at `start`. */
export function endOfJsonValue(bytes: Uint8Array, start: number, depth = 0): number {
  const first = bytes[start]
  if (first === QUOTE) return endOfJsonString(bytes, start)
  if (first !== OPEN_ARRAY && first !== OPEN_OBJECT) return endOfJsonScalar(bytes, start)
  if (depth >= DEEPEST) return -1
  const close = first === OPEN_ARRAY ? CLOSE_ARRAY : CLOSE_OBJECT
  let at = pastBlanks(bytes, start + 1)
  if (bytes[at] === close) return at + 1
  for (;;) {
    if (first === OPEN_OBJECT) at = pastName(bytes, at)
    at = at < 0 ? -1 : endOfJsonValue(bytes, at, depth + 1)
    if (at < 0) return -1
    at = pastBlanks(bytes, at)
    if (bytes[at] === close) return at + 1
    if (bytes[at] !== COMMA) return -1
    at = pastBlanks(bytes, at + 1)
  }
}

function pastName(bytes: Uint8Array, start: number): number {
  const end = bytes[start] === QUOTE ? endOfJsonString(bytes, start) : -1
  const colon = end < 0 ? -1 : pastBlanks(bytes, end)
  return bytes[colon] === COLON ? pastBlanks(bytes, colon + 1) : -1
}

function endOfJsonString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    const code = bytes[at] as number // in bounds
    if (code === QUOTE) return at + 1
    if (code < 32 || (code === BACKSLASH && ESCAPES[bytes[++at] as number] !== 1)) return -1 // undefined at the end: no escape
  }
  return -1
}

const WORDS = ['true', 'false', 'null'].map((word) => Buffer.from(word))

/** Just past the number, `true`, `false` or `null` that begins at `start`. */
export function endOfJsonScalar(bytes: Uint8Array, start: number): number {
  for (const word of WORDS) {
    if (bytes[start] === word[0]) return word.every((code, index) => bytes[start + index] === code) ? start + word.length : -1
  }
  return endOfNumber(bytes, start)
}

function endOfNumber(bytes: Uint8Array, start: number): number {
  const first = bytes[start] === 0x2d ? start + 1 : start
  let at = bytes[first] === 0x30 ? first + 1 : pastDigits(bytes, first)
  if (at === first) return -1
  if (bytes[at] === 0x2e) {
    const fraction = pastDigits(bytes, at + 1)
    if (fraction === at + 1) return -1
    at = fraction
  }
  if (((bytes[at] ?? 0) | 32) !== 0x65) return at // e
  const sign = bytes[at + 1]
  const exponent = sign === 0x2b || sign === 0x2d ? at + 2 : at + 1
  const end = pastDigits(bytes, exponent)
  return end === exponent ? -1 : end
}

function pastDigits(bytes: Uint8Array, from: number): number {
  let at = from
  for (let code = bytes[at] ?? 0; code >= 48 && code <= 57; code = bytes[at] ?? 0) at++
  return at
}
