import type { Dialect } from '../dialects/dialect.ts'
import { TOKEN, type Tokens } from '../tokens/tokens.ts'
import { WORDS, type Word } from '../tokens/words.ts'
import type { Cte, Diagnostic, DiagnosticCode, Expr, Query, QueryBody, Relation, SelectItem, Source, Statement } from '../tree.ts'

/**
 * Rules that call each other in circles go through this table, so that no file imports another in a circle.
 * `statement` is what a data-modifying CTE and a routine's body are read with.
 */
export interface Rules {
  readonly query: (cursor: Cursor) => Query
  readonly queryBody: (cursor: Cursor) => QueryBody
  readonly ctes: (cursor: Cursor) => readonly Cte[]
  readonly expression: (cursor: Cursor) => Expr
  readonly relations: (cursor: Cursor) => readonly Relation[]
  readonly source: (cursor: Cursor) => Source
  readonly selectItems: (cursor: Cursor) => readonly SelectItem[]
  readonly statement: (cursor: Cursor) => Statement
}

/** The state of one reading: a place in the tokens, and what was found odd so far. Nothing here is shared between texts. */
export interface Cursor {
  readonly sql: string
  readonly tokens: Tokens
  readonly dialect: Dialect
  readonly rules: Rules
  readonly diagnostics: Diagnostic[]
  /** Index of the current token. */
  at: number
  /** Index just past the last token to read: a sub-range is read by narrowing it. */
  end: number
  /** How many rules that can nest are open. */
  depth: number
  /** What ClickHouse's `WITH expr AS name` named so far, by name; null in all other texts. */
  values: ReadonlyMap<string, NamedValue> | null
  /** The first `;` at or after token `semicolonFrom` is token `semicolonAt`: remembered, so that asking is linear over a text. */
  semicolonFrom: number
  semicolonAt: number
  /** Texts that variables were given, by name in lower case: what EXECUTE IMMEDIATE v runs. */
  readonly texts: Map<string, readonly Piece[]>
}

/** A stretch of a text in a literal. `places[i]` is where character i stands in the whole text; null: at `from + i`. */
export interface Piece {
  readonly text: string
  readonly from: number
  readonly places: Int32Array | null
}

/** `weight` is how many values a use of it stands for, itself included: values that use values would otherwise grow without limit. */
export interface NamedValue {
  readonly expr: Expr
  readonly weight: number
}

/** Nested rules beyond this are skipped with `SQL_TOO_DEEP`: each level costs up to ten frames of V8's default stack of about 1 MB. */
export const MAX_DEPTH = 400

export function createCursor(tokens: Tokens, dialect: Dialect, rules: Rules): Cursor {
  return {
    sql: tokens.sql,
    tokens,
    dialect,
    rules,
    diagnostics: [],
    at: 0,
    end: tokens.count,
    depth: 0,
    values: null,
    semicolonFrom: 0,
    semicolonAt: -1,
    texts: new Map(),
  }
}

/** The word or operator at `offset` tokens from here; '' for names, literals and the end. */
export function wordAt(cursor: Cursor, offset: number): Word {
  const index = cursor.at + offset
  // ids in `words` come from WORDS
  return index < cursor.end ? (WORDS[cursor.tokens.words[index] as number] as Word) : ''
}

export function word(cursor: Cursor): Word {
  return cursor.at < cursor.end ? (WORDS[cursor.tokens.words[cursor.at] as number] as Word) : ''
}

/** The kind of the token at `offset` from here; `TOKEN.end` past the end. */
export function kindAt(cursor: Cursor, offset: number): number {
  const index = cursor.at + offset
  return index < cursor.end ? (cursor.tokens.kinds[index] as number) : TOKEN.end
}

export function kind(cursor: Cursor): number {
  return cursor.at < cursor.end ? (cursor.tokens.kinds[cursor.at] as number) : TOKEN.end
}

export function peek(cursor: Cursor, wanted: Word): boolean {
  return word(cursor) === wanted
}

export function eat(cursor: Cursor, wanted: Word): boolean {
  if (word(cursor) !== wanted) return false
  cursor.at++
  return true
}

export function eat2(cursor: Cursor, first: Word, second: Word): boolean {
  if (word(cursor) !== first || wordAt(cursor, 1) !== second) return false
  cursor.at += 2
  return true
}

/** Eats the wanted word, or says that it is missing and stays. */
export function expect(cursor: Cursor, wanted: Word): boolean {
  if (eat(cursor, wanted)) return true
  report(cursor, 'SQL_CLAUSE_UNKNOWN', `expected ${wanted}`, here(cursor), hereEnd(cursor))
  return false
}

export function atEnd(cursor: Cursor): boolean {
  return cursor.at >= cursor.end
}

/** A place to come back to; diagnostics reported since are taken back by `rewind`. */
export interface Mark {
  readonly at: number
  readonly diagnostics: number
}

export function mark(cursor: Cursor): Mark {
  return { at: cursor.at, diagnostics: cursor.diagnostics.length }
}

export function rewind(cursor: Cursor, to: Mark): void {
  cursor.at = to.at
  cursor.diagnostics.length = to.diagnostics
}

/** Offset in the text where the current token starts; past the last token, where that ends. */
export function here(cursor: Cursor): number {
  return cursor.at < cursor.end ? (cursor.tokens.starts[cursor.at] as number) : lastEnd(cursor)
}

function hereEnd(cursor: Cursor): number {
  return cursor.at < cursor.end ? (cursor.tokens.ends[cursor.at] as number) : lastEnd(cursor)
}

/** Offset in the text just past the token eaten last. */
export function lastEnd(cursor: Cursor): number {
  return cursor.at > 0 ? (cursor.tokens.ends[cursor.at - 1] as number) : 0
}

/** The text of the token at `offset` from here, as written. */
export function textAt(cursor: Cursor, offset: number): string {
  const index = cursor.at + offset
  return index < cursor.end ? cursor.sql.slice(cursor.tokens.starts[index], cursor.tokens.ends[index]) : ''
}

/** Whether the current token follows the one before without a gap. */
export function adjacent(cursor: Cursor): boolean {
  return cursor.at > 0 && cursor.at < cursor.end && cursor.tokens.starts[cursor.at] === cursor.tokens.ends[cursor.at - 1]
}

/** Limit on the diagnostics of one text: after a first few hundred they say nothing new, and a broken text could have one a token. */
const MAX_DIAGNOSTICS = 200

export function report(cursor: Cursor, code: DiagnosticCode, message: string, from: number, to: number): void {
  if (cursor.diagnostics.length < MAX_DIAGNOSTICS) cursor.diagnostics.push({ code, message, from, to })
}

/** Index of the token that closes the bracket at the current token, at most `end`. */
export function closer(cursor: Cursor): number {
  const close = cursor.tokens.closers[cursor.at] as number
  return close > cursor.at && close < cursor.end ? close : cursor.end
}

/** Moves past the bracket at the current token and all that is in it; past one token where there is no bracket. */
export function skipBalanced(cursor: Cursor): void {
  if (atEnd(cursor)) return
  cursor.at = (cursor.tokens.closers[cursor.at] as number) > 0 ? Math.min(closer(cursor) + 1, cursor.end) : cursor.at + 1
}

/** Moves on, over whole brackets, until the current token is one of `stops` or the end, or closes a bracket opened before. */
export function skipUntil(cursor: Cursor, stops: ReadonlySet<Word>): void {
  while (!atEnd(cursor)) {
    const current = word(cursor)
    if (stops.has(current) || current === ')' || current === ']' || current === '}') return
    skipBalanced(cursor)
  }
}

/** A rule that reads a part at most so deep; past the limit the part in brackets is skipped and said. */
export function tooDeep(cursor: Cursor): boolean {
  if (cursor.depth < MAX_DEPTH) return false
  const last = cursor.diagnostics[cursor.diagnostics.length - 1]
  if (last?.code !== 'SQL_TOO_DEEP')
    report(cursor, 'SQL_TOO_DEEP', `nested more than ${MAX_DEPTH} levels deep`, here(cursor), hereEnd(cursor))
  return true
}

/** Past the bracket that `close` closes. What a query in it left unread is said: it may have held columns. */
export function leaveBracket(cursor: Cursor, close: number): void {
  if (cursor.at < close) {
    const from = cursor.tokens.starts[cursor.at] as number
    report(cursor, 'SQL_CLAUSE_UNKNOWN', 'this clause is not known here and was skipped', from, cursor.tokens.ends[close - 1] as number)
  }
  cursor.at = Math.min(close + 1, cursor.end)
}
