import { TOKEN } from '../../tokens/tokens.ts'
import type { BlockStatement, CreateStatement, Ident, Name, Query, Statement } from '../../tree.ts'
import { type Cursor, textAt, wordAt } from '../cursor.ts'
import { NO_LIST } from './parts.ts'

/** What a trigger calls the rows that are changed, and (transition tables) all of them. */
export interface RowNames {
  readonly rows: readonly string[]
  readonly tables: readonly string[]
}

export const NEW_AND_OLD: RowNames = { rows: ['new', 'old'], tables: [] }

/**
 * REFERENCING {NEW | OLD} [ROW] [AS] n …, {NEW | OLD} TABLE [AS] t | NEW_TABLE AS t …, between the tokens `from` and the cursor.
 * https://www.postgresql.org/docs/current/sql-createtrigger.html
 */
export function referencedNames(cursor: Cursor, from: number): RowNames {
  const rows: string[] = ['new', 'old']
  const tables: string[] = []
  const text = (at: number): string => (at < cursor.at ? textAt(cursor, at - cursor.at).toLowerCase() : '')
  let at = from
  while (at < cursor.at && text(at) !== 'referencing') at++
  for (at++; at < cursor.at && /^(?:new|old)(?:_table)?$/.test(text(at)); at++) {
    const table = text(at).endsWith('_table') || text(at + 1) === 'table'
    if (text(at + 1) === 'table' || text(at + 1) === 'row') at++
    if (text(at + 1) === 'as') at++
    at++
    if (table) tables.push(text(at))
    else rows.push(text(at))
  }
  return { rows, tables }
}

/** The body with its row names bound to the trigger's table: the rows it names are rows of that table. */
export function withRows(
  cursor: Cursor,
  start: number,
  body: readonly Statement[],
  names: RowNames,
  table: Name | null,
): readonly Statement[] {
  if (table === null || body.length === 0) return body
  let bound = body
  for (const name of names.rows) if (namesRow(cursor, start, name)) bound = [rowOf(name, bound, table)]
  const copies = names.tables.filter((name) => namesWord(cursor, start, name)).map((name) => copyOfTable(name, table))
  return [...copies, ...bound]
}

/** `new.` in the tokens from `start` to the cursor. */
function namesRow(cursor: Cursor, start: number, name: string): boolean {
  for (let at = start; at < cursor.at; at++) if (wordAt(cursor, at + 1 - cursor.at) === '.' && wordIs(cursor, at, name)) return true
  return false
}

export function namesWord(cursor: Cursor, start: number, name: string): boolean {
  for (let at = start; at < cursor.at; at++) if (wordIs(cursor, at, name)) return true
  return false
}

function wordIs(cursor: Cursor, at: number, name: string): boolean {
  const from = cursor.tokens.starts[at] ?? 0
  const to = cursor.tokens.ends[at] ?? 0
  const found = cursor.tokens.kinds[at]
  // `:new` (Oracle)
  const colon = found === TOKEN.parameter && cursor.sql[from] === ':' ? 1 : 0
  if (found !== TOKEN.word && colon === 0) return false
  return to - from - colon === name.length && cursor.sql.slice(from + colon, to).toLowerCase() === name
}

function rowOf(text: string, body: readonly Statement[], table: Name): BlockStatement {
  const { from, to } = table
  const variable: Ident = { text, quoted: false, from, to }
  const query: Query = { kind: 'query', ctes: [], recursive: false, body: { kind: 'table', name: table, from, to }, order: [], from, to }
  return { kind: 'block', keyword: 'FOR', from, to, what: 'for', conditions: [], variable, query, cursor: null, body }
}

/** A table of the session that holds rows of the trigger's table. */
export function copyOfTable(text: string, table: Name): CreateStatement {
  const { from, to } = table
  const name: Name = { form: 'plain', parts: [{ text, quoted: false, from, to }], from, to }
  return {
    kind: 'create',
    keyword: 'CREATE TABLE',
    from,
    to,
    what: 'table',
    name,
    replace: true,
    temporary: 'session',
    columns: [],
    names: NO_LIST,
    query: null,
    noData: false,
    clone: table,
    like: null,
    locations: [],
    base: null,
    target: null,
  }
}
