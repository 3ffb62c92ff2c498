import { TOKEN } from '../../tokens/tokens.ts'
import type { Word } from '../../tokens/words.ts'
import type { ColumnDefinition, CreateStatement, CreateWhat, Ident, Name, Query, Statement } from '../../tree.ts'
import { atEnd, type Cursor, eat, eat2, kind, peek, skipBalanced, textAt, word, wordAt } from '../cursor.ts'
import { parseTableName } from '../names.ts'
import { atBareStart, atString, eatTemplates, finish, isQueryStart } from './boundary.ts'
import { columnDefinitions, namesOf } from './column-definitions.ts'
import { namedQueries } from './create-over-tables.ts'
import { readLocations } from './locations.ts'
import { eatExistence, inBrackets, NO_LIST } from './parts.ts'
import { unparsed } from './unparsed.ts'

/** What stands between CREATE and the object's word, as far as lineage cares. */
export interface CreateHead {
  readonly what: CreateWhat
  readonly keyword: string
  readonly replace: boolean
  readonly temporary: CreateStatement['temporary']
}

/** What the clauses behind the name have said so far. */
interface Clauses {
  columns: readonly ColumnDefinition[]
  names: readonly Ident[]
  query: Query | null
  noData: boolean
  clone: Name | null
  like: Name | null
  locations: Name[]
  base: Name | null
  target: Name | null
  /** The bracket of columns was read: a later one belongs to an option. */
  columnsRead: boolean
}

/**
 * CREATE … TABLE | VIEW | … name [(columns)] [options] [AS query | AS t | LIKE t | CLONE t] [options], the cursor behind the object's word.
 * Options are skipped; those that name locations are kept.
 */
export function createRelation(cursor: Cursor, from: number, head: CreateHead): Statement {
  eatExistence(cursor)
  const name = parseTableName(cursor)
  if (name === null) return unparsed(cursor, from, head.keyword, 'no name of what is created')
  // CREATE TABLE IF NOT EXISTS t; and ClickHouse, MySQL write it behind in no case, but SQL Server's synonyms do
  eatExistence(cursor)
  const clauses: Clauses = {
    columns: [],
    names: NO_LIST,
    query: null,
    noData: false,
    clone: null,
    like: null,
    locations: [],
    base: null,
    target: null,
    columnsRead: false,
  }
  while (!atEnd(cursor) && !endsHere(cursor)) clause(cursor, head.what, clauses)
  return {
    kind: 'create',
    keyword: clauses.query !== null && head.keyword === 'CREATE TABLE' ? 'CTAS' : head.keyword,
    from,
    to: finish(cursor),
    what: head.what,
    name,
    replace: head.replace,
    temporary: head.temporary,
    columns: clauses.columns,
    names: clauses.names,
    query: clauses.query,
    noData: clauses.noData,
    clone: clauses.clone,
    like: clauses.like,
    locations: clauses.locations,
    base: clauses.base,
    target: clauses.target,
  }
}

/** Where no `;` is needed, a statement's first word ends this one; a bracket or AS before it would have been eaten. */
function endsHere(cursor: Cursor): boolean {
  if (!atBareStart(cursor)) return false
  return cursor.tokens.lineStarts[cursor.at] === 1 || !peek(cursor, 'SET')
}

function clause(cursor: Cursor, what: CreateWhat, clauses: Clauses): void {
  switch (word(cursor)) {
    case '(':
      bracket(cursor, what, clauses)
      return
    case 'AS':
      cursor.at++
      asClause(cursor, clauses)
      return
    case 'LIKE':
      cursor.at++
      clauses.like = parseTableName(cursor)
      return
    case 'EMPTY':
      cursor.at++
      // EMPTY AS query (ClickHouse) takes only the columns
      if (what === 'table' && peek(cursor, 'AS')) clauses.noData = true
      return
    case 'INHERITS':
      cursor.at++
      if (peek(cursor, '(')) skipBalanced(cursor)
      clauses.columns = []
      return
    case 'CLONE':
      cursor.at++
      // CLONE AS t (ClickHouse)
      eat(cursor, 'AS')
      clauses.clone = parseTableName(cursor)
      return
    case 'COPY':
      copyClause(cursor, clauses)
      return
    case 'PARTITIONED':
      partitionedBy(cursor, clauses)
      return
    case 'TO':
      toClause(cursor, what, clauses)
      return
    case 'ON':
      onClause(cursor, what, clauses)
      return
    case 'FROM':
      fromClause(cursor, what, clauses)
      return
    case 'FOR':
      forClause(cursor, what, clauses)
      return
    default:
      if (selectFollows(cursor)) clauses.query = cursor.rules.query(cursor)
      else if (!dataClause(cursor, clauses) && !readLocations(cursor, clauses.locations)) option(cursor)
  }
}

/** CREATE TABLE t [(…)] SELECT … needs no AS in MySQL. */
function selectFollows(cursor: Cursor): boolean {
  return peek(cursor, 'SELECT') || peek(cursor, 'SEL')
}

/** An option: its words are passed one by one, and the bracket that follows a word is part of it. */
function option(cursor: Cursor): void {
  const comma = word(cursor) === ','
  cursor.at++
  // options of Teradata's tables: `, NO FALLBACK, CHECKSUM = DEFAULT (a INT)`
  if (comma) while (!atEnd(cursor) && !peek(cursor, '(') && !peek(cursor, ',') && !peek(cursor, 'AS')) cursor.at++
  else if (peek(cursor, '(')) skipBalanced(cursor)
}

function bracket(cursor: Cursor, what: CreateWhat, clauses: Clauses): void {
  if (clauses.columnsRead) {
    skipBalanced(cursor)
    return
  }
  clauses.columnsRead = true
  if (isQueryStart(cursor) && clauses.query === null) {
    clauses.query = cursor.rules.query(cursor)
    return
  }
  const { columns, like } = columnDefinitions(cursor)
  // the columns are those of the other table too
  if (like !== null) {
    clauses.like = like
    return
  }
  const typed = what !== 'view' && columns.some((column) => column.type !== '' || column.generated !== null)
  if (typed) clauses.columns = columns
  else clauses.names = namesOf(columns)
}

/** `AS query`, `AS t WITH [NO] DATA` (Teradata: with the rows; elsewhere only the structure), `AS f(…)`. */
function asClause(cursor: Cursor, clauses: Clauses): void {
  eatTemplates(cursor)
  if (isQueryStart(cursor)) {
    clauses.query = cursor.rules.query(cursor)
    return
  }
  if (peek(cursor, '(') && wordAt(cursor, 2) === 'AS' && wordAt(cursor, 3) === '(') {
    clauses.query = namedQueries(cursor)
    return
  }
  if (kind(cursor) !== TOKEN.word && kind(cursor) !== TOKEN.quoted) return
  if (peek(cursor, 'EXECUTE')) return
  // AS REPLICA OF t (BigQuery), AS CLONE OF t (Fabric)
  if (wordAt(cursor, 1) === 'OF' && /^(?:replica|clone)$/i.test(textAt(cursor, 0))) {
    cursor.at += 2
    clauses.clone = parseTableName(cursor)
    return
  }
  const name = parseTableName(cursor)
  if (peek(cursor, '(')) {
    skipBalanced(cursor)
    return
  }
  if (peek(cursor, 'WITH') && wordAt(cursor, 1) === 'DATA') clauses.clone = name
  else clauses.like = name
}

/** `COPY t` (BigQuery); COPY GRANTS and COPY TAGS are options (Snowflake). */
function copyClause(cursor: Cursor, clauses: Clauses): void {
  cursor.at++
  const next = textAt(cursor, 0).toUpperCase()
  if (next === 'GRANTS' || next === 'TAGS') cursor.at++
  else clauses.clone = parseTableName(cursor)
}

/** Hive's partition columns come after the others; elsewhere the bracket names columns that are there already. */
function partitionedBy(cursor: Cursor, clauses: Clauses): void {
  cursor.at++
  if (!eat(cursor, 'BY')) eat(cursor, 'ON')
  if (!peek(cursor, '(')) return
  const { columns } = columnDefinitions(cursor)
  const typed = columns.filter((column) => column.type !== '')
  if (typed.length > 0 && typed.length === columns.length && clauses.columns.length > 0) clauses.columns = [...clauses.columns, ...typed]
}

/** TO t of a ClickHouse materialized view. */
function toClause(cursor: Cursor, what: CreateWhat, clauses: Clauses): void {
  cursor.at++
  if (what === 'materialized-view' && !atString(cursor)) clauses.target = parseTableName(cursor)
}

/** `ON TABLE t` of a stream; ON CLUSTER c, ON COMMIT … and ON a filegroup are options. */
function onClause(cursor: Cursor, what: CreateWhat, clauses: Clauses): void {
  cursor.at++
  if (what !== 'stream') {
    if (!atEnd(cursor)) cursor.at++
    if (peek(cursor, '(')) skipBalanced(cursor)
    return
  }
  while (STREAM_SOURCES.has(word(cursor))) cursor.at++
  clauses.base = parseTableName(cursor)
}

const STREAM_SOURCES: ReadonlySet<Word> = new Set<Word>(['TABLE', 'EXTERNAL', 'VIEW', 'STAGE', 'DYNAMIC', 'EVENT', 'ICEBERG'])

/** `FROM t` and `FROM (query)` of a model (Redshift); FROM-first queries need no AS in no dialect that has them. */
function fromClause(cursor: Cursor, what: CreateWhat, clauses: Clauses): void {
  cursor.at++
  // FLOW AUTO CDC FROM STREAM s KEYS (…) (Databricks)
  if (what === 'materialized-view' && wordAt(cursor, -2) === 'CDC') {
    eat(cursor, 'STREAM')
    clauses.base = peek(cursor, '(') ? inBrackets(cursor, () => parseTableName(cursor)) : parseTableName(cursor)
    return
  }
  if (what !== 'model') return
  if (isQueryStart(cursor)) clauses.query = cursor.rules.query(cursor)
  else clauses.base = parseTableName(cursor)
}

/** `FOR t` of a synonym; FOR SYSTEM_TIME AS OF, FOR VALUES … are options whose AS is no query's. */
function forClause(cursor: Cursor, what: CreateWhat, clauses: Clauses): void {
  cursor.at++
  if (what === 'synonym') {
    clauses.base = parseTableName(cursor)
    return
  }
  if (peek(cursor, 'SYSTEM_TIME') || peek(cursor, 'TIMESTAMP') || peek(cursor, 'VERSION')) {
    while (!atEnd(cursor) && !eat(cursor, 'OF')) cursor.at++
    if (!atEnd(cursor)) cursor.rules.expression(cursor)
  }
}

/** `WITH [NO] DATA`, `DEFINITION ONLY`, `USING TEMPLATE (query)`: the rows do not come along. */
function dataClause(cursor: Cursor, clauses: Clauses): boolean {
  if (peek(cursor, 'WITH') && wordAt(cursor, 1) === 'NO' && wordAt(cursor, 2) === 'DATA') {
    cursor.at += 3
    clauses.noData = true
    return true
  }
  if (eat2(cursor, 'USING', 'TEMPLATE')) {
    if (peek(cursor, '(')) inBrackets(cursor, () => (cursor.at = cursor.end))
    return true
  }
  return false
}
