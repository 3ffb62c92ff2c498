import type { Word } from '../../tokens/words.ts'
import type { RoutineStatement, Statement } from '../../tree.ts'
import { atEnd, type Cursor, eat, lastEnd, peek, skipBalanced, textAt, word } from '../cursor.ts'
import { parseName } from '../names.ts'
import { nextSemicolon, within } from './boundary.ts'
import { applyChanges } from './merge.ts'
import { eatExistence, NO_LIST } from './parts.ts'
import { unparsed } from './unparsed.ts'

function scheduled(cursor: Cursor, from: number, what: RoutineStatement['what'], body: readonly Statement[], name: RoutineStatement['name']): RoutineStatement {
  const keyword = `CREATE ${what.toUpperCase()}`
  return { kind: 'routine', keyword, from, to: lastEnd(cursor), what, name, parameters: NO_LIST, table: null, body, expression: null, opaque: false }
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
  if (name === null) return within(cursor, nextSemicolon(cursor), () => unparsed(cursor, from, `CREATE ${what.toUpperCase()}`, 'no name of what is created'))
  while (!atEnd(cursor) && !peek(cursor, ';') && word(cursor) !== opener) skipBalanced(cursor)
  const body = eat(cursor, opener) && !atEnd(cursor) ? [cursor.rules.statement(cursor)] : []
  return scheduled(cursor, from, what, body, name)
}

/** CREATE FLOW f AS INSERT INTO … | AUTO CDC INTO … (Databricks). */
export function createFlow(cursor: Cursor, from: number): Statement {
  cursor.at++
  eatExistence(cursor)
  const name = parseName(cursor)
  if (name === null) return within(cursor, nextSemicolon(cursor), () => unparsed(cursor, from, 'CREATE FLOW', 'no name of what is created'))
  while (!atEnd(cursor) && !peek(cursor, ';') && !peek(cursor, 'AS')) skipBalanced(cursor)
  eat(cursor, 'AS')
  const body = within(cursor, nextSemicolon(cursor), () => (peek(cursor, 'AUTO') ? [applyChanges(cursor, cursor.tokens.starts[cursor.at] ?? 0)] : atEnd(cursor) ? [] : [cursor.rules.statement(cursor)]))
  const made = scheduled(cursor, from, 'task', body, name)
  return { ...made, keyword: 'CREATE FLOW' }
}
