import type { Word } from '../../tokens/words.ts'
import type { DeclareStatement, Expr, Ident, Query, RoutineStatement, Statement } from '../../tree.ts'
import { atEnd, type Cursor, eat, eat2, here, lastEnd, type NamedValue, peek, skipBalanced, textAt, word, wordAt } from '../cursor.ts'
import { parseColumnList, parseIdent, parseName } from '../names.ts'
import { atBareStart, find, isName, isQueryStart, nextSemicolon, type StatementRule, simple, within } from './boundary.ts'
import { columnDefinitions } from './column-definitions.ts'
import { createRelation } from './create-relation.ts'
import { rememberText } from './dynamic-text.ts'
import { NOISE } from './noise.ts'
import { inBrackets, NO_LIST } from './parts.ts'
import { otherRead, unparsed } from './unparsed.ts'

interface Declared {
  readonly names: readonly Ident[]
  readonly value: Expr | null
  readonly query: Query | null
  readonly columns: DeclareStatement['columns']
  readonly table: boolean
}

function declare(cursor: Cursor, from: number, declared: Declared, keyword = 'DECLARE'): DeclareStatement {
  const { names, columns, table, query, value } = declared
  return { kind: 'declare', keyword, from, to: lastEnd(cursor), names, columns, table, query, value }
}

/**
 * A section of declarations (PL/SQL, plpgsql, Snowflake), up to BEGIN or END: variables, cursors, types, and routines with bodies of their own.
 * Types, pragmas and exceptions leave nothing.
 */
export function declarations(cursor: Cursor): readonly Statement[] {
  const list: Statement[] = []
  while (!atEnd(cursor) && !peek(cursor, 'BEGIN') && !peek(cursor, 'END')) {
    const before = cursor.at
    const found = declaration(cursor)
    if (found !== null) list.push(found)
    while (eat(cursor, ';')) if (atEnd(cursor)) break
    if (cursor.at === before) cursor.at++
  }
  return list
}

function declaration(cursor: Cursor): Statement | null {
  const from = here(cursor)
  eatMethodWords(cursor)
  if (peek(cursor, 'PROCEDURE') || peek(cursor, 'FUNCTION')) return localRoutine(cursor, from)
  // plpgsql tolerates a second DECLARE
  eat(cursor, 'DECLARE')
  return within(cursor, nextSemicolon(cursor), () => {
    if (eat(cursor, 'CURSOR')) return cursorFirst(cursor, from)
    if (peek(cursor, 'TYPE') || SKIPPED.has(textAt(cursor, 0).toUpperCase())) {
      cursor.at = cursor.end
      return null
    }
    return variable(cursor, from)
  })
}

/** MEMBER FUNCTION, MAP MEMBER FUNCTION, CONSTRUCTOR FUNCTION of a type's body (Oracle). */
function eatMethodWords(cursor: Cursor): void {
  let count = 0
  while (METHOD_WORDS.has(textAt(cursor, count).toUpperCase())) count++
  if (count > 0 && (wordAt(cursor, count) === 'FUNCTION' || wordAt(cursor, count) === 'PROCEDURE')) cursor.at += count
}

const METHOD_WORDS: ReadonlySet<string> = new Set([
  'MEMBER',
  'STATIC',
  'CONSTRUCTOR',
  'MAP',
  'ORDER',
  'OVERRIDING',
  'FINAL',
  'INSTANTIABLE',
  'NOT',
])

const SKIPPED: ReadonlySet<string> = new Set(['PRAGMA', 'SUBTYPE'])

/** `CURSOR c (p) [RETURN t] IS query` (Oracle). */
function cursorFirst(cursor: Cursor, from: number): Statement {
  const name = parseIdent(cursor)
  const parameters = parseColumnList(cursor)
  while (!atEnd(cursor) && !peek(cursor, 'IS') && !peek(cursor, 'FOR')) skipBalanced(cursor)
  if (!atEnd(cursor)) cursor.at++
  const query = cursorQuery(cursor, parameters)
  cursor.at = cursor.end
  return declare(cursor, from, { names: name === null ? NO_LIST : [name], value: null, query, columns: [], table: false })
}

/** The query of a cursor, in which its parameters are no columns; null where none stands here. */
function cursorQuery(cursor: Cursor, parameters: readonly Ident[]): Query | null {
  if (!isQueryStart(cursor)) return null
  const before = cursor.values
  if (parameters.length > 0) cursor.values = new Map([...(before ?? []), ...parameters.flatMap(parameterValues)])
  const query = cursor.rules.query(cursor)
  cursor.values = before
  return query
}

/** A parameter in the cases that its name is likely to be written in: names of values are found as they are written. */
function parameterValues({ text, from, to }: Ident): readonly (readonly [string, NamedValue])[] {
  const expr: Expr = { kind: 'literal', type: 'other', text, from, to }
  return [text, text.toLowerCase(), text.toUpperCase()].map((name) => [name, { expr, weight: 1 }] as const)
}

const VALUE_STARTS: ReadonlySet<Word> = new Set<Word>([':=', '=', 'DEFAULT'])

/** `name[, name] [CONSTANT] type [NOT NULL] [:= | DEFAULT expr]`, `name CURSOR [FOR | IS] query`, `@t TABLE (…)`. */
export function variable(cursor: Cursor, from: number): DeclareStatement {
  const names: Ident[] = []
  do {
    const name = parseIdent(cursor)
    if (name !== null) names.push(name)
  } while (eat(cursor, ','))
  eat(cursor, 'AS')
  if (eat(cursor, 'TABLE') && peek(cursor, '('))
    return declare(cursor, from, { names, value: null, query: null, columns: columnDefinitions(cursor).columns, table: true })
  const parameters = cursorFollows(cursor)
  if (parameters !== null) {
    const query = cursorQuery(cursor, parameters)
    // a cursor over a result that a variable holds
    const value = query === null && isName(cursor, 0) && !atBareStart(cursor) ? cursor.rules.expression(cursor) : null
    return declare(cursor, from, { names, value, query, columns: [], table: false })
  }
  while (!atEnd(cursor) && !VALUE_STARTS.has(word(cursor)) && !peek(cursor, ',') && !atBareStart(cursor)) skipBalanced(cursor)
  const valued = VALUE_STARTS.has(word(cursor))
  if (valued) {
    cursor.at++
    rememberText(cursor, names[names.length - 1]?.text ?? '')
  }
  const query = valued ? (isQueryStart(cursor) ? cursor.rules.query(cursor) : executedQuery(cursor)) : null
  const value = valued && query === null && !atEnd(cursor) ? cursor.rules.expression(cursor) : null
  return declare(cursor, from, { names, value, query, columns: [], table: false })
}

/** `(EXECUTE IMMEDIATE 'query')` as the value of a RESULTSET (Snowflake): the query it runs; null where no text runs, or none that is known. */
export function executedQuery(cursor: Cursor): Query | null {
  if (!peek(cursor, '(') || wordAt(cursor, 1) !== 'EXECUTE') return null
  const ran = inBrackets(cursor, () => cursor.rules.statement(cursor))
  const last = ran.kind === 'execute' ? ran.body?.findLast((statement) => statement.kind === 'query') : undefined
  return last?.kind === 'query' ? last.query : EMPTY_QUERY
}

const EMPTY_QUERY: Query = {
  kind: 'query',
  ctes: [],
  recursive: false,
  body: { kind: 'unknown', from: 0, to: 0 },
  order: [],
  from: 0,
  to: 0,
}

/** Eats `[options] CURSOR [(parameters)] [options] FOR | IS` and gives the parameters; null, with nothing eaten, where no cursor is declared. */
function cursorFollows(cursor: Cursor): readonly Ident[] | null {
  const start = cursor.at
  while (!atEnd(cursor) && !peek(cursor, 'CURSOR') && cursor.at < start + CURSOR_OPTIONS && !endsDeclaration(cursor)) cursor.at++
  if (!eat(cursor, 'CURSOR')) {
    cursor.at = start
    return null
  }
  const parameters = parseColumnList(cursor)
  while (!atEnd(cursor) && !peek(cursor, 'FOR') && !peek(cursor, 'IS') && !atBareStart(cursor)) skipBalanced(cursor)
  if (!eat(cursor, 'FOR')) eat(cursor, 'IS')
  return parameters
}

/** INSENSITIVE, NO SCROLL, …: so many at most stand before CURSOR. */
const CURSOR_OPTIONS = 4

function endsDeclaration(cursor: Cursor): boolean {
  return VALUE_STARTS.has(word(cursor)) || peek(cursor, ',') || peek(cursor, ';') || atBareStart(cursor)
}

/** `PROCEDURE p (…) IS declarations BEGIN … END p;`, or only its heading. */
function localRoutine(cursor: Cursor, from: number): Statement {
  const what = peek(cursor, 'FUNCTION') ? 'function' : 'procedure'
  cursor.at++
  const name = parseName(cursor)
  const parameters = peek(cursor, '(') ? parseColumnList(cursor) : NO_LIST
  while (!atEnd(cursor) && !peek(cursor, ';') && !peek(cursor, 'IS') && !peek(cursor, 'AS')) skipBalanced(cursor)
  if (name === null || peek(cursor, ';') || atEnd(cursor)) return otherRead(cursor, from, what.toUpperCase())
  cursor.at++
  const declared = declarations(cursor)
  const body = peek(cursor, 'BEGIN') ? [...declared, cursor.rules.statement(cursor)] : declared
  const made: RoutineStatement = {
    kind: 'routine',
    keyword: what.toUpperCase(),
    from,
    to: lastEnd(cursor),
    what,
    name,
    parameters,
    returns: NO_LIST,
    table: null,
    body,
    expression: null,
    opaque: false,
  }
  return made
}

/** DECLARE …: one declaration, or a section with its block. */
export const declareStatement: StatementRule = (cursor, from) => {
  cursor.at++
  eat2(cursor, 'OR', 'REPLACE')
  if (!eat(cursor, 'VARIABLE')) eat(cursor, 'VAR')
  if (peek(cursor, 'GLOBAL') && wordAt(cursor, 1) === 'TEMPORARY') return temporaryTable(cursor, from)
  const handler = handlerStatement(cursor, from)
  if (handler !== null) return handler
  if (opensSection(cursor)) return section(cursor, from, [])
  const first = simple(() => listed(cursor, from))(cursor, from)
  if (cursor.dialect.grammar.bareStatements || !peek(cursor, ';')) return first
  const next = cursor.at
  while (eat(cursor, ';')) if (atEnd(cursor)) break
  if (sectionGoesOn(cursor)) return section(cursor, from, [first])
  cursor.at = next
  return first
}

/** `@a int = 1, @b int`: one node for all of them. */
function listed(cursor: Cursor, from: number): DeclareStatement {
  const all = [variable(cursor, from)]
  while (eat(cursor, ',')) all.push(variable(cursor, from))
  while (!atEnd(cursor) && !atBareStart(cursor)) skipBalanced(cursor)
  const [filled, ...others] = all.filter((one) => one.query !== null)
  const values = [...all.flatMap((one) => one.value ?? []), ...others.flatMap(({ query }) => (query === null ? [] : scalar(query)))]
  const declared: Declared = {
    // whose query it is stands first
    names: [...(filled?.names ?? []), ...all.flatMap((one) => (one === filled ? [] : one.names))],
    value: values.length > 1 ? { kind: 'construct', form: 'row', items: values, from, to: lastEnd(cursor) } : (values[0] ?? null),
    query: filled?.query ?? null,
    columns: all.flatMap((one) => one.columns),
    table: all.some((one) => one.table),
  }
  return declare(cursor, from, declared)
}

function scalar(query: Query): Expr {
  return { kind: 'subquery', use: 'scalar', query, from: query.from, to: query.to }
}

function opensSection(cursor: Cursor): boolean {
  const current = word(cursor)
  return (
    current === 'CURSOR' ||
    current === 'PROCEDURE' ||
    current === 'FUNCTION' ||
    current === 'BEGIN' ||
    (current === 'TYPE' && wordAt(cursor, 2) === 'IS')
  )
}

/** Whether a declaration, or the BEGIN of the block, stands here and not a statement. */
function sectionGoesOn(cursor: Cursor): boolean {
  const current = word(cursor)
  if (current === 'BEGIN') return wordAt(cursor, 1) !== ';' && wordAt(cursor, 1) !== 'TRANSACTION' && wordAt(cursor, 1) !== 'TRAN'
  const text = textAt(cursor, 0).toUpperCase()
  if (opensSection(cursor) || SKIPPED.has(text)) return true
  if (STATEMENT_WORDS.has(current) || !isName(cursor, 0) || !isName(cursor, 1)) return false
  // a variable may be called like a statement that has no rule of its own: then a block follows
  return !NOISE.has(text) || find(cursor, 'BEGIN') >= 0 || blockFollows(cursor)
}

/** Whether BEGIN stands somewhere behind this declaration, as the next thing behind a `;`. */
function blockFollows(cursor: Cursor): boolean {
  for (let at = cursor.at; at < cursor.end; at++) {
    const offset = at - cursor.at
    if (wordAt(cursor, offset) !== ';') continue
    if (wordAt(cursor, offset + 1) === 'BEGIN') return true
    if (STATEMENT_WORDS.has(wordAt(cursor, offset + 1))) return false
  }
  return false
}

/** Words that start a statement before a name, where a declaration has a variable's name before its type. */
// biome-ignore format: a table
const STATEMENT_WORDS: ReadonlySet<Word> = new Set<Word>([
  'SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'CREATE', 'ALTER', 'DROP', 'TRUNCATE', 'WITH', 'FROM', 'SET', 'DECLARE', 'CALL', 'EXEC', 'EXECUTE', 'IF', 'WHILE', 'LOOP',
  'FOR', 'CASE', 'RETURN', 'OPEN', 'FETCH', 'CLOSE', 'COMMIT', 'ROLLBACK', 'START', 'GRANT', 'REVOKE', 'USE', 'COPY', 'LET', 'RAISE', 'SHOW', 'DESCRIBE', 'DESC', 'EXPLAIN', 'ANALYZE',
  'PREPARE', 'LOCK', 'SAVEPOINT', 'INSTALL', 'ATTACH', 'DETACH', 'KILL', 'SIGNAL', 'VACUUM', 'LOAD', 'UNLOAD', 'EXPORT', 'IMPORT', 'REFRESH', 'COMMENT', 'REPLACE', 'RENAME', 'DEALLOCATE', 'RESET', 'DO', 'MOVE',
])

function section(cursor: Cursor, from: number, first: readonly Statement[]): Statement {
  const declared = [...first, ...declarations(cursor)]
  const block = peek(cursor, 'BEGIN') ? [cursor.rules.statement(cursor)] : []
  const body = [...declared, ...block]
  return {
    kind: 'block',
    keyword: 'DECLARE',
    from,
    to: lastEnd(cursor),
    what: 'block',
    conditions: [],
    variable: null,
    query: null,
    cursor: null,
    body,
  }
}

/** DECLARE {CONTINUE | EXIT | UNDO} HANDLER FOR condition[, …] statement (MySQL, Teradata, Databricks). */
function handlerStatement(cursor: Cursor, from: number): Statement | null {
  if (wordAt(cursor, 1) !== 'HANDLER') return null
  cursor.at += 2
  eat(cursor, 'FOR')
  while (!atEnd(cursor) && !peek(cursor, ';') && !peek(cursor, 'BEGIN') && !handlerBody(cursor)) cursor.at++
  const body = atEnd(cursor) || peek(cursor, ';') ? [] : [cursor.rules.statement(cursor)]
  return {
    kind: 'block',
    keyword: 'DECLARE HANDLER',
    from,
    to: lastEnd(cursor),
    what: 'block',
    conditions: [],
    variable: null,
    query: null,
    cursor: null,
    body,
  }
}

// biome-ignore format: a table
const HANDLER_BODIES: ReadonlySet<Word> = new Set<Word>(['SET', 'SELECT', 'INSERT', 'UPDATE', 'DELETE', 'CALL', 'ROLLBACK', 'COMMIT', 'RESIGNAL', 'LEAVE', 'ITERATE', 'CLOSE', 'SIGNAL', 'GET'])

function handlerBody(cursor: Cursor): boolean {
  return HANDLER_BODIES.has(word(cursor))
}

/** DECLARE GLOBAL TEMPORARY TABLE SESSION.t {(…) | AS (query) | LIKE u} … (the standard, Db2, Derby): a table of the session. */
function temporaryTable(cursor: Cursor, from: number): Statement {
  return simple(() => {
    cursor.at += 2
    if (!eat(cursor, 'TABLE')) return unparsed(cursor, from, 'DECLARE TABLE', 'no table is declared')
    return createRelation(cursor, from, { what: 'table', keyword: 'CREATE TABLE', replace: true, temporary: 'session' })
  })(cursor, from)
}

/** LET x [type] := expr, LET c CURSOR FOR query, LET r RESULTSET := (query) (Snowflake). */
export const letStatement: StatementRule = simple((cursor, from) => {
  cursor.at++
  const made = { ...variable(cursor, from), keyword: 'LET' }
  while (!atEnd(cursor)) skipBalanced(cursor)
  return { ...made, to: lastEnd(cursor) }
})
