import type { Word } from '../../tokens/words.ts'
import type { BlockStatement, RoutineStatement, Statement } from '../../tree.ts'
import { atEnd, type Cursor, eat, lastEnd, peek, skipBalanced, textAt, word } from '../cursor.ts'
import { parseName, parseTableName } from '../names.ts'
import { isQueryStart, nextSemicolon, within } from './boundary.ts'
import { scriptStatements } from './list.ts'
import { applyChanges } from './merge.ts'
import { eatExistence, inBrackets, NO_LIST } from './parts.ts'
import { NEW_AND_OLD, withRows } from './row-names.ts'
import { unparsed } from './unparsed.ts'

function scheduled(
  cursor: Cursor,
  from: number,
  what: RoutineStatement['what'],
  body: readonly Statement[],
  name: RoutineStatement['name'],
): RoutineStatement {
  const keyword = `CREATE ${what.toUpperCase()}`
  return {
    kind: 'routine',
    keyword,
    from,
    to: lastEnd(cursor),
    what,
    name,
    parameters: NO_LIST,
    returns: [],
    table: null,
    body,
    expression: null,
    opaque: false,
  }
}

/** CREATE TASK name options [AFTER …] [WHEN …] AS statement (Snowflake); CREATE EVENT name ON SCHEDULE … DO statement (MySQL). */
export function createTask(cursor: Cursor, from: number): Statement {
  const event = textAt(cursor, 0).toUpperCase() === 'EVENT'
  return stored(cursor, from, event ? 'event' : 'task', event ? 'DO' : 'AS')
}

/** CREATE PIPE name options AS COPY INTO … (Snowflake). */
export function createPipe(cursor: Cursor, from: number): Statement {
  return stored(cursor, from, 'pipe', 'AS')
}

function stored(cursor: Cursor, from: number, what: RoutineStatement['what'], opener: Word): Statement {
  cursor.at++
  eatExistence(cursor)
  const name = parseName(cursor)
  if (name === null)
    return within(cursor, nextSemicolon(cursor), () => unparsed(cursor, from, `CREATE ${what.toUpperCase()}`, 'no name of what is created'))
  while (!atEnd(cursor) && !peek(cursor, ';') && word(cursor) !== opener) skipBalanced(cursor)
  const body = eat(cursor, opener) && !atEnd(cursor) ? [cursor.rules.statement(cursor)] : []
  return scheduled(cursor, from, what, body, name)
}

/** CREATE SCHEDULED QUERY q CRON '…' … [DEFINED] AS statement (Hive). */
export function createScheduled(cursor: Cursor, from: number): Statement {
  cursor.at++
  return { ...stored(cursor, from, 'task', 'AS'), keyword: 'CREATE SCHEDULED QUERY' }
}

/** CREATE ALERT a … IF (EXISTS (query)) THEN statement (Snowflake). */
export function createAlert(cursor: Cursor, from: number): Statement {
  cursor.at++
  eatExistence(cursor)
  const name = parseName(cursor)
  if (name === null)
    return within(cursor, nextSemicolon(cursor), () => unparsed(cursor, from, 'CREATE ALERT', 'no name of what is created'))
  while (!atEnd(cursor) && !peek(cursor, ';') && !peek(cursor, 'IF')) skipBalanced(cursor)
  const start = cursor.tokens.starts[cursor.at] ?? from
  const conditions = eat(cursor, 'IF') && !atEnd(cursor) ? [cursor.rules.expression(cursor)] : []
  const then = eat(cursor, 'THEN') && !atEnd(cursor) ? [cursor.rules.statement(cursor)] : []
  const checked: BlockStatement = {
    kind: 'block',
    keyword: 'IF',
    from: start,
    to: lastEnd(cursor),
    what: 'if',
    conditions,
    variable: null,
    query: null,
    cursor: null,
    body: then,
  }
  return { ...scheduled(cursor, from, 'task', [checked], name), keyword: 'CREATE ALERT' }
}

/** CREATE FLOW f AS INSERT INTO … | AUTO CDC INTO … (Databricks). */
export function createFlow(cursor: Cursor, from: number): Statement {
  cursor.at++
  eatExistence(cursor)
  const name = parseName(cursor)
  if (name === null) return within(cursor, nextSemicolon(cursor), () => unparsed(cursor, from, 'CREATE FLOW', 'no name of what is created'))
  while (!atEnd(cursor) && !peek(cursor, ';') && !peek(cursor, 'AS')) skipBalanced(cursor)
  eat(cursor, 'AS')
  const body = within(cursor, nextSemicolon(cursor), () =>
    peek(cursor, 'AUTO')
      ? [applyChanges(cursor, cursor.tokens.starts[cursor.at] ?? 0)]
      : atEnd(cursor)
        ? []
        : [cursor.rules.statement(cursor)],
  )
  const made = scheduled(cursor, from, 'task', body, name)
  return { ...made, keyword: 'CREATE FLOW' }
}

/** CREATE RULE r AS ON event TO t [WHERE c] DO [ALSO | INSTEAD] {NOTHING | statement | (statement; …)} (Postgres). */
export function createRule(cursor: Cursor, from: number): Statement {
  cursor.at++
  const name = parseName(cursor)
  if (name === null) return within(cursor, nextSemicolon(cursor), () => unparsed(cursor, from, 'CREATE RULE', 'no name of what is created'))
  while (!atEnd(cursor) && !peek(cursor, ';') && !peek(cursor, 'DO') && !peek(cursor, 'TO')) skipBalanced(cursor)
  const table = eat(cursor, 'TO') ? parseTableName(cursor) : null
  while (!atEnd(cursor) && !peek(cursor, ';') && !peek(cursor, 'DO')) skipBalanced(cursor)
  eat(cursor, 'DO')
  if (!eat(cursor, 'INSTEAD') && textAt(cursor, 0).toUpperCase() === 'ALSO') cursor.at++
  const start = cursor.at
  const read = ruleBody(cursor)
  const body = withRows(cursor, start, read, NEW_AND_OLD, table)
  return { ...scheduled(cursor, from, 'event', body, name), keyword: 'CREATE RULE' }
}

function ruleBody(cursor: Cursor): readonly Statement[] {
  if (atEnd(cursor) || peek(cursor, ';') || eat(cursor, 'NOTHING')) return []
  if (!peek(cursor, '(') || isQueryStart(cursor)) return [cursor.rules.statement(cursor)]
  return inBrackets(cursor, () => scriptStatements(cursor))
}
