import { TOKEN } from '../../tokens/tokens.ts'
import { atEnd, type Cursor, closer, eat, kind, kindAt, type Piece, peek, textAt, wordAt } from '../cursor.ts'
import { atBareStart, nextSemicolon } from './boundary.ts'
import { literalPiece } from './literal-pieces.ts'

/** A text put together from literals and parts that are known only when it runs. */
export interface DynamicText {
  readonly pieces: readonly Piece[]
  /** At least one part is a literal. */
  readonly literal: boolean
  /** At least one part is not. */
  readonly dynamic: boolean
}

/** What stands for an unknown part: read as a variable wherever a name may stand. */
const UNKNOWN = '${x}'
/** Beyond this a text that is made of itself again and again is not kept. */
const MAX_PIECES = 200

/**
 * The text that the expression at the current token gives: literals, `||`, `+`, CONCAT, FORMAT, and variables that were given such
 * texts before. Ends at a comma, a closing bracket, or a word that cannot go on; what is eaten is as if an expression was read.
 */
export function dynamicText(cursor: Cursor): DynamicText {
  const end = nextSemicolon(cursor)
  const text = { pieces: [] as Piece[], literal: false, dynamic: false }
  while (cursor.at < end && !endsText(cursor) && text.pieces.length < MAX_PIECES) part(cursor, text)
  return text
}

type Text = { readonly pieces: Piece[]; literal: boolean; dynamic: boolean }

function part(cursor: Cursor, text: Text): void {
  if (kind(cursor) === TOKEN.string) {
    text.pieces.push(literalPiece(cursor))
    text.literal = true
    cursor.at++
  } else if (peek(cursor, '||') || peek(cursor, '+')) cursor.at++
  else if (isCall(cursor, 'CONCAT')) concatenated(cursor, text)
  else if (isCall(cursor, 'FORMAT')) formatted(cursor, text)
  else if (!known(cursor, text)) {
    text.pieces.push(unknown(cursor))
    text.dynamic = true
  }
}

function isCall(cursor: Cursor, name: string): boolean {
  return wordAt(cursor, 1) === '(' && textAt(cursor, 0).toUpperCase() === name
}

/** CONCAT (a, b, …): its arguments one after the other. */
function concatenated(cursor: Cursor, text: Text): void {
  cursor.at++
  const close = closer(cursor)
  const before = cursor.end
  cursor.at++
  cursor.end = close
  while (!atEnd(cursor)) {
    const inner = dynamicText(cursor)
    text.pieces.push(...inner.pieces)
    text.literal ||= inner.literal
    text.dynamic ||= inner.dynamic
    if (!eat(cursor, ',')) break
  }
  cursor.end = before
  cursor.at = Math.min(close + 1, cursor.end)
}

/** FORMAT ('… %s …', a): its holes are unknown parts. */
function formatted(cursor: Cursor, text: Text): void {
  cursor.at++
  const close = closer(cursor)
  cursor.at++
  if (kind(cursor) === TOKEN.string) {
    text.pieces.push(filled(literalPiece(cursor)))
    text.literal = true
  } else text.pieces.push(unknown(cursor))
  text.dynamic = true
  cursor.at = Math.min(close + 1, cursor.end)
}

/** `%s`, `%I`, `%1$L`, `%T` become variables; the places of what is around them stay. */
function filled(piece: Piece): Piece {
  const places: number[] = []
  let out = ''
  let at = 0
  for (const hole of piece.text.matchAll(/%(?:\d+\$)?[sILtTdpi]/g)) {
    for (; at < hole.index; at++) {
      out += piece.text[at]
      places.push(placeIn(piece, at))
    }
    for (let i = 0; i < UNKNOWN.length; i++) places.push(placeIn(piece, at))
    out += UNKNOWN
    at += hole[0].length
  }
  for (; at < piece.text.length; at++) {
    out += piece.text[at]
    places.push(placeIn(piece, at))
  }
  return { text: out, from: piece.from, places: Int32Array.from(places) }
}

/** Where character `at` of a piece stands in the whole text. */
export function placeIn(piece: Piece, at: number): number {
  return piece.places === null ? piece.from + at : (piece.places[at] ?? piece.from)
}

/** A variable whose text is known. */
function known(cursor: Cursor, text: Text): boolean {
  const next = wordAt(cursor, 1)
  if (next === '.' || next === '(' || (kind(cursor) !== TOKEN.parameter && kind(cursor) !== TOKEN.word)) return false
  const pieces = cursor.texts.get(variableKey(textAt(cursor, 0)))
  if (pieces === undefined) return false
  cursor.at++
  text.pieces.push(...pieces)
  text.literal = true
  return true
}

/** `@sql`, `:sql`, `$sql` and `sql` are one variable. */
export function variableKey(name: string): string {
  return name.replace(/^[@:$]+/, '').toLowerCase()
}

function endsText(cursor: Cursor): boolean {
  if (atBareStart(cursor)) return true
  const current = textAt(cursor, 0).toUpperCase()
  return ENDS.has(current) || (current === 'AS' && wordAt(cursor, 1) !== '(')
}

const ENDS: ReadonlySet<string> = new Set([')', ',', 'USING', 'INTO', 'BULK', 'RETURNING', 'AT', 'LOOP', 'RETURN'])

/** A name, call or bracket between two literals. */
function unknown(cursor: Cursor): Piece {
  const from = cursor.tokens.starts[cursor.at] ?? 0
  do {
    const close = cursor.tokens.closers[cursor.at] ?? 0
    cursor.at = close > cursor.at ? Math.min(close + 1, cursor.end) : cursor.at + 1
  } while (!atEnd(cursor) && (peek(cursor, '.') || peek(cursor, '(') || (kind(cursor) !== TOKEN.string && wordAt(cursor, -1) === '.')))
  return { text: UNKNOWN, from, places: Int32Array.of(from, from, from, from) }
}

/** Keeps the text that the expression at the current token gives to a variable, or adds to it; nothing is eaten. */
export function rememberText(cursor: Cursor, name: string, append = false): void {
  const start = cursor.at
  if (kindAt(cursor, 0) === TOKEN.number) return
  const given = dynamicText(cursor)
  cursor.at = start
  const key = variableKey(name)
  const before = append ? (cursor.texts.get(key) ?? []) : []
  const pieces = [...before, ...given.pieces]
  const literal = given.literal || before.length > 0
  const length = pieces.reduce((sum, piece) => sum + piece.text.length, 0)
  if (literal && length < MAX_LENGTH && pieces.length < MAX_PIECES) cursor.texts.set(key, pieces)
  else cursor.texts.delete(key)
}

const MAX_LENGTH = 1_000_000
