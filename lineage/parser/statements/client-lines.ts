import { TOKEN } from '../../tokens/tokens.ts'
import { type Cursor, kindAt, textAt, word, wordAt } from '../cursor.ts'

/** Whether `GO [n]` stands here on a line of its own: the end of a batch (SQL Server's clients). */
export function atBatchEnd(cursor: Cursor): boolean {
  if (word(cursor) !== 'GO' || !cursor.dialect.grammar.bareStatements) return false
  const { tokens } = cursor
  const next = kindAt(cursor, 1) === TOKEN.number ? 2 : 1
  const endsLine = kindAt(cursor, next) === TOKEN.end || tokens.lineStarts[cursor.at + next] === 1 || wordAt(cursor, next) === ';'
  const startsLine = tokens.lineStarts[cursor.at] === 1 || cursor.at === 0 || wordAt(cursor, -1) === ';'
  return endsLine && startsLine
}

/**
 * Lines that a client reads and the server never sees: GO, BTEQ's `.LOGON …`, psql's `\d …`, sqlcmd's `:r …`, SQL*Plus' `/` and `@file`.
 * They count at the start of a statement only. Gives the index of the first token behind the line, or -1 where there is none.
 */
export function clientLine(cursor: Cursor): number {
  const { tokens } = cursor
  if (cursor.at > 0 && tokens.lineStarts[cursor.at] !== 1) return -1
  if (!opensClientLine(cursor)) return -1
  let at = cursor.at + 1
  while (at < cursor.end && tokens.lineStarts[at] !== 1) at++
  return at
}

function opensClientLine(cursor: Cursor): boolean {
  const { tokens } = cursor
  switch (word(cursor)) {
    case '.':
      return kindAt(cursor, 1) === TOKEN.word && tokens.starts[cursor.at + 1] === tokens.ends[cursor.at]
    case '\\':
    case '!':
      return true
    case '/':
      return cursor.at + 1 >= cursor.end || tokens.lineStarts[cursor.at + 1] === 1
    case '@':
      return true
    case '%':
      // notebook magics: `%python`, `%run ./other`
      return kindAt(cursor, 1) === TOKEN.word
    default:
      return isDirective(cursor)
  }
}

/** sqlcmd's `:setvar x 1`, `:r file`, `:connect`, and SQL*Plus' `@@script`; DELIMITER lines are blanked before (split.ts). */
function isDirective(cursor: Cursor): boolean {
  const found = kindAt(cursor, 0)
  if (found !== TOKEN.parameter) return false
  const text = textAt(cursor, 0).toLowerCase()
  return DIRECTIVES.has(text)
}

// biome-ignore format: a table
const DIRECTIVES: ReadonlySet<string> = new Set([':setvar', ':r', ':connect', ':on', ':out', ':error', ':quit', ':exit', ':list', ':listvar', ':reset', ':serverlist', ':xml', ':help', ':ed', ':perftrace'])
