import { TOKEN, type Tokens } from '../../tokens/tokens.ts'
import { tokenize } from '../../tokens/tokenizer.ts'
import type { Diagnostic, Statement } from '../../tree.ts'
import { atEnd, createCursor, type Cursor, kind, MAX_DEPTH, peek, report, textAt, wordAt } from '../cursor.ts'
import { type Piece, literalPiece } from './literal-pieces.ts'
import { nextSemicolon } from './boundary.ts'
import { scriptStatements } from './list.ts'

/** A text inside a text costs as much of the stack as this many levels. */
const EMBEDDED_DEPTH = 25

/**
 * The statements in the string literal at the current token, which is eaten. Spans are those of the whole text.
 * Null where the text nests deeper than is read.
 */
export function embeddedStatements(cursor: Cursor): readonly Statement[] | null {
  const piece = literalPiece(cursor)
  cursor.at++
  return readPieces(cursor, [piece])
}

export interface DynamicText {
  readonly statements: readonly Statement[] | null
  /** Something in it is not a literal: names may be missing from it. */
  readonly dynamic: boolean
}

/**
 * The statements in `'…' || name || '…'` at the current token: unknown parts are read as variables. Eats up to the end of the
 * statement, `)`, a comma, USING or INTO. Null where no literal is in it.
 */
export function dynamicStatements(cursor: Cursor): DynamicText | null {
  const end = nextSemicolon(cursor)
  const pieces: Piece[] = []
  const from = cursor.tokens.starts[cursor.at] ?? 0
  let literal = false
  let dynamic = false
  while (cursor.at < end && !endsText(cursor)) {
    if (kind(cursor) === TOKEN.string) {
      pieces.push(literalPiece(cursor))
      literal = true
      cursor.at++
    } else if (peek(cursor, '||') || peek(cursor, '+')) cursor.at++
    else {
      pieces.push(variablePiece(cursor))
      dynamic = true
    }
  }
  if (!literal) return null
  if (dynamic) report(cursor, 'SQL_DYNAMIC', 'parts of this text are known only when it runs', from, cursor.tokens.ends[cursor.at - 1] ?? from)
  return { statements: readPieces(cursor, pieces), dynamic }
}

function endsText(cursor: Cursor): boolean {
  const current = textAt(cursor, 0).toUpperCase()
  if (current === ')' || current === ',' || current === 'USING' || current === 'INTO' || current === 'BULK' || current === 'RETURNING' || current === 'AT') return true
  return current === 'LOOP' || current === 'RETURN' || (current === 'AS' && wordAt(cursor, 1) !== '(')
}

/** A name, call or bracket between two literals: `${…}`, which is read as a variable wherever a name may stand. */
function variablePiece(cursor: Cursor): Piece {
  const from = cursor.tokens.starts[cursor.at] ?? 0
  const text = '${x}'
  do {
    const close = cursor.tokens.closers[cursor.at] ?? 0
    cursor.at = close > cursor.at ? Math.min(close + 1, cursor.end) : cursor.at + 1
  } while (!atEnd(cursor) && (peek(cursor, '.') || peek(cursor, '(') || (kind(cursor) !== TOKEN.string && wordAt(cursor, -1) === '.')))
  return { text, from, places: null }
}

function readPieces(cursor: Cursor, pieces: readonly Piece[]): readonly Statement[] | null {
  if (cursor.depth + EMBEDDED_DEPTH > MAX_DEPTH) return null
  const only = pieces.length === 1 ? pieces[0] : undefined
  if (only !== undefined && only.places === null && !only.text.startsWith('${')) return readInPlace(cursor, only)
  return readMapped(cursor, pieces)
}

/** The literal's text is a part of the whole text as it is: the tokens are moved to where they stand in it. */
function readInPlace(cursor: Cursor, piece: Piece): readonly Statement[] {
  const tokens = tokenize(piece.text, cursor.dialect)
  for (let i = 0; i <= tokens.count; i++) {
    tokens.starts[i] = (tokens.starts[i] ?? 0) + piece.from
    tokens.ends[i] = (tokens.ends[i] ?? 0) + piece.from
  }
  tokens.sql = cursor.sql
  return readTokens(cursor, tokens, (at) => at + piece.from)
}

/** The text has escapes or is put together: it is read by itself, and the spans of what was read are moved. */
function readMapped(cursor: Cursor, pieces: readonly Piece[]): readonly Statement[] {
  const places: number[] = []
  let text = ''
  for (const piece of pieces) {
    for (let i = 0; i < piece.text.length; i++) places.push(piece.places === null ? piece.from + (piece.text === '${x}' ? 0 : i) : (piece.places[i] ?? piece.from))
    text += piece.text
  }
  const last = (places[places.length - 1] ?? 0) + 1
  const placeOf = (at: number): number => (at < places.length ? (places[at] ?? last) : last)
  const before = cursor.diagnostics.length
  const statements = readTokens(cursor, tokenize(text, cursor.dialect), placeOf)
  const problems = cursor.diagnostics.splice(before)
  for (const problem of problems) report(cursor, problem.code, problem.message, placeOf(problem.from), placeOf(problem.to))
  return statements.map((statement) => moved(statement, placeOf) as Statement)
}

function readTokens(cursor: Cursor, tokens: Tokens, placeOf: (at: number) => number): readonly Statement[] {
  const inner: Cursor = { ...createCursor(tokens, cursor.dialect, cursor.rules), depth: cursor.depth + EMBEDDED_DEPTH, diagnostics: cursor.diagnostics }
  const moveProblem = (problem: Diagnostic): void => report(cursor, problem.code, problem.message, placeOf(problem.from), placeOf(problem.to))
  if (tokens.sql === cursor.sql) tokens.problems.forEach(moveProblem)
  else cursor.diagnostics.push(...tokens.problems)
  const list: Statement[] = []
  while (!atEnd(inner)) {
    list.push(...scriptStatements(inner))
    // a stray END or ELSE
    if (!atEnd(inner)) inner.at++
  }
  return list
}

/** A copy of a tree with its spans moved; nodes nest no deeper than `MAX_DEPTH` allows. */
function moved(node: unknown, placeOf: (at: number) => number): unknown {
  if (Array.isArray(node)) return node.map((item) => moved(item, placeOf))
  if (typeof node !== 'object' || node === null) return node
  const copy: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(node)) copy[key] = typeof value === 'number' && (key === 'from' || key === 'to') ? placeOf(value) : moved(value, placeOf)
  return copy
}
