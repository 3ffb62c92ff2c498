import { tokenize } from '../../tokens/tokenizer.ts'
import { createTokens, type Tokens } from '../../tokens/tokens.ts'
import type { Word } from '../../tokens/words.ts'
import type { Diagnostic, Expr, Statement } from '../../tree.ts'
import { atEnd, type Cursor, createCursor, MAX_DEPTH, type Piece, report, word } from '../cursor.ts'
import { isQueryStart } from './boundary.ts'
import { dynamicText, placeIn } from './dynamic-text.ts'
import { scriptStatements } from './list.ts'
import { literalPiece } from './literal-pieces.ts'

/** A text inside a text costs as much of the stack as this many levels. */
const EMBEDDED_DEPTH = 25

/** What a text inside the text holds. */
type Reader<T> = (inner: Cursor) => T

/**
 * The statements in the string literal at the current token, which is eaten. Spans are those of the whole text.
 * Null where the text nests deeper than is read.
 */
export function embeddedStatements(cursor: Cursor): readonly Statement[] | null {
  const piece = literalPiece(cursor)
  cursor.at++
  return readPieces(cursor, [piece], allStatements)
}

interface EmbeddedBody {
  readonly statements: readonly Statement[] | null
  readonly expression: Expr | null
}

/** A function's body in the string literal at the current token, which is eaten: statements, or an expression such as `a * 2`. */
export function embeddedBody(cursor: Cursor): EmbeddedBody {
  const piece = literalPiece(cursor)
  cursor.at++
  const read = readPieces(cursor, [piece], (inner): EmbeddedBody => {
    if (atEnd(inner) || startsScript(inner)) return { statements: allStatements(inner), expression: null }
    return { statements: null, expression: inner.rules.expression(inner) }
  })
  return read ?? { statements: null, expression: null }
}

// biome-ignore format: a table
const SCRIPT_STARTS: ReadonlySet<Word> = new Set<Word>([
  'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'BEGIN', 'DECLARE', 'CALL', 'EXECUTE', 'RETURN', 'CREATE', 'DROP', 'ALTER', 'TRUNCATE', 'LET', 'SET', 'COPY', 'PERFORM', 'SHOW', '<<', ';',
])

function startsScript(inner: Cursor): boolean {
  return isQueryStart(inner) || SCRIPT_STARTS.has(word(inner))
}

/**
 * The statements in the text that the expression at the current token gives: unknown parts are read as variables. Null where no
 * literal is in it.
 */
export function dynamicStatements(cursor: Cursor): readonly Statement[] | null {
  const from = cursor.tokens.starts[cursor.at] ?? 0
  const { pieces, literal, dynamic } = dynamicText(cursor)
  if (!literal) return null
  if (dynamic || pieces.some((piece) => piece.text === '${x}')) {
    report(cursor, 'SQL_DYNAMIC', 'parts of this text are known only when it runs', from, cursor.tokens.ends[cursor.at - 1] ?? from)
  }
  return readPieces(cursor, pieces, allStatements)
}

function allStatements(inner: Cursor): readonly Statement[] {
  const list: Statement[] = []
  while (!atEnd(inner)) {
    list.push(...scriptStatements(inner))
    // a stray END or ELSE
    if (!atEnd(inner)) inner.at++
  }
  return list
}

function readPieces<T>(cursor: Cursor, pieces: readonly Piece[], reader: Reader<T>): T | null {
  if (cursor.depth + EMBEDDED_DEPTH > MAX_DEPTH) return null
  const [only] = pieces
  if (only !== undefined && pieces.length === 1 && only.places === null) return readInPlace(cursor, only, reader)
  return readMapped(cursor, pieces, reader)
}

/** The literal's text is a part of the whole text as it is: the tokens are moved to where they stand in it. */
function readInPlace<T>(cursor: Cursor, piece: Piece, reader: Reader<T>): T {
  const tokens = tokenize(piece.text, cursor.dialect, createTokens(capacityFor(piece.text)))
  for (let i = 0; i <= tokens.count; i++) {
    tokens.starts[i] = (tokens.starts[i] ?? 0) + piece.from
    tokens.ends[i] = (tokens.ends[i] ?? 0) + piece.from
  }
  tokens.sql = cursor.sql
  const moveProblem = (problem: Diagnostic): void =>
    report(cursor, problem.code, problem.message, problem.from + piece.from, problem.to + piece.from)
  tokens.problems.forEach(moveProblem)
  return reader(innerCursor(cursor, tokens))
}

/** The text has escapes or is put together: it is read by itself, and the spans of what was read are moved. */
function readMapped<T>(cursor: Cursor, pieces: readonly Piece[], reader: Reader<T>): T {
  const places: number[] = []
  let text = ''
  for (const piece of pieces) {
    for (let i = 0; i < piece.text.length; i++) places.push(placeIn(piece, i))
    text += piece.text
  }
  const last = (places[places.length - 1] ?? 0) + 1
  const placeOf = (at: number): number => (at < places.length ? (places[at] ?? last) : last)
  const before = cursor.diagnostics.length
  const tokens = tokenize(text, cursor.dialect, createTokens(capacityFor(text)))
  cursor.diagnostics.push(...tokens.problems)
  const result = reader(innerCursor(cursor, tokens))
  for (const problem of cursor.diagnostics.splice(before))
    report(cursor, problem.code, problem.message, placeOf(problem.from), placeOf(problem.to))
  // a copy of the same shape
  return moved(result, placeOf) as T
}

/** Buffers for about as many tokens as a text has; they grow where it has more. */
function capacityFor(text: string): number {
  return Math.max(16, text.length >> 2)
}

function innerCursor(cursor: Cursor, tokens: Tokens): Cursor {
  return { ...createCursor(tokens, cursor.dialect, cursor.rules), depth: cursor.depth + EMBEDDED_DEPTH, diagnostics: cursor.diagnostics }
}

/** A copy of a tree with its spans moved; nodes nest no deeper than `MAX_DEPTH` allows. */
function moved(node: unknown, placeOf: (at: number) => number): unknown {
  if (Array.isArray(node)) return node.map((item) => moved(item, placeOf))
  if (typeof node !== 'object' || node === null) return node
  const copy: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(node))
    copy[key] = typeof value === 'number' && (key === 'from' || key === 'to') ? placeOf(value) : moved(value, placeOf)
  return copy
}
