import type { Cursor, Piece } from '../cursor.ts'
import { literalText } from '../literals.ts'

/** The literal at the current token, which stays. */
export function literalPiece(cursor: Cursor): Piece {
  const start = cursor.tokens.starts[cursor.at] ?? 0
  const end = cursor.tokens.ends[cursor.at] ?? start
  const text = literalText(cursor.sql, start, end, cursor.dialect)
  const at = cursor.sql.slice(start, end).indexOf(text)
  if (at >= 0) return { text, from: start + at, places: null }
  return { text, from: start, places: align(cursor.sql, start, end, text) }
}

/** Where the characters of an unescaped text stand in the literal [start, end): each is found at or behind the one before. */
function align(sql: string, start: number, end: number, text: string): Int32Array {
  const places = new Int32Array(text.length)
  let at = openingEnd(sql, start)
  for (let i = 0; i < text.length; i++) {
    const wanted = text.charCodeAt(i)
    // an escaped character stands behind its backslash or behind its doubled quote's first
    if (sql.charCodeAt(at) === BACKSLASH && wanted !== BACKSLASH) at++
    else if (isQuote(wanted) && sql.charCodeAt(at) === wanted && sql.charCodeAt(at + 1) === wanted) at++
    else if (wanted === BACKSLASH && sql.charCodeAt(at + 1) === BACKSLASH) at++
    places[i] = Math.min(at, end)
    at++
  }
  return places
}

const BACKSLASH = 92

function isQuote(code: number): boolean {
  return code === 39 || code === 34
}

/** Past the prefix and the opening quote. */
function openingEnd(sql: string, start: number): number {
  let at = start
  while (at < sql.length && !isQuote(sql.charCodeAt(at))) at++
  return at + 1
}
