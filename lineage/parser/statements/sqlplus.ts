import type { Statement } from '../../tree.ts'
import { type Cursor, textAt, wordAt } from '../cursor.ts'
import { isNested, nextSemicolon, within } from './boundary.ts'
import { executeRule } from './call.ts'
import { other } from './unparsed.ts'

/** Commands of SQL*Plus. https://docs.oracle.com/en/database/oracle/oracle-database/23/sqpug/SQL-Plus-command-reference.html */
// biome-ignore format: a table
const COMMANDS: ReadonlySet<string> = new Set([
  'ACCEPT', 'BREAK', 'BTITLE', 'CLEAR', 'COL', 'COLUMN', 'COMPUTE', 'CONN', 'CONNECT', 'DEF', 'DEFINE', 'DESC', 'DESCRIBE', 'DISCONNECT', 'EXEC', 'EXIT', 'HOST', 'PAUSE', 'PRINT', 'PROMPT', 'QUIT', 'REM',
  'REMARK', 'SET', 'SHO', 'SHOW', 'SPO', 'SPOOL', 'START', 'TIMING', 'TTITLE', 'UNDEFINE', 'VAR', 'VARIABLE', 'WHENEVER',
])
/** SET TRANSACTION and its like go to the server, and may have several lines. */
const SERVER_SETS: ReadonlySet<string> = new Set(['TRANSACTION', 'ROLE', 'CONSTRAINT', 'CONSTRAINTS'])
/** Commands that take the whole line as text, semicolons too. */
const TEXTS: ReadonlySet<string> = new Set(['PROMPT', 'REM', 'REMARK', 'HOST'])

/** Whether a command of SQL*Plus stands here: it ends with its line, where statements need a `;` or `/`. */
export function atSqlPlus(cursor: Cursor): boolean {
  // what only Oracle has tells its client
  if (!cursor.dialect.resolution.pseudoColumns.has('ORA_ROWSCN') || isNested(cursor)) return false
  if (cursor.at > 0 && cursor.tokens.lineStarts[cursor.at] !== 1) return false
  const text = textAt(cursor, 0).toUpperCase()
  if (!COMMANDS.has(text) || wordAt(cursor, 1) === ':=' || wordAt(cursor, 1) === '.') return false
  return text !== 'SET' || !SERVER_SETS.has(textAt(cursor, 1).toUpperCase())
}

export function sqlPlusLine(cursor: Cursor, from: number): Statement {
  const text = textAt(cursor, 0).toUpperCase()
  let end = cursor.at + 1
  while (end < cursor.end && cursor.tokens.lineStarts[end] !== 1) end++
  const limit = TEXTS.has(text) ? end : Math.min(end, nextSemicolon(cursor))
  return within(cursor, limit, () => {
    if (text === 'EXEC') return executeRule(cursor, from)
    cursor.at++
    return other(cursor, from, text)
  })
}
