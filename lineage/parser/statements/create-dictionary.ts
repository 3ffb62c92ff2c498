import type { CreateStatement, Name, Query, Statement } from '../../tree.ts'
import { atEnd, type Cursor, eat, lastEnd, peek, skipBalanced, textAt } from '../cursor.ts'
import { parseTableName } from '../names.ts'
import { atString, finish } from './boundary.ts'
import { columnDefinitions } from './column-definitions.ts'
import { embeddedStatements } from './embedded.ts'
import { eatExistence, inBrackets, NO_LIST, pathOfString, rawIdent, stringText } from './parts.ts'
import { unparsed } from './unparsed.ts'

/** What SOURCE says. */
interface DictionarySource {
  base: Name | null
  query: Query | null
}

/**
 * CREATE DICTIONARY d [ON CLUSTER c] (columns) PRIMARY KEY … SOURCE(CLICKHOUSE(TABLE 't' DB 'd')) …: the rows of a table, query or file,
 * kept in memory. https://clickhouse.com/docs/sql-reference/statements/create/dictionary
 */
export function createDictionary(cursor: Cursor, from: number, replace: boolean): Statement {
  cursor.at++
  eatExistence(cursor)
  const name = parseTableName(cursor)
  if (name === null) return unparsed(cursor, from, 'CREATE DICTIONARY', 'no name of what is created')
  let columns: CreateStatement['columns'] = []
  const source: DictionarySource = { base: null, query: null }
  while (!atEnd(cursor)) {
    if (peek(cursor, '(') && columns.length === 0) columns = columnDefinitions(cursor).columns
    else if (eat(cursor, 'SOURCE') && peek(cursor, '(')) inBrackets(cursor, () => readSource(cursor, source))
    else skipBalanced(cursor)
  }
  return {
    kind: 'create',
    keyword: 'CREATE DICTIONARY',
    from,
    to: finish(cursor),
    what: 'dictionary',
    name,
    replace,
    temporary: 'no',
    columns: source.query === null ? [] : columns,
    names: NO_LIST,
    query: source.query,
    noData: false,
    clone: null,
    like: null,
    locations: [],
    base: source.base,
    target: null,
  }
}

/** `CLICKHOUSE(TABLE 't' DB 'd' …)`, `CLICKHOUSE(QUERY 'select …')`, `FILE(path '…' format 'CSV')`. */
function readSource(cursor: Cursor, into: DictionarySource): void {
  cursor.at++
  if (!peek(cursor, '(')) return
  inBrackets(cursor, () => {
    const parts: { db: Name | null; table: Name | null } = { db: null, table: null }
    while (!atEnd(cursor)) readOption(cursor, parts, into)
    const names = [...(parts.db?.parts ?? []), ...(parts.table?.parts ?? [])]
    if (parts.table !== null) into.base = { form: 'plain', parts: names, from: parts.table.from, to: parts.table.to }
  })
}

function readOption(cursor: Cursor, parts: { db: Name | null; table: Name | null }, into: DictionarySource): void {
  const option = textAt(cursor, 0).toUpperCase()
  cursor.at++
  if (atEnd(cursor)) return
  if (option === 'DB') parts.db = nameHere(cursor)
  else if (option === 'TABLE') parts.table = nameHere(cursor)
  else if (option === 'QUERY' && atString(cursor)) into.query = queryHere(cursor)
  else if ((option === 'PATH' || option === 'URL') && atString(cursor)) into.base = pathOfString(cursor)
  else skipBalanced(cursor)
}

function nameHere(cursor: Cursor): Name {
  const from = cursor.tokens.starts[cursor.at] ?? 0
  const text = atString(cursor) ? stringText(cursor) : rawIdent(cursor).text
  const to = lastEnd(cursor)
  return { form: 'plain', parts: text.split('.').map((part) => ({ text: part, quoted: false, from, to })), from, to }
}

function queryHere(cursor: Cursor): Query | null {
  const last = embeddedStatements(cursor)?.findLast((each) => each.kind === 'query')
  return last?.kind === 'query' ? last.query : null
}
