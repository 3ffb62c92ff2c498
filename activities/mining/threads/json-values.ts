/** Where parts of JSON end, by its own grammar; -1 where they are none, or hold a `\uXXXX`. */

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Behind a backslash, but `u`. */
const ESCAPES = new Uint8Array(256)
for (const character of '"\\/bfnrt') ESCAPES[character.charCodeAt(0)] = 1

/** Values stand on one line: other blanks end it. */
export function pastBlanks(bytes: Uint8Array, from: number): number {
  let at = from
  while (bytes[at] === 32 || bytes[at] === 9) at++
  return at
}

/** Just past the string whose quote is at `start`. */
export function endOfJsonString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    const code = bytes[at] as number // in bounds
    if (code === QUOTE) return at + 1
    if (code < 32 || (code === BACKSLASH && ESCAPES[bytes[++at] as number] !== 1)) return -1 // undefined at the end: no escape
  }
  return -1
}
