import { TOKEN } from '../../tokens/tokens.ts'
import { WORDS, type Word, wordId } from '../../tokens/words.ts'
import type { Statement } from '../../tree.ts'
import { atEnd, type Cursor, here, kind, lastEnd, report, skipBalanced, textAt, word, wordAt } from '../cursor.ts'
import { startsQuery } from '../query-start.ts'

/** Reads one statement; `from` is the offset of its first token, which is not eaten yet. */
export type StatementRule = (cursor: Cursor, from: number) => Statement

/** What a statement inside a statement costs of the nesting that is read: it takes more frames of the stack than an expression. */
export const STATEMENT_DEPTH = 3

/** Whether the statement being read is part of another: a script's, a body's. */
export function isNested(cursor: Cursor): boolean {
  return cursor.depth > STATEMENT_DEPTH
}

const SEMICOLON = wordId(';')

/** Index of the next `;` from here, or `end`. Linear over a whole text: the last answer is remembered. */
export function nextSemicolon(cursor: Cursor): number {
  const { tokens, end } = cursor
  if (cursor.semicolonAt < cursor.at || cursor.semicolonFrom > cursor.at) {
    let at = cursor.at
    // no statement starts with a literal: OPENROWSET('provider', 'source';'user';'password', …) goes on
    while (at < tokens.count && (tokens.words[at] !== SEMICOLON || tokens.kinds[at + 1] === TOKEN.string)) at++
    cursor.semicolonFrom = cursor.at
    cursor.semicolonAt = at
  }
  return Math.min(cursor.semicolonAt, end)
}

/** Reads with `cursor.end` moved to `end`, and puts it back. */
export function within<T>(cursor: Cursor, end: number, rule: () => T): T {
  const before = cursor.end
  cursor.end = Math.min(end, before)
  const result = rule()
  cursor.end = before
  return result
}

/** A statement that holds no other statements: it ends at the next `;` at the latest. */
export function simple(rule: StatementRule): StatementRule {
  return (cursor, from) => within(cursor, nextSemicolon(cursor), () => rule(cursor, from))
}

/** Words a statement can start with where none is needed to end the one before (SQL Server, Synapse). */
// biome-ignore format: a table
const BARE_STARTS: ReadonlySet<Word> = new Set<Word>([
  'SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'CREATE', 'ALTER', 'DROP', 'TRUNCATE', 'EXEC', 'EXECUTE', 'DECLARE', 'SET', 'IF', 'ELSE', 'WHILE',
  'BEGIN', 'END', 'PRINT', 'RETURN', 'USE', 'RAISERROR', 'THROW', 'COMMIT', 'ROLLBACK', 'SAVE', 'OPEN', 'CLOSE', 'FETCH', 'DEALLOCATE', 'GRANT',
  'REVOKE', 'DENY', 'WAITFOR', 'BREAK', 'CONTINUE', 'GOTO', 'BULK', 'DBCC', 'BACKUP', 'RESTORE', 'KILL', 'GO',
])

/** Whether the current token starts a statement in a dialect whose statements need no `;` between them. */
export function atBareStart(cursor: Cursor): boolean {
  if (!cursor.dialect.grammar.bareStatements) return false
  const current = word(cursor)
  // ALTER PARTITION FUNCTION … MERGE RANGE
  if (current === 'MERGE' && wordAt(cursor, 1) === 'RANGE') return false
  // DROP COLUMN IF EXISTS c
  if (current === 'IF' && wordAt(cursor, 1) === 'EXISTS') return wordAt(cursor, 2) === '('
  if (BARE_STARTS.has(current)) return true
  if (current === 'WITH') return opensCtes(cursor)
  if (current === 'RENAME') return wordAt(cursor, 1) === 'OBJECT'
  return current === 'COPY' && wordAt(cursor, 1) === 'INTO'
}

/** Whether the WITH here names CTEs and no options: `WITH c AS (`, `WITH c (a, b) AS (`. */
export function opensCtes(cursor: Cursor): boolean {
  if (!isName(cursor, 1)) return false
  return wordAt(cursor, 2) === '('
    ? wordAt(cursor, (cursor.tokens.closers[cursor.at + 2] ?? 0) + 1 - cursor.at) === 'AS'
    : wordAt(cursor, 2) === 'AS' && wordAt(cursor, 3) === '('
}

export function isName(cursor: Cursor, offset: number): boolean {
  const index = cursor.at + offset
  if (index >= cursor.end) return false
  const found = cursor.tokens.kinds[index]
  return found === TOKEN.word || found === TOKEN.quoted
}

/**
 * Ends a statement: what is left before its end was not understood, and is said. Gives the offset just past it,
 * for `to` of the node; so it stands last among the parts of a statement that are read.
 */
export function finish(cursor: Cursor): number {
  if (!atEnd(cursor) && !atBareStart(cursor) && !atFlow(cursor)) {
    const from = here(cursor)
    const text = textAt(cursor, 0)
    while (!atEnd(cursor) && !atBareStart(cursor) && !atFlow(cursor)) skipBalanced(cursor)
    report(cursor, 'SQL_CLAUSE_UNKNOWN', `not understood from "${text.slice(0, 40)}" on`, from, lastEnd(cursor))
  }
  return lastEnd(cursor)
}

/** `statement ->> statement` (Snowflake): the next one reads the result of this as `$1`. */
export function atFlow(cursor: Cursor): boolean {
  return word(cursor) === '->>' && cursor.dialect.lexical.at === 'stage'
}

/** Ends a statement whose remaining clauses are known to have no lineage: they are skipped and nothing is said. */
export function skipRest(cursor: Cursor): number {
  while (!atEnd(cursor) && !atBareStart(cursor) && !atFlow(cursor)) skipBalanced(cursor)
  return lastEnd(cursor)
}

/** The same for statements whose options hold the words of statements (GRANT SELECT): only on a new line do they start one. */
export function skipOptions(cursor: Cursor): number {
  while (!atEnd(cursor)) {
    if (atBareStart(cursor) && (cursor.tokens.lineStarts[cursor.at] === 1 || peekEnd(cursor))) break
    skipBalanced(cursor)
  }
  return lastEnd(cursor)
}

function peekEnd(cursor: Cursor): boolean {
  const current = word(cursor)
  return current === 'END' || current === 'ELSE'
}

/** Moves to the next of `stops` at this bracket level, or to the end of the statement. True when it stands on one. */
export function seek(cursor: Cursor, stops: ReadonlySet<Word>): boolean {
  while (!atEnd(cursor)) {
    if (stops.has(word(cursor))) return true
    skipBalanced(cursor)
  }
  return false
}

/** Index of the next `wanted` at this bracket level, before any of `stops`; -1 if there is none. Nothing is eaten. */
export function find(cursor: Cursor, wanted: Word, stops: ReadonlySet<Word> = NO_STOPS): number {
  const { tokens, end } = cursor
  const limit = nextSemicolon(cursor)
  let at = cursor.at
  while (at < limit) {
    const found = WORDS[tokens.words[at] ?? 0] as Word
    if (found === wanted) return at
    if (stops.has(found)) return -1
    const close = tokens.closers[at] ?? 0
    at = close > at && close < end ? close + 1 : at + 1
  }
  return -1
}

const NO_STOPS: ReadonlySet<Word> = new Set()

/** Whether the current token is a string literal. */
export function atString(cursor: Cursor): boolean {
  return kind(cursor) === TOKEN.string
}

/** Whether a query starts here, in however many brackets: unlike in an expression, nothing says yet what may follow them. */
export function isQueryStart(cursor: Cursor): boolean {
  let offset = 0
  while (wordAt(cursor, offset) === '(') offset++
  return startsQuery(cursor, offset)
}

/** Eats `{{ config(…) }}` and the like where a statement or query follows: calls of the template's language that leave no SQL. */
export function eatTemplates(cursor: Cursor): void {
  while (kind(cursor) === TOKEN.template && cursor.at + 1 < cursor.end && STARTS_AFTER_TEMPLATE.has(wordAt(cursor, 1))) cursor.at++
}

const STARTS_AFTER_TEMPLATE: ReadonlySet<Word> = new Set<Word>([
  'SELECT',
  'WITH',
  'INSERT',
  'UPDATE',
  'DELETE',
  'MERGE',
  'CREATE',
  'FROM',
  'VALUES',
  '(',
])
