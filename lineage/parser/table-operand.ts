import { TOKEN } from '../tokens/tokens.ts'
import type { Expr, Ident, Name, SubqueryExpr } from '../tree.ts'
import { atEnd, type Cursor, closer, eat, here, kind, lastEnd, peek, skipBalanced, textAt, wordAt } from './cursor.ts'
import { parseIdent, parseLabel, parseTableName } from './names.ts'

/** What a table function reads that names its table in the call without TABLE or quotes: the table, and the columns it gives where they are its own. */
export interface TableOperand {
  readonly args: readonly Expr[]
  readonly columns: readonly Ident[]
}

/** Where in the brackets the table stands, and which columns come of it. */
type Reader = (cursor: Cursor) => TableOperand

/**
 * https://learn.microsoft.com/sql/relational-databases/system-functions/changetable-transact-sql, containstable, freetexttable
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/graph-sql-queries, https://docs.snowflake.com/en/sql-reference/constructs/semantic_view
 * https://docs.oracle.com/en/database/oracle/oracle-database/23/sqlrf/SELECT.html (CONTAINERS, SHARDS, GRAPH_TABLE)
 */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['CHANGETABLE', behindWord],
  ['CONTAINSTABLE', ranked],
  ['FREETEXTTABLE', ranked],
  ['SEMANTICKEYPHRASETABLE', behindWord],
  ['SEMANTICSIMILARITYTABLE', behindWord],
  ['GRAPH_TABLE', graph],
  ['SEMANTIC_VIEW', semantic],
  ['CONTAINERS', onlyTable],
  ['SHARDS', onlyTable],
  ['DIRECTORY', onlyTable],
  ['PREDICT', predicted],
])

/** Whether the call of `upper`, whose bracket stands here, names its table so. */
export function namesTable(cursor: Cursor, upper: string): boolean {
  if (!READERS.has(upper) || !peek(cursor, '(')) return false
  if (upper === 'DIRECTORY') return cursor.tokens.kinds[cursor.at + 1] === TOKEN.stage
  if (upper === 'PREDICT') return cursor.dialect.grammar.bareStatements
  return true
}

/** Reads the bracket of such a call and ends behind it. */
export function parseTableOperand(cursor: Cursor, upper: string): TableOperand {
  const close = closer(cursor)
  const before = cursor.end
  cursor.at++
  cursor.end = close
  const read = (READERS.get(upper) ?? onlyTable)(cursor)
  cursor.end = before
  cursor.at = Math.min(close + 1, before)
  return read
}

function onlyTable(cursor: Cursor): TableOperand {
  const name = parseTableName(cursor)
  return { args: name === null ? [] : [readOf(name)], columns: [] }
}

/** CHANGETABLE(CHANGES t, n), CHANGETABLE(VERSION t, (id), (1)); without the word too. */
function behindWord(cursor: Cursor): TableOperand {
  const next = cursor.tokens.kinds[cursor.at + 1]
  if (kind(cursor) === TOKEN.word && (next === TOKEN.word || next === TOKEN.quoted)) cursor.at++
  return onlyTable(cursor)
}

/** CONTAINSTABLE(t, column, 'text') gives the key of a row and how well it fits. */
function ranked(cursor: Cursor): TableOperand {
  const from = here(cursor)
  const columns = ['KEY', 'RANK'].map((text): Ident => ({ text, quoted: false, from, to: from }))
  return { ...onlyTable(cursor), columns }
}

/** GRAPH_TABLE(g MATCH … COLUMNS (a.n AS x, b.m)): its own columns, in the bracket behind COLUMNS; RETURN a.n AS x in BigQuery. */
function graph(cursor: Cursor): TableOperand {
  const { args } = onlyTable(cursor)
  while (!atEnd(cursor) && !peek(cursor, 'COLUMNS') && !peek(cursor, 'RETURN')) skipBalanced(cursor)
  const bracket = eat(cursor, 'COLUMNS') && peek(cursor, '(')
  if (!bracket) eat(cursor, 'RETURN')
  const before = cursor.end
  if (bracket) {
    cursor.end = closer(cursor)
    cursor.at++
  }
  const columns = lastNames(cursor)
  cursor.end = before
  return { args, columns }
}

/** SEMANTIC_VIEW(v DIMENSIONS a.b, c.d AS x METRICS e.f WHERE …): a column of each dimension, fact and metric. */
function semantic(cursor: Cursor): TableOperand {
  const { args } = onlyTable(cursor)
  const columns: Ident[] = []
  while (!atEnd(cursor) && !peek(cursor, 'WHERE')) {
    if (/^(?:dimensions|metrics|facts)$/i.test(textAt(cursor, 0))) {
      cursor.at++
      columns.push(...lastNames(cursor))
    } else skipBalanced(cursor)
  }
  return { args, columns }
}

/** The name of each item of a list: its alias, or the last part of what it is; empty where one is a star. */
function lastNames(cursor: Cursor): readonly Ident[] {
  const columns: Ident[] = []
  let star = false
  let last: Ident | null = null
  const take = (): void => {
    if (last !== null) columns.push(last)
    last = null
  }
  while (!atEnd(cursor) && !peek(cursor, 'WHERE') && !/^(?:dimensions|metrics|facts)$/i.test(textAt(cursor, 0))) {
    star ||= peek(cursor, '*')
    if (eat(cursor, ',')) take()
    else if (kind(cursor) === TOKEN.word || kind(cursor) === TOKEN.quoted) last = parseIdent(cursor)
    else skipBalanced(cursor)
  }
  take()
  return star ? [] : columns
}

/** PREDICT(MODEL = @m, DATA = t AS d) WITH (score float): the rows of t, and the score. */
function predicted(cursor: Cursor): TableOperand {
  while (!atEnd(cursor) && textAt(cursor, 0).toUpperCase() !== 'DATA') skipBalanced(cursor)
  cursor.at = Math.min(cursor.at + 1, cursor.end)
  eat(cursor, '=')
  const { args } = onlyTable(cursor)
  if (eat(cursor, 'AS')) parseLabel(cursor)
  return { args, columns: [] }
}

/** A table that a function reads, as the query that does. */
export function readOf(name: Name): SubqueryExpr {
  const { from, to } = name
  return {
    kind: 'subquery',
    use: 'scalar',
    query: { kind: 'query', ctes: [], recursive: false, body: { kind: 'table', name, from, to }, order: [], from, to },
    from,
    to,
  }
}

/** `OPENDATASOURCE('provider', '…').db.schema.t`: a table elsewhere; the cursor behind the bracket. Null where no name follows. */
export function parseDistantTable(cursor: Cursor): Name | null {
  if (!peek(cursor, '.') || wordAt(cursor, 1) === '*') return null
  cursor.at++
  const name = parseTableName(cursor)
  return name === null ? null : { ...name, to: lastEnd(cursor) }
}
