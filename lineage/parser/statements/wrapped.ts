import type { Word } from '../../tokens/words.ts'
import type { Cte, Query, QueryStatement, Statement } from '../../tree.ts'
import { atEnd, type Cursor, mark, peek, rewind, skipBalanced, textAt, word, wordAt } from '../cursor.ts'
import { parseTableName } from '../names.ts'
import { find, finish, isQueryStart, nextSemicolon, type StatementRule, simple, skipRest, within } from './boundary.ts'
import { anonymousProcedure } from './create-routine.ts'
import { deleteStatement } from './delete.ts'
import { skipPrologue } from './inline-functions.ts'
import { fromInsert, insertStatement } from './insert.ts'
import { mergeStatement } from './merge.ts'
import { inBrackets, NO_CTES } from './parts.ts'
import { other, unparsed } from './unparsed.ts'
import { updateStatement } from './update.ts'

/** A query as a statement; what follows a SELECT and is no part of it (OPTION, FORMAT, …) is known noise. */
export const queryRule: StatementRule = simple((cursor, from) => {
  const query = cursor.rules.query(cursor)
  const made: QueryStatement = { kind: 'query', keyword: 'SELECT', from, to: finish(cursor), query }
  return made
})

/** A statement that opens with WITH. */
export const withRule: StatementRule = (cursor, from) => {
  skipPrologue(cursor)
  if (peek(cursor, 'WITH') && wordAt(cursor, 2) === 'AS' && wordAt(cursor, 3) === 'PROCEDURE') return withProcedure(cursor, from)
  if (!peek(cursor, 'WITH')) return isQueryStart(cursor) ? queryRule(cursor, from) : withStatement(cursor, from)
  return withStatement(cursor, from)
}

/** A procedure that lives for one call of it. https://docs.snowflake.com/en/sql-reference/sql/call-with */
const withProcedure: StatementRule = (cursor, from) => {
  cursor.at += 3
  const body = anonymousProcedure(cursor)
  return { kind: 'execute', keyword: 'CALL', from, to: skipRest(cursor), body, text: null }
}

/** What the query of a WITH is for: found by looking past the CTEs, so that these are read once. */
const withStatement: StatementRule = simple((cursor, from) => {
  const verb = verbAfterCtes(cursor)
  if (verb === 'SELECT') return queryRule(cursor, from)
  const start = mark(cursor)
  const ctes = cursor.rules.ctes(cursor)
  const made = modifying(cursor, from, ctes)
  if (made !== null) return made
  rewind(cursor, start)
  return queryRule(cursor, from)
})

const VERBS: Readonly<Partial<Record<Word, string>>> = {
  SELECT: 'SELECT',
  SEL: 'SELECT',
  VALUES: 'SELECT',
  INSERT: 'INSERT',
  INS: 'INSERT',
  UPDATE: 'INSERT',
  UPD: 'INSERT',
  DELETE: 'INSERT',
  DEL: 'INSERT',
  MERGE: 'INSERT',
  FROM: 'INSERT',
  REPLACE: 'INSERT',
}

function verbAfterCtes(cursor: Cursor): string {
  const end = nextSemicolon(cursor)
  const at = cursor.at
  cursor.at++
  let verb = 'SELECT'
  while (cursor.at < end) {
    const found = VERBS[word(cursor)]
    // a CTE may be called like a verb: `, delete AS (`
    if (found !== undefined && wordAt(cursor, 1) !== 'AS') {
      verb = found
      break
    }
    skipBalanced(cursor)
  }
  cursor.at = at
  return verb
}

function modifying(cursor: Cursor, from: number, ctes: readonly Cte[]): Statement | null {
  switch (word(cursor)) {
    case 'INSERT':
    case 'INS':
    case 'REPLACE':
      return insertStatement(cursor, from, ctes)
    case 'UPDATE':
    case 'UPD':
      return updateStatement(cursor, from, ctes)
    case 'DELETE':
    case 'DEL':
      return deleteStatement(cursor, from, ctes)
    case 'MERGE':
      return mergeStatement(cursor, from, ctes)
    case 'FROM':
      return multiInsert(cursor, from, ctes)
    default:
      return null
  }
}

/** `FROM s INSERT …`; null, with nothing eaten, where no INSERT follows the relations. */
function multiInsert(cursor: Cursor, from: number, ctes: readonly Cte[]): Statement | null {
  const insert = find(cursor, 'INSERT')
  if (insert < 0) return null
  const start = mark(cursor)
  cursor.at++
  const shared = within(cursor, insert, () => cursor.rules.relations(cursor))
  if (cursor.at === insert) return fromInsert(cursor, from, ctes, shared)
  rewind(cursor, start)
  return null
}

/** FROM-first: Hive's multi-insert, or a query. */
export const fromRule: StatementRule = simple((cursor, from) => multiInsert(cursor, from, NO_CTES) ?? queryRule(cursor, from))

/** `(SELECT …) UNION …`, `((SELECT …))`; a bracket with anything else is not understood. */
export const bracketRule: StatementRule = simple((cursor, from) =>
  isQueryStart(cursor) ? queryRule(cursor, from) : unparsed(cursor, from, '', 'a bracket that holds no query'),
)

/** EXPLAIN [ANALYZE] [options] statement, DESCRIBE query. Where no statement follows, it is noise. */
export const explainRule: StatementRule = (cursor, from) => {
  const keyword = word(cursor) === 'DESC' ? 'DESCRIBE' : word(cursor)
  const start = mark(cursor)
  cursor.at++
  const end = nextSemicolon(cursor)
  while (cursor.at < end && !EXPLAINED.has(word(cursor)) && !isQueryStart(cursor)) skipBalanced(cursor)
  const inner = cursor.at < end && (keyword === 'EXPLAIN' || isQueryStart(cursor) || peek(cursor, 'WITH'))
  if (!inner || (keyword !== 'EXPLAIN' && peek(cursor, 'TABLE'))) {
    rewind(cursor, start)
    return simple(() => other(cursor, from, keyword))(cursor, from)
  }
  const body = [cursor.rules.statement(cursor)]
  return { kind: 'wrap', keyword, from, to: body[0]?.to ?? from, what: 'explain', name: null, body }
}

/** SUMMARIZE t | query (DuckDB) reads all of it. */
export const summarizeRule: StatementRule = simple((cursor, from) => {
  cursor.at++
  if (peek(cursor, 'TABLE')) cursor.at++
  const name = isQueryStart(cursor) ? null : parseTableName(cursor)
  if (name === null && atEnd(cursor)) return other(cursor, from, 'SUMMARIZE')
  const at = { from: name?.from ?? from, to: name?.to ?? from }
  const query: Query =
    name === null
      ? cursor.rules.query(cursor)
      : { kind: 'query', ctes: [], recursive: false, body: { kind: 'table', name, ...at }, order: [], ...at }
  const to = finish(cursor)
  const body = [{ kind: 'query', keyword: 'SELECT', from: query.from, to, query } as const]
  return { kind: 'wrap', keyword: 'SUMMARIZE', from, to, what: 'explain', name: null, body }
})

// biome-ignore format: a table
const EXPLAINED: ReadonlySet<Word> = new Set<Word>(['SELECT', 'SEL', 'WITH', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'CREATE', 'VALUES', 'REPLACE', 'ALTER', 'EXECUTE', 'DECLARE'])

/** LOCKING [TABLE | ROW | …] x [FOR] mode … statement (Teradata). */
export const lockingRule: StatementRule = simple((cursor, from) => {
  const keyword = word(cursor)
  cursor.at++
  const end = cursor.end
  let at = cursor.at
  while (at < end && !LOCKED.has(wordAt(cursor, at - cursor.at))) at++
  if (at >= end) return other(cursor, from, keyword)
  cursor.at = at
  const inner = cursor.rules.statement(cursor)
  return { ...inner, from }
})

const LOCKED: ReadonlySet<Word> = new Set<Word>([
  'SELECT',
  'SEL',
  'INSERT',
  'INS',
  'UPDATE',
  'UPD',
  'DELETE',
  'DEL',
  'MERGE',
  'WITH',
  'CREATE',
  'REPLACE',
])

/** Words that say of which time the rows of a statement are (Teradata). https://docs.teradata.com/r/Temporal-Table-Support */
const TEMPORAL: ReadonlySet<string> = new Set([
  'CURRENT',
  'SEQUENCED',
  'NONSEQUENCED',
  'VALIDTIME',
  'TRANSACTIONTIME',
  'STATIC',
  'DYNAMIC',
  'NONTEMPORAL',
  'AS',
])

export function isTemporal(text: string): boolean {
  return TEMPORAL.has(text)
}

/** CURRENT VALIDTIME statement, VALIDTIME PERIOD (…) statement, STATIC EXPLAIN statement. */
export const temporalRule: StatementRule = simple((cursor, from) => {
  const keyword = textAt(cursor, 0).toUpperCase()
  while (!atEnd(cursor) && !LOCKED.has(word(cursor)) && !peek(cursor, 'EXPLAIN')) skipBalanced(cursor)
  if (atEnd(cursor)) return unparsed(cursor, from, keyword, `${keyword} without a statement`)
  const inner = cursor.rules.statement(cursor)
  return { ...inner, from }
})

/** ASYNC (statement) (Snowflake scripting). */
export const asyncRule: StatementRule = simple((cursor, from) => {
  cursor.at++
  if (!peek(cursor, '(')) return other(cursor, from, 'ASYNC')
  const inner = inBrackets(cursor, () => cursor.rules.statement(cursor))
  return { ...inner, from }
})

/** USING (x VARCHAR(10)) statement (Teradata); USING EXTERNAL FUNCTION f(…) RETURNS t LAMBDA '…' SELECT … (Athena). */
export const usingRule: StatementRule = simple((cursor, from) => {
  cursor.at++
  while (!atEnd(cursor) && !LOCKED.has(word(cursor))) skipBalanced(cursor)
  if (atEnd(cursor)) return unparsed(cursor, from, 'USING', 'USING without a statement')
  const inner = cursor.rules.statement(cursor)
  return { ...inner, from }
})

/** REPLACE INTO t … (MySQL, SQLite), as against REPLACE VIEW (Teradata). */
export function replacesRows(cursor: Cursor): boolean {
  const next = textAt(cursor, 1).toUpperCase()
  return !REPLACED.has(next)
}

// biome-ignore format: a table
const REPLACED: ReadonlySet<string> = new Set(['VIEW', 'PROCEDURE', 'MACRO', 'FUNCTION', 'TRIGGER', 'TABLE', 'RECURSIVE', 'TYPE', 'SPECIFIC', 'MATERIALIZED', 'QUERY', 'METHOD', 'CAST', 'ORDERING', 'TRANSFORM'])
