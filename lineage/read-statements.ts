import type { Dialect } from './dialects/dialect.ts'
import { atEnd, type Cursor, createCursor, eat, type Rules, report, word, wordAt } from './parser/cursor.ts'
import { queryRules } from './parser/rules.ts'
import { blankClientText } from './parser/split.ts'
import { atBatchEnd, clientLine, endByClient } from './parser/statements/client-lines.ts'
import { parseStatement } from './parser/statements/statement.ts'
import { tokenize } from './tokens/tokenizer.ts'
import { createTokens, TOKEN, type Tokens } from './tokens/tokens.ts'
import { WORDS, type Word, wordId } from './tokens/words.ts'
import type { Diagnostic, Statement } from './tree.ts'

/** What reading one text gives. Blocks, routines and dynamic SQL hold their statements; all spans are those of the text. */
export interface ReadText {
  readonly statements: readonly Statement[]
  readonly diagnostics: readonly Diagnostic[]
}

const RULES: Rules = { ...queryRules, statement: parseStatement }

/**
 * Reads the statements of a text, in order. Never throws for bad SQL; time is linear in its length. `into` takes the buffers of an
 * earlier call, which are overwritten: nothing in the result refers to them.
 */
export function readStatements(sql: string, dialect: Dialect, into: Tokens = createTokens()): ReadText {
  const tokens = tokenize(blankClientText(sql, dialect), dialect, into)
  endByClient(tokens, dialect)
  if (dialect.grammar.withExpressions) endByParallel(tokens)
  const cursor = createCursor(tokens, dialect, RULES)
  cursor.diagnostics.push(...tokens.problems)
  const statements: Statement[] = []
  while (!atEnd(cursor)) {
    cursor.end = batchEnd(cursor)
    readBatch(cursor, statements)
    cursor.end = tokens.count
    skipBatchEnd(cursor)
  }
  reportCut(cursor, statements[statements.length - 1])
  return { statements, diagnostics: cursor.diagnostics }
}

/** `INSERT … PARALLEL WITH INSERT …` (ClickHouse): statements that end like others. https://clickhouse.com/docs/sql-reference/statements/parallel_with */
function endByParallel(tokens: Tokens): void {
  for (let at = 1; at < tokens.count; at++) {
    if (tokens.words[at] !== WITH || !/^parallel$/i.test(tokens.sql.slice(tokens.starts[at - 1], tokens.ends[at - 1]))) continue
    for (const place of [at - 1, at]) {
      tokens.words[place] = SEMICOLON
      tokens.kinds[place] = TOKEN.operator
    }
  }
}

const WITH = wordId('WITH')
const SEMICOLON = wordId(';')

/** Index of the token that ends the batch, or the end of the text. Only where statements need no `;` does a client send batches. */
function batchEnd(cursor: Cursor): number {
  const { tokens } = cursor
  if (!cursor.dialect.grammar.bareStatements) return tokens.count
  const start = cursor.at
  let end = tokens.count
  for (; cursor.at < tokens.count; cursor.at++) {
    if (!atBatchEnd(cursor)) continue
    end = cursor.at
    break
  }
  cursor.at = start
  return end
}

function skipBatchEnd(cursor: Cursor): void {
  if (atEnd(cursor)) return
  cursor.at++
  if (cursor.tokens.kinds[cursor.at] === TOKEN.number) cursor.at++
}

function readBatch(cursor: Cursor, into: Statement[]): void {
  while (!atEnd(cursor)) {
    if (eat(cursor, ';')) continue
    const line = clientLine(cursor)
    const copy = line >= 0 ? copyLine(cursor, line) : null
    if (copy !== null) into.push(copy)
    else if (line >= 0) cursor.at = line
    else into.push(parseStatement(cursor))
  }
}

/** psql's `\copy t from 'file'` is a COPY that ends with its line; null where another line stands. */
function copyLine(cursor: Cursor, line: number): Statement | null {
  if (word(cursor) !== '\\' || wordAt(cursor, 1) !== 'COPY') return null
  const { end } = cursor
  cursor.at++
  cursor.end = line
  const statement = parseStatement(cursor)
  cursor.at = line
  cursor.end = end
  return statement
}

/** Words that something must follow. */
// biome-ignore format: a table
const OPEN_ENDED: ReadonlySet<Word> = new Set<Word>(['SELECT', 'FROM', 'WHERE', 'AND', 'OR', 'JOIN', 'ON', 'BY', ',', '.', '=', '(', '+', '||', 'AS', 'INTO', 'IN', 'UNION', 'WHEN', 'THEN', 'NOT', 'BETWEEN', 'LIKE', 'SET'])

/** A log cuts long texts: one that ends inside a literal, a bracket or an expression was cut, and its last statement is not whole. */
function reportCut(cursor: Cursor, lastRead: Statement | undefined): void {
  const { tokens, sql } = cursor
  if (tokens.count === 0 || lastRead === undefined) return
  const unclosed = tokens.problems.some((problem) => problem.code.startsWith('SQL_UNTERMINATED')) || openBracket(tokens)
  const last = WORDS[tokens.words[tokens.count - 1] ?? 0] as Word
  const openEnded = OPEN_ENDED.has(last) && !mayEndWith(last, lastRead)
  if (unclosed || openEnded) {
    report(cursor, 'SQL_TRUNCATED', 'the text ends in the middle of a statement; what stands before was read', sql.length, sql.length)
  }
}

/** SET NOCOUNT ON, ALTER TABLE t ROW LEVEL SECURITY ON, COPY … AUTO ON; IS NOT A SET. */
function mayEndWith(last: Word, { kind }: Statement): boolean {
  if (kind === 'set' || kind === 'other') return true
  return last === 'ON' ? kind === 'alter' || kind === 'copy' || kind === 'create' : last === 'SET' && kind === 'query'
}

/** Whether a bracket of the last statement never closes: looked for from the end, as far as a log could have cut. */
function openBracket(tokens: Tokens): boolean {
  for (let at = tokens.count - 1; at >= 0 && at >= tokens.count - MAX_LOOK_BACK; at--) if (tokens.closers[at] === tokens.count) return true
  return false
}

const MAX_LOOK_BACK = 100_000
