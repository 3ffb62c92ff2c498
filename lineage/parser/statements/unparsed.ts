import type { Word } from '../../tokens/words.ts'
import type { Name, OtherStatement, UnparsedStatement } from '../../tree.ts'
import { atEnd, type Cursor, here, lastEnd, report, skipBalanced, word } from '../cursor.ts'
import { parseTableName } from '../names.ts'
import { skipOptions, skipRest } from './boundary.ts'
import { NO_NAMES } from './parts.ts'

const BEFORE_TABLE: ReadonlySet<Word> = new Set<Word>(['FROM', 'JOIN', 'INTO', 'TABLE', 'UPDATE'])

/** A statement that could not be read: its tables are the names behind FROM, JOIN, INTO, TABLE and UPDATE, at any depth of brackets. */
export function unparsed(cursor: Cursor, from: number, keyword: string, why: string): UnparsedStatement {
  const start = cursor.at
  eatFirst(cursor, from)
  const to = skipRest(cursor)
  const end = cursor.at
  const tables = namesBetween(cursor, start, end)
  report(cursor, 'SQL_STATEMENT_UNKNOWN', why, from, to)
  return { kind: 'unparsed', keyword, from, to, tables }
}

function namesBetween(cursor: Cursor, start: number, end: number): readonly Name[] {
  const tables: Name[] = []
  const said = cursor.diagnostics.length
  for (cursor.at = start; cursor.at < end; ) {
    const before = cursor.at
    if (!BEFORE_TABLE.has(word(cursor))) cursor.at++
    else {
      cursor.at++
      const name = atEnd(cursor) ? null : parseTableName(cursor)
      if (name !== null) tables.push(name)
    }
    if (cursor.at <= before) skipBalanced(cursor)
  }
  cursor.diagnostics.length = Math.min(said, cursor.diagnostics.length)
  cursor.at = end
  return tables
}

/** A statement that is known and has no lineage; what is left of it is skipped. */
export function other(cursor: Cursor, from: number, keyword: string, tables: readonly Name[] = NO_NAMES): OtherStatement {
  eatFirst(cursor, from)
  const to = holdsWords(keyword) ? skipOptions(cursor) : skipRest(cursor)
  return { kind: 'other', keyword, from, to, tables }
}

/** The first word of a statement does not end it. */
function eatFirst(cursor: Cursor, from: number): void {
  if (!atEnd(cursor) && here(cursor) === from) cursor.at++
}

/** Statements whose options hold the words of other statements. */
// biome-ignore format: a table
const HOLDS_WORDS: ReadonlySet<string> = new Set(['GRANT', 'REVOKE', 'DENY', 'CREATE', 'ALTER', 'ADD', 'AUDIT', 'EXECUTE', 'BACKUP', 'RESTORE', 'ENABLE', 'DISABLE'])
// biome-ignore format: a table
const HOLDS_NONE: ReadonlySet<string> = new Set(['CREATE INDEX', 'CREATE STATISTICS', 'CREATE EXTERNAL', 'CREATE TYPE', 'CREATE SEQUENCE', 'CREATE SCHEMA', 'CREATE SYNONYM', 'ALTER INDEX'])

function holdsWords(keyword: string): boolean {
  return HOLDS_WORDS.has(keyword.split(' ', 1)[0] ?? '') && !HOLDS_NONE.has(keyword)
}

/** The same for one that is read to its end already. */
export function otherRead(cursor: Cursor, from: number, keyword: string): OtherStatement {
  return { kind: 'other', keyword, from, to: lastEnd(cursor), tables: NO_NAMES }
}
