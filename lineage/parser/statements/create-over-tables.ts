import { TOKEN } from '../../tokens/tokens.ts'
import type { CreateStatement, Name, Query, Relation, Statement } from '../../tree.ts'
import { atEnd, type Cursor, eat, kind, lastEnd, peek, skipBalanced, textAt } from '../cursor.ts'
import { parseTableName } from '../names.ts'
import { plainSelect, starItem } from '../plain-select.ts'
import { nextSemicolon, skipRest, within } from './boundary.ts'
import { eatExistence, inBrackets, NO_LIST } from './parts.ts'
import { unparsed } from './unparsed.ts'

/**
 * CREATE PROPERTY GRAPH g NODE TABLES (t [AS x] …) EDGE TABLES (u …) and CREATE SEMANTIC VIEW v TABLES ([x AS] t …): views of another kind over
 * tables, all whose columns may be in them. https://cloud.google.com/bigquery/docs/reference/standard-sql/graph-schema-statements,
 * https://docs.snowflake.com/en/sql-reference/sql/create-semantic-view
 */
export function createOverTables(cursor: Cursor, from: number, replace: boolean): Statement {
  const keyword = textAt(cursor, 0).toUpperCase() === 'SEMANTIC' ? 'CREATE SEMANTIC VIEW' : 'CREATE PROPERTY GRAPH'
  return within(cursor, nextSemicolon(cursor), () => {
    cursor.at = Math.min(cursor.at + 2, cursor.end)
    eatExistence(cursor)
    const name = parseTableName(cursor)
    if (name === null) return unparsed(cursor, from, keyword, 'no name of what is created')
    const tables: Name[] = []
    while (!atEnd(cursor)) {
      if (eat(cursor, 'TABLES') && peek(cursor, '(')) inBrackets(cursor, () => readTables(cursor, keyword, tables))
      else skipBalanced(cursor)
    }
    return view(name, keyword, replace, tables, from, skipRest(cursor))
  })
}

/** The table of each item: behind the alias in a semantic view, before it in a graph. */
function readTables(cursor: Cursor, keyword: string, tables: Name[]): void {
  while (!atEnd(cursor)) {
    let name = kind(cursor) === TOKEN.operator ? null : parseTableName(cursor)
    if (keyword === 'CREATE SEMANTIC VIEW' && eat(cursor, 'AS')) name = parseTableName(cursor)
    if (name !== null) tables.push(name)
    while (!atEnd(cursor) && !eat(cursor, ',')) skipBalanced(cursor)
  }
}

function view(name: Name, keyword: string, replace: boolean, tables: readonly Name[], from: number, to: number): CreateStatement {
  return {
    kind: 'create',
    keyword,
    from,
    to,
    what: 'view',
    name,
    replace,
    temporary: 'no',
    columns: [],
    names: NO_LIST,
    query: tables.length > 0 ? allOf(tables, from, to) : null,
    noData: false,
    clone: null,
    like: null,
    locations: [],
    base: null,
    target: null,
  }
}

/** All columns of all the tables. */
export function allOf(tables: readonly Name[], from: number, to: number): Query {
  const relations = tables.map((name): Relation => {
    const source = { kind: 'table', name, alias: null, extra: [], from: name.from, to: name.to } as const
    return { source, joins: [], from: name.from, to: name.to }
  })
  return {
    kind: 'query',
    ctes: [],
    recursive: false,
    body: plainSelect([starItem(from)], relations, from, to),
    order: [],
    from,
    to,
  }
}

/** Where the bracket behind AS lists queries with names: `AS (training_data AS (query), custom_holiday AS (query))` of a model (BigQuery). */
export function namedQueries(cursor: Cursor): Query {
  const from = cursor.tokens.starts[cursor.at] ?? 0
  const ctes = inBrackets(cursor, () => {
    const list: Query['ctes'][number][] = []
    while (!atEnd(cursor)) {
      const start = cursor.tokens.starts[cursor.at] ?? 0
      const name = parseTableName(cursor)?.parts.at(-1)
      if (name === undefined || !eat(cursor, 'AS') || !peek(cursor, '(')) break
      const body = inBrackets(cursor, () => cursor.rules.query(cursor))
      list.push({ name, columns: NO_LIST, body, added: [], from: start, to: lastEnd(cursor) })
      eat(cursor, ',')
    }
    return list
  })
  const names = ctes.map(({ name }): Name => ({ form: 'plain', parts: [name], from: name.from, to: name.to }))
  return { ...allOf(names, from, lastEnd(cursor)), ctes }
}
