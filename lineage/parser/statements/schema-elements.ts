import type { Name, Statement } from '../../tree.ts'
import { atEnd, type Cursor, eat, lastEnd, mark, peek, rewind, skipBalanced, textAt, wordAt } from '../cursor.ts'
import { parseName } from '../names.ts'
import { within } from './boundary.ts'

/**
 * `CREATE SCHEMA [s] [AUTHORIZATION u] CREATE TABLE … CREATE VIEW … GRANT …` (the standard, Postgres, SQL Server, Oracle), the cursor behind
 * SCHEMA: one statement, whose elements are made in the schema. Null, with nothing eaten, where no element follows.
 * https://www.postgresql.org/docs/current/sql-createschema.html
 */
export function schemaElements(cursor: Cursor, from: number): Statement | null {
  const start = mark(cursor)
  const name = peek(cursor, 'AUTHORIZATION') ? null : parseName(cursor)
  const owner = eat(cursor, 'AUTHORIZATION') ? parseName(cursor) : null
  for (let options = 0; options < MOST_OPTIONS && !atEnd(cursor) && !atElement(cursor); options++) skipBalanced(cursor)
  const schema = name ?? owner
  if (atEnd(cursor) || !atElement(cursor) || schema === null) {
    rewind(cursor, start)
    return null
  }
  const body: Statement[] = [moveTo(schema)]
  while (!atEnd(cursor)) {
    const end = nextElement(cursor)
    body.push(within(cursor, end, () => cursor.rules.statement(cursor)))
    cursor.at = Math.max(cursor.at, end)
  }
  return { kind: 'execute', keyword: 'CREATE SCHEMA', from, to: lastEnd(cursor), body, text: null }
}

/** Of DEFAULT CHARACTER SET and the like so many words may stand before the elements. */
const MOST_OPTIONS = 8

/** What the elements are made in, for as long as the statement lasts. */
function moveTo(schema: Name): Statement {
  const { from, to } = schema
  return { kind: 'use', keyword: 'USE', from, to, what: schema.parts.length > 1 ? 'path' : 'schema', names: [schema] }
}

function atElement(cursor: Cursor): boolean {
  if (peek(cursor, 'CREATE')) return ELEMENTS.has(textAt(cursor, 1).toUpperCase()) || wordAt(cursor, 1) === 'OR'
  return peek(cursor, 'GRANT') || peek(cursor, 'REVOKE') || peek(cursor, 'DENY')
}

// biome-ignore format: a table
const ELEMENTS: ReadonlySet<string> = new Set(['TABLE', 'VIEW', 'INDEX', 'UNIQUE', 'SEQUENCE', 'TRIGGER', 'DOMAIN', 'TYPE', 'TEMP', 'TEMPORARY', 'MATERIALIZED', 'SYNONYM', 'FUNCTION', 'PROCEDURE', 'EXTERNAL'])

/** Index of the next element behind the one here, or of the statement's end. */
function nextElement(cursor: Cursor): number {
  const { at } = cursor
  skipBalanced(cursor)
  while (!atEnd(cursor) && !atElement(cursor)) skipBalanced(cursor)
  const next = cursor.at
  cursor.at = at
  return next
}
