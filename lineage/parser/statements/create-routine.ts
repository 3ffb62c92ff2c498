import { TOKEN } from '../../tokens/tokens.ts'
import type { Word } from '../../tokens/words.ts'
import type { Expr, Ident, RoutineStatement, Statement } from '../../tree.ts'
import {
  atEnd,
  type Cursor,
  closer,
  eat,
  kind,
  lastEnd,
  mark,
  peek,
  report,
  rewind,
  skipBalanced,
  textAt,
  word,
  wordAt,
} from '../cursor.ts'
import { parseColumnList, parseIdent, parseName } from '../names.ts'
import { atString, find, isName, isQueryStart, nextSemicolon, opensCtes, within } from './boundary.ts'
import { atBatchEnd } from './client-lines.ts'
import { columnDefinitions } from './column-definitions.ts'
import { declarations } from './declarations.ts'
import { embeddedBody, embeddedStatements } from './embedded.ts'
import { scriptStatements } from './list.ts'
import { eatExistence } from './parts.ts'
import { otherRead, unparsed } from './unparsed.ts'

type Routine = Omit<RoutineStatement, 'kind' | 'keyword' | 'from' | 'to' | 'returns'> & Pick<Body, 'returns'>

export function routine(cursor: Cursor, from: number, keyword: string, parts: Routine): RoutineStatement {
  const { what, name, parameters, returns = [], table, body, expression, opaque } = parts
  return { kind: 'routine', keyword, from, to: endRoutine(cursor), what, name, parameters, returns, table, body, expression, opaque }
}

/** `LANGUAGE sql` and other options may follow a body in quotes; what follows a block is the next statement. */
function endRoutine(cursor: Cursor): number {
  if (peek(cursor, ';') || atEnd(cursor) || word(cursor) === 'END') return lastEnd(cursor)
  if (cursor.dialect.grammar.bareStatements) return lastEnd(cursor)
  cursor.at = Math.max(cursor.at, nextSemicolon(cursor))
  return lastEnd(cursor)
}

/** CREATE … PROCEDURE | FUNCTION | MACRO name [(parameters)] [RETURNS …] options body, the cursor at the word of what is created. */
export function createRoutine(cursor: Cursor, from: number): Statement {
  const kindWord = textAt(cursor, 0).toUpperCase()
  const tableFunction = eat(cursor, 'TABLE')
  const what = kindWord === 'FUNCTION' || tableFunction ? 'function' : kindWord === 'MACRO' ? 'macro' : 'procedure'
  const keyword = `CREATE ${what.toUpperCase()}`
  cursor.at++
  eatExistence(cursor)
  const name = parseName(cursor)
  if (name === null) return within(cursor, nextSemicolon(cursor), () => unparsed(cursor, from, keyword, 'no name of what is created'))
  const parameters = peek(cursor, '(') ? parseColumnList(cursor) : bareParameters(cursor)
  const body = routineBody(cursor, what === 'function')
  return routine(cursor, from, keyword, { what, name, parameters, table: null, ...body })
}

/** `WITH p AS PROCEDURE (…) … AS body CALL p(…)` (Snowflake), at the word: what the call runs. */
export function anonymousProcedure(cursor: Cursor): readonly Statement[] | null {
  cursor.at++
  if (peek(cursor, '(')) skipBalanced(cursor)
  const { body, opaque } = routineBody(cursor, false)
  return opaque ? null : body
}

/** `CREATE PROC p @a int, @b int = 1 AS` (SQL Server). */
function bareParameters(cursor: Cursor): readonly Ident[] {
  const list: Ident[] = []
  let at = cursor.at
  const end = cursor.end
  while (at < end && cursor.tokens.words[at] !== undefined) {
    const offset = at - cursor.at
    const found = wordAt(cursor, offset)
    if (found === 'AS' || found === 'BEGIN' || found === 'IS' || found === ';' || found === 'RETURNS' || found === 'LANGUAGE') break
    if (cursor.tokens.kinds[at] === TOKEN.parameter) {
      const start = cursor.tokens.starts[at] ?? 0
      const stop = cursor.tokens.ends[at] ?? start
      list.push({ text: cursor.sql.slice(start, stop), quoted: false, from: start, to: stop })
    }
    at++
  }
  return list
}

export interface Body {
  readonly body: readonly Statement[]
  readonly expression: Expr | null
  readonly opaque: boolean
  readonly returns?: readonly Ident[]
}

export const NO_BODY: Body = { body: [], expression: null, opaque: false }

/** Languages whose bodies are read; a routine that names none is in SQL. */
const SQL_LANGUAGES: ReadonlySet<string> = new Set(['SQL', 'PLPGSQL', 'PLSQL', 'SPL', 'NZPLSQL', 'PL'])

/** From behind the parameters: options up to the body, and the body. */
function routineBody(cursor: Cursor, isFunction: boolean): Body {
  let language = 'SQL'
  let returned: Returned = { variable: null, columns: [] }
  while (!atEnd(cursor) && !peek(cursor, ';') && !atBatchEnd(cursor)) {
    const current = word(cursor)
    if (current === 'LANGUAGE') {
      cursor.at++
      language = textAt(cursor, 0).toUpperCase()
      cursor.at++
    } else if ((current === 'EXECUTE' || current === 'EXEC') && wordAt(cursor, 1) === 'AS') cursor.at = Math.min(cursor.at + 3, cursor.end)
    else if (current === 'RETURNS') returned = returnsClause(cursor)
    else if (current === 'AS' || current === 'IS') {
      cursor.at++
      const body = asBody(cursor, language, isFunction)
      const declared = returned.variable === null ? [] : [returned.variable]
      return { ...body, body: [...declared, ...body.body], returns: returned.columns }
    } else if (opensBody(cursor)) return { ...inlineBody(cursor), returns: returned.columns }
    else skipBalanced(cursor)
  }
  return NO_BODY
}

interface Returned {
  readonly variable: Statement | null
  readonly columns: readonly Ident[]
}

/** `RETURNS type`, `RETURNS TABLE (…)`; of `RETURNS @t TABLE (…)` the table variable that the body fills. AS belongs to the body. */
function returnsClause(cursor: Cursor): Returned {
  cursor.at++
  const from = cursor.tokens.starts[cursor.at] ?? 0
  const name = kind(cursor) === TOKEN.parameter ? parseIdent(cursor) : null
  const trigger = /^trigger$/i.test(textAt(cursor, 0))
  cursor.at = Math.min(cursor.at + 1, cursor.end)
  if (trigger) return { variable: rowsOfTrigger(cursor, from), columns: [] }
  if (!peek(cursor, '(')) return { variable: null, columns: [] }
  if (name === null) return { variable: null, columns: wordAt(cursor, -1) === 'TABLE' ? parseColumnList(cursor) : skippedColumns(cursor) }
  const { columns } = columnDefinitions(cursor)
  const variable: Statement = {
    kind: 'declare',
    keyword: 'DECLARE',
    from,
    to: lastEnd(cursor),
    names: [name],
    columns,
    table: true,
    query: null,
    value: null,
  }
  return { variable, columns: [] }
}

function skippedColumns(cursor: Cursor): readonly Ident[] {
  skipBalanced(cursor)
  return []
}

/** A function that returns a trigger (Postgres) has rows of a table that only the trigger names. */
function rowsOfTrigger(cursor: Cursor, from: number): Statement {
  const to = lastEnd(cursor)
  const names = ['NEW', 'OLD'].map((text): Ident => ({ text, quoted: false, from, to }))
  return { kind: 'declare', keyword: 'DECLARE', from, to, names, columns: [], table: false, query: null, value: null }
}

/** Words that open a body without AS. `RETURN` and a query or statement may too, where the dialect's grammar has it so. */
function opensBody(cursor: Cursor): boolean {
  const current = word(cursor)
  if (current === 'RETURN') return !returnsType(cursor)
  if (current === 'BEGIN' || current === 'DECLARE') return true
  if (current === 'WITH') return opensCtes(cursor)
  // a loop is a body too, behind its label (MySQL)
  if (current === 'LOOP' || current === 'WHILE' || current === 'REPEAT') return wordAt(cursor, -1) === ':'
  return BODY_STARTS.has(current) && wordAt(cursor, 1) !== 'DATA'
}

/** `RETURN NUMBER DETERMINISTIC IS` (Oracle) says the type; elsewhere RETURN is the body. */
export function returnsType(cursor: Cursor): boolean {
  let at = cursor.at + 1
  const offset = (): number => at - cursor.at
  while (isName(cursor, offset()) && !TYPE_ENDS.has(wordAt(cursor, offset()))) {
    at++
    if (wordAt(cursor, offset()) === '(') at = (cursor.tokens.closers[at] ?? at) + 1
    if (wordAt(cursor, offset()) === '.' || wordAt(cursor, offset()) === '%') at++
  }
  const found = wordAt(cursor, offset())
  return found === 'AS' || (found === 'IS' && !IS_TESTS.has(wordAt(cursor, offset() + 1)))
}

const TYPE_ENDS: ReadonlySet<Word> = new Set<Word>(['IS', 'AS', 'CASE', 'SELECT', 'NOT', 'BEGIN'])
const IS_TESTS: ReadonlySet<Word> = new Set<Word>(['NULL', 'NOT', 'TRUE', 'FALSE', 'DISTINCT', 'UNKNOWN', 'JSON'])

export const BODY_STARTS: ReadonlySet<Word> = new Set<Word>([
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'MERGE',
  'WITH',
  'CALL',
  'TRUNCATE',
  'SET',
  'IF',
  'REPLACE',
])

/** BEGIN … END, or one statement; each ends itself. */
export function inlineBody(cursor: Cursor): Body {
  return { body: [cursor.rules.statement(cursor)], expression: null, opaque: false }
}

function asBody(cursor: Cursor, languageBefore: string, isFunction: boolean): Body {
  if (atString(cursor)) return quotedBody(cursor, languageBefore, isFunction)
  if (!SQL_LANGUAGES.has(languageBefore) || opaqueCall(cursor)) return opaque(cursor)
  if (peek(cursor, '(')) return bracketBody(cursor)
  if (cursor.dialect.grammar.bareStatements) return { ...NO_BODY, body: batchBody(cursor) }
  // CREATE MACRO m() AS TABLE query (DuckDB)
  if (peek(cursor, 'TABLE') && TABLE_MACRO.has(wordAt(cursor, 1))) cursor.at++
  if (peek(cursor, 'LANGUAGE') || peek(cursor, 'EXTERNAL')) return opaque(cursor)
  if (peek(cursor, 'BEGIN') || isQueryStart(cursor) || peek(cursor, 'RETURN') || isDml(cursor)) return inlineBody(cursor)
  const expression = expressionBody(cursor)
  if (expression !== null) return expression
  const declared = declarations(cursor)
  const block = peek(cursor, 'BEGIN') ? [cursor.rules.statement(cursor)] : []
  return { ...NO_BODY, body: [...declared, ...block] }
}

const TABLE_MACRO: ReadonlySet<Word> = new Set<Word>(['SELECT', 'FROM', 'WITH', 'VALUES', '('])

function isDml(cursor: Cursor): boolean {
  const current = word(cursor)
  return current === 'INSERT' || current === 'UPDATE' || current === 'DELETE' || current === 'MERGE'
}

/** CREATE FUNCTION f AS (x, y) -> x + y (ClickHouse); CREATE MACRO f(a) AS a + 1 (DuckDB): not so where declarations stand (`v NUMBER;`). */
function expressionBody(cursor: Cursor): Body | null {
  const opened = peek(cursor, 'CASE') || peek(cursor, 'NOT') || peek(cursor, 'INTERVAL')
  if (!opened && isName(cursor, 0) && (isName(cursor, 1) || wordAt(cursor, 1) === ';')) return null
  const expression = within(cursor, nextSemicolon(cursor), () => cursor.rules.expression(cursor))
  return { body: [], expression, opaque: false }
}

/** `AS 'class.Name' USING JAR '…'`, `AS EXTERNAL NAME …`: no SQL. */
function opaqueCall(cursor: Cursor): boolean {
  return peek(cursor, 'EXTERNAL') && (wordAt(cursor, 1) === 'NAME' || wordAt(cursor, 1) === 'LANGUAGE')
}

/** `AS $$ … $$` and `AS '…'`; the language may follow. A text that starts no statement is an expression. */
function quotedBody(cursor: Cursor, languageBefore: string, isFunction: boolean): Body {
  const at = cursor.at
  const language = languageAfter(cursor) ?? languageBefore
  if (!SQL_LANGUAGES.has(language) || usesJar(cursor) || isAddress(cursor)) return opaque(cursor)
  cursor.at = at
  const { statements, expression } = isFunction ? embeddedBody(cursor) : { statements: embeddedStatements(cursor), expression: null }
  return { body: statements ?? [], expression, opaque: statements === null && expression === null }
}

/** The language named behind the body's literal, within the statement; null if none is. Nothing is eaten. */
function languageAfter(cursor: Cursor): string | null {
  const found = find(cursor, 'LANGUAGE')
  return found < 0
    ? null
    : textAt(cursor, found - cursor.at + 1)
        .replace(/^['"]|['"]$/g, '')
        .toUpperCase()
}

/** `AS 'https://…'`: an external function (Snowflake). */
function isAddress(cursor: Cursor): boolean {
  return textAt(cursor, 0).startsWith("'https://")
}

function usesJar(cursor: Cursor): boolean {
  return wordAt(cursor, 1) === 'USING' || (wordAt(cursor, 1) === ',' && kind(cursor) === TOKEN.string)
}

function opaque(cursor: Cursor): Body {
  const from = cursor.tokens.starts[cursor.at] ?? 0
  cursor.at = Math.max(cursor.at, nextSemicolon(cursor))
  report(cursor, 'SQL_CLAUSE_UNKNOWN', 'a body in another language than SQL is not read', from, lastEnd(cursor))
  return { ...NO_BODY, opaque: true }
}

/** `AS (query)`, `AS (expression)`, and Teradata's macro: `AS (statement; statement;)`. */
export function bracketBody(cursor: Cursor): Body {
  if (isQueryStart(cursor)) {
    const start = mark(cursor)
    const close = closer(cursor)
    const statements = within(cursor, close, () => {
      cursor.at++
      return scriptStatements(cursor)
    })
    if (cursor.at >= close) {
      cursor.at = Math.min(close + 1, cursor.end)
      return { ...NO_BODY, body: statements }
    }
    rewind(cursor, start)
  }
  const close = closer(cursor)
  const inner = wordAt(cursor, 1)
  if (!MACRO_STARTS.has(inner)) {
    const expression = within(cursor, nextSemicolon(cursor), () => cursor.rules.expression(cursor))
    return { body: [], expression, opaque: false }
  }
  const body = within(cursor, close, () => {
    cursor.at++
    return scriptStatements(cursor)
  })
  cursor.at = Math.min(close + 1, cursor.end)
  return { ...NO_BODY, body }
}

// biome-ignore format: a table
export const MACRO_STARTS: ReadonlySet<Word> = new Set<Word>(['INSERT', 'INS', 'UPDATE', 'UPD', 'DELETE', 'DEL', 'MERGE', 'SEL', 'SELECT', 'LOCKING', 'EXEC', 'EXECUTE', 'CALL', 'CREATE', 'DROP', 'WITH', 'REPLACE', 'BT', 'USING'])

/** All statements up to the end of the batch (SQL Server). */
export function batchBody(cursor: Cursor): readonly Statement[] {
  const list: Statement[] = []
  while (!atEnd(cursor) && !atBatchEnd(cursor)) {
    list.push(...scriptStatements(cursor))
    if (!atEnd(cursor) && !atBatchEnd(cursor)) list.push(otherRead(cursor, cursor.tokens.starts[cursor.at++] ?? 0, 'END'))
  }
  return list
}
