import { TOKEN } from '../../tokens/tokens.ts'
import { atEnd, type Cursor, closer, eat, kind, kindAt, type Piece, peek, textAt, tooDeep, wordAt } from '../cursor.ts'
import { atBareStart, nextSemicolon, within } from './boundary.ts'
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
/** What a call in a text (`CONCAT`, `FORMAT`, `QUOTENAME`) takes of the nesting that is read. */
const CALL_DEPTH = 2

/**
 * The text that the expression at the current token gives: literals, `||`, `+`, CONCAT, FORMAT, and variables that were given such
 * texts before. Ends at a comma, a closing bracket, or a word that cannot go on; what is eaten is as if an expression was read.
 */
export function dynamicText(cursor: Cursor): DynamicText {
  const end = nextSemicolon(cursor)
  const text = { pieces: [] as Piece[], literal: false, dynamic: false }
  cursor.depth += CALL_DEPTH
  if (tooDeep(cursor)) {
    text.dynamic = true
    cursor.at = Math.max(cursor.at, Math.min(end, cursor.end))
  }
  while (cursor.at < end && !endsText(cursor) && text.pieces.length < MAX_PIECES) part(cursor, text)
  cursor.depth -= CALL_DEPTH
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
  else if (wordAt(cursor, 1) === '(' && QUOTING.has(textAt(cursor, 0).toUpperCase()))
    quoted(cursor, QUOTING.get(textAt(cursor, 0).toUpperCase()) ?? '', text)
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
  cursor.at++
  within(cursor, close, () => {
    while (!atEnd(cursor)) {
      const inner = dynamicText(cursor)
      text.pieces.push(...inner.pieces)
      text.literal ||= inner.literal
      text.dynamic ||= inner.dynamic
      if (!eat(cursor, ',')) break
    }
  })
  cursor.at = Math.min(close + 1, cursor.end)
}

/** FORMAT ('… %s …', a): its holes are the arguments behind it, in order or by number (`%1$I`). */
function formatted(cursor: Cursor, text: Text): void {
  cursor.at++
  const close = closer(cursor)
  cursor.at++
  within(cursor, close, () => {
    const template = kind(cursor) === TOKEN.string ? literalPiece(cursor) : null
    if (template === null) {
      text.pieces.push(unknown(cursor))
      text.dynamic = true
      return
    }
    cursor.at++
    text.literal = true
    fill(template, argumentTexts(cursor), text)
  })
  cursor.at = Math.min(close + 1, cursor.end)
}

/** The texts of the arguments behind a template; null for one that is not known. */
function argumentTexts(cursor: Cursor): readonly (readonly Piece[] | null)[] {
  const texts: (readonly Piece[] | null)[] = []
  while (eat(cursor, ',') && texts.length < MAX_PIECES) {
    const { pieces, literal, dynamic } = dynamicText(cursor)
    texts.push(literal && !dynamic ? pieces : null)
  }
  return texts
}

/** `%s`, `%I`, `%1$L`, `%T` are the arguments, or variables; the places of what is around them stay. */
function fill(template: Piece, texts: readonly (readonly Piece[] | null)[], text: Text): void {
  let at = 0
  let next = 0
  for (const hole of template.text.matchAll(/%(?:(\d+)\$)?([sILtTdpi])/g)) {
    text.pieces.push(slice(template, at, hole.index))
    at = hole.index + hole[0].length
    const place = hole[1] === undefined ? next++ : Number(hole[1]) - 1
    const known = texts[place]
    // %L and %d are values, which no table is called by
    const named = /[sItT]/.test(hole[2] ?? '')
    text.dynamic ||= named && !known
    if (known)
      text.pieces.push(
        ...(hole[2] === 'L' ? [glue("'", placeIn(template, hole.index)), ...known, glue("'", placeIn(template, hole.index))] : known),
      )
    else text.pieces.push(glue(named ? UNKNOWN : '?', placeIn(template, hole.index)))
  }
  text.pieces.push(slice(template, at, template.text.length))
}

function slice(piece: Piece, from: number, to: number): Piece {
  const text = piece.text.slice(from, to)
  return piece.places === null
    ? { text, from: piece.from + from, places: null }
    : { text, from: placeIn(piece, from), places: piece.places.slice(from, to) }
}

/** A text that stands nowhere: its place is that of what it stands for. */
function glue(text: string, at: number): Piece {
  return { text, from: at, places: new Int32Array(text.length).fill(at) }
}

/** QUOTENAME (a), quote_ident (a), quote_literal (a): the argument in quotes, where it needs them. */
function quoted(cursor: Cursor, quote: string, text: Text): void {
  const from = cursor.tokens.starts[cursor.at] ?? 0
  cursor.at++
  const close = closer(cursor)
  cursor.at++
  const inner = within(cursor, close, () => dynamicText(cursor))
  cursor.at = Math.min(close + 1, cursor.end)
  text.literal ||= inner.literal
  text.dynamic ||= inner.dynamic
  const plain = quote !== "'" && /^[a-z_][a-z0-9_]*$/i.test(inner.pieces.map((piece) => piece.text).join(''))
  text.pieces.push(...(plain || inner.dynamic ? inner.pieces : [glue(quote, from), ...inner.pieces, glue(CLOSING[quote] ?? quote, from)]))
}

const CLOSING: Readonly<Record<string, string>> = { '[': ']' }

const QUOTING: ReadonlyMap<string, string> = new Map([
  ['QUOTENAME', '['],
  ['QUOTE_IDENT', '"'],
  ['QUOTE_LITERAL', "'"],
  ['QUOTE_NULLABLE', "'"],
])

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
