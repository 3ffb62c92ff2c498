import type { Dialect } from '../../dialects/dialect.ts'
import { TOKEN, type Tokens } from '../../tokens/tokens.ts'
import { wordId } from '../../tokens/words.ts'
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
  // `%sql SELECT …`: a cell of SQL in a notebook
  if (word(cursor) === '%' && /^sql$/i.test(textAt(cursor, 1))) return cursor.at + 2
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
    case 'SOURCE':
      return sourcesFile(cursor)
    default:
      return isDirective(cursor)
  }
}

/** mysql's `source file` ends with its line. */
function sourcesFile(cursor: Cursor): boolean {
  if (!cursor.dialect.lexical.executableComments) return false
  let offset = 1
  const endsLine = (): boolean => kindAt(cursor, offset) === TOKEN.end || cursor.tokens.lineStarts[cursor.at + offset] === 1
  while (!endsLine() && wordAt(cursor, offset) !== ';') offset++
  return endsLine() && wordAt(cursor, 1) !== '='
}

/** sqlcmd's `:setvar x 1`, `:r file`, `:connect`, and SQL*Plus' `@@script`; DELIMITER lines are blanked before (split.ts). */
function isDirective(cursor: Cursor): boolean {
  const found = kindAt(cursor, 0)
  if (found !== TOKEN.parameter) return false
  const text = textAt(cursor, 0).toLowerCase()
  return DIRECTIVES.has(text) || (text.startsWith('@') && !cursor.dialect.grammar.bareStatements && wordAt(cursor, 1) !== ':=')
}

// biome-ignore format: a table
const DIRECTIVES: ReadonlySet<string> = new Set([':setvar', ':r', ':connect', ':on', ':out', ':error', ':quit', ':exit', ':list', ':listvar', ':reset', ':serverlist', ':xml', ':help', ':ed', ':perftrace'])

const BACKSLASH = wordId('\\')
const SEMICOLON = wordId(';')
const COPY = wordId('COPY')

/**
 * What ends a statement for a client: psql's `\gset`, `\gexec`, `\g file` and any other command behind one, mysql's `\G` and `\g`. They
 * become semicolons. A backslash in a literal is none of these: it is no token.
 * https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-META-COMMANDS, https://dev.mysql.com/doc/refman/8.4/en/mysql-commands.html
 */
export function endByClient(tokens: Tokens, dialect: Dialect): void {
  const { at, executableComments } = dialect.lexical
  if ((at !== 'operator' && !executableComments) || !tokens.sql.includes('\\')) return
  for (let i = 0; i < tokens.count; i++) {
    if (tokens.words[i] !== BACKSLASH || tokens.kinds[i] !== TOKEN.operator) continue
    if (tokens.words[i + 1] === COPY && tokens.lineStarts[i] === 1) continue
    // `\;` only keeps psql from sending what it has
    const short = tokens.words[i + 1] === SEMICOLON || (executableComments && isGo(tokens, i + 1))
    const end = short ? Math.min(i + 2, tokens.count) : endOfLine(tokens, i + 1)
    for (; i < end; i++) {
      tokens.kinds[i] = TOKEN.operator
      tokens.words[i] = SEMICOLON
      tokens.closers[i] = 0
    }
    i--
  }
}

function endOfLine(tokens: Tokens, start: number): number {
  let at = start
  while (at < tokens.count && tokens.lineStarts[at] !== 1) at++
  return at
}

function isGo(tokens: Tokens, at: number): boolean {
  return at < tokens.count && /^g$/i.test(tokens.sql.slice(tokens.starts[at], tokens.ends[at]))
}
