import { TOKEN } from '../tokens/tokens.ts'
import type { Alias, CallExpr, Expr, GroupSource, Ident, Query, QuerySource, Relation, Source, Statement } from '../tree.ts'
import {
  type Cursor,
  closer,
  eat,
  eat2,
  here,
  kind,
  kindAt,
  lastEnd,
  leaveBracket,
  mark,
  peek,
  report,
  rewind,
  skipBalanced,
  textAt,
  tooDeep,
  word,
  wordAt,
} from './cursor.ts'
import { parseJoins } from './join.ts'
import { parseMatch } from './match.ts'
import { opensHints, parseAlias, parseIdent, parseTableName } from './names.ts'
import { parsePivot, parseUnpivot } from './pivot.ts'
import { plainStar } from './plain-select.ts'
import { startsQuery } from './query-start.ts'
import { parseFunctionSource, parseTableKeyword, startsFunction } from './relation-function.ts'
import { skipTableOptions } from './relation-options.ts'
import { parseDistantTable } from './table-operand.ts'

/** relations = relation { , relation }: what stands behind FROM. */
export function parseRelations(cursor: Cursor): readonly Relation[] {
  const relations: Relation[] = []
  do {
    const from = here(cursor)
    const before = relations[relations.length - 1]
    // `FROM t, LATERAL VIEW explode(t.a) e`: the comma is one too many
    if (before !== undefined && peek(cursor, 'LATERAL') && wordAt(cursor, 1) === 'VIEW') {
      relations[relations.length - 1] = { ...before, joins: [...before.joins, ...parseJoins(cursor)], to: lastEnd(cursor) }
      continue
    }
    const source = parseSource(cursor)
    relations.push({ source, joins: parseJoins(cursor), from, to: lastEnd(cursor) })
  } while (eat(cursor, ','))
  return relations
}

/** A source with its alias, options and what reshapes it (PIVOT, UNPIVOT, MATCH_RECOGNIZE), without joins. */
export function parseSource(cursor: Cursor): Source {
  const most = cursor.depth < SHALLOW ? MOST_SHAPES : MOST_SHAPES_BELOW
  let source = parsePlainSource(cursor)
  for (let shapes = 0; ; shapes++) {
    const from = here(cursor)
    const next = reshape(cursor, source)
    if (next === null) return source
    if (shapes < most) source = next
    else if (shapes === most)
      report(cursor, 'SQL_TOO_DEEP', `reshaped more than ${most} times; the rest was skipped`, from, lastEnd(cursor))
    skipTableOptions(cursor)
  }
}

/**
 * Each PIVOT of a PIVOT is a level for who resolves it, and has all columns of the one before: so many in a row are followed, and
 * few where brackets nest deeply, so that both together stay within the stack.
 */
const MOST_SHAPES = 50
const MOST_SHAPES_BELOW = 2
const SHALLOW = 40

function reshape(cursor: Cursor, source: Source): Source | null {
  switch (word(cursor)) {
    case 'PIVOT':
      return wordAt(cursor, 1) === '(' || wordAt(cursor, 1) === 'XML' ? parsePivot(cursor, source) : null
    case 'UNPIVOT':
      return wordAt(cursor, 1) === '(' || wordAt(cursor, 2) === 'NULLS' ? parseUnpivot(cursor, source) : null
    case 'MATCH_RECOGNIZE':
      return wordAt(cursor, 1) === '(' ? parseMatch(cursor, source) : null
    default:
      return null
  }
}

function parsePlainSource(cursor: Cursor): Source {
  const from = here(cursor)
  const lateral = eat(cursor, 'LATERAL')
  if (peek(cursor, 'ONLY') && kindAt(cursor, 1) !== TOKEN.end && wordAt(cursor, 1) !== ',') cursor.at++
  if (peek(cursor, '(')) return parseBracket(cursor, from, lateral)
  if (peek(cursor, '{') && /^oj$/i.test(textAt(cursor, 1))) return parseEscape(cursor, from)
  // `::fn_helpcollations()`: a function of the system (SQL Server)
  if (peek(cursor, '::') && cursor.dialect.grammar.bareStatements) cursor.at++
  if (peek(cursor, 'VALUES') && startsQuery(cursor, 0)) return parseBareQuery(cursor, from, lateral)
  if (peek(cursor, 'UNPIVOT') && cursor.dialect.grammar.correlatedArrays && wordAt(cursor, 1) !== '(')
    return parseObjectUnpivot(cursor, from)
  if (peek(cursor, 'TABLE')) {
    const source = parseTableKeyword(cursor, from, lateral)
    if (source !== null) return source
  }
  if (isStreaming(cursor)) cursor.at++
  // FINAL TABLE (INSERT …), OLD TABLE (DELETE …): the rows of a change (Db2); FOREIGN TABLE (query) (Teradata)
  if (wordAt(cursor, 1) === 'TABLE' && wordAt(cursor, 2) === '(' && /^(?:final|new|old|foreign)$/i.test(textAt(cursor, 0))) {
    cursor.at += 2
    return parseBracket(cursor, from, lateral)
  }
  const prefix = parsePrefixAlias(cursor)
  if (startsFunction(cursor)) return parseDistant(cursor, from) ?? withPrefix(parseFunctionSource(cursor, from, lateral), prefix)
  return parseTable(cursor, from, prefix)
}

/** `{oj t LEFT OUTER JOIN u ON …}`: ODBC's escape for outer joins. */
function parseEscape(cursor: Cursor, from: number): Source {
  const close = closer(cursor)
  const before = cursor.end
  cursor.at += 2
  cursor.end = close
  const relations = cursor.rules.relations(cursor)
  cursor.end = before
  leaveBracket(cursor, close)
  return { kind: 'group', relations, alias: null, from, to: lastEnd(cursor) }
}

/** `FROM STREAM t`, `FROM STREAM read_files(…)` (Databricks): not a table called stream with an alias. */
function isStreaming(cursor: Cursor): boolean {
  if (!peek(cursor, 'STREAM') || (kindAt(cursor, 1) !== TOKEN.word && kindAt(cursor, 1) !== TOKEN.quoted)) return false
  const after = wordAt(cursor, 2)
  return (
    after === '(' || after === '.' || (cursor.dialect.grammar.fileTables && cursor.dialect.grammar.fromFirst && wordAt(cursor, 1) === '')
  )
}

/** DuckDB: `FROM alias: table`. */
function parsePrefixAlias(cursor: Cursor): Alias | null {
  if (wordAt(cursor, 1) !== ':' || kind(cursor) !== TOKEN.word) return null
  const name = parseIdent(cursor)
  cursor.at++
  return { name, columns: [] }
}

/** `OPENDATASOURCE('provider', '…').db.schema.t` (SQL Server); null, with nothing eaten, where it is none. */
function parseDistant(cursor: Cursor, from: number): Source | null {
  if (!/^opendatasource$/i.test(textAt(cursor, 0))) return null
  const start = mark(cursor)
  cursor.at++
  skipBalanced(cursor)
  const name = parseDistantTable(cursor)
  if (name === null) {
    rewind(cursor, start)
    return null
  }
  skipTableOptions(cursor)
  return { kind: 'table', name, alias: parseAlias(cursor), extra: [], from, to: lastEnd(cursor) }
}

function withPrefix(source: Source, prefix: Alias | null): Source {
  return prefix === null || source.kind !== 'function' ? source : { ...source, alias: prefix }
}

/** `(query) alias`, `(relations) alias`, `(VALUES …) alias`. */
function parseBracket(cursor: Cursor, from: number, lateral: boolean): Source {
  const close = closer(cursor)
  if (cursor.dialect.grammar.shortStatements && wordAt(cursor, 1) === 'LOCATION' && wordAt(cursor, 2) === '=')
    return parseObjectStore(cursor, from)
  if (tooDeep(cursor)) {
    skipBalanced(cursor)
    return { kind: 'unknown', alias: parseAlias(cursor), from, to: lastEnd(cursor) }
  }
  const query = startsQuery(cursor, 1)
  const change = !query && CHANGES.has(wordAt(cursor, 1))
  if (change) return parseChange(cursor, from, close)
  const before = cursor.end
  cursor.depth++
  cursor.at++
  cursor.end = close
  const inner = query ? cursor.rules.query(cursor) : null
  const relations = query ? [] : cursor.rules.relations(cursor)
  cursor.end = before
  cursor.depth--
  leaveBracket(cursor, close)
  // FOREIGN TABLE (query)@server (Teradata)
  if (peek(cursor, '@') && wordAt(cursor, -1) === ')') cursor.at += 2
  skipTableOptions(cursor)
  const alias = parseAlias(cursor)
  skipTableOptions(cursor)
  if (inner !== null) return { kind: 'query', query: inner, lateral, alias, from, to: lastEnd(cursor) } satisfies QuerySource
  return { kind: 'group', relations, alias, from, to: lastEnd(cursor) } satisfies GroupSource
}

/** `FROM (LOCATION = '/s3/bucket/x' AUTHORIZATION = a) AS t` (Teradata): the objects that lie there. */
function parseObjectStore(cursor: Cursor, from: number): Source {
  const close = closer(cursor)
  cursor.at += 3
  const name = kind(cursor) === TOKEN.string ? parseTableName(cursor) : null
  cursor.at = Math.min(close + 1, cursor.end)
  if (name === null) return unknownSource(cursor, from)
  return { kind: 'table', name, alias: parseAlias(cursor), extra: [], from, to: lastEnd(cursor) }
}

const CHANGES: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'EXEC', 'CALL', 'DESCRIBE', 'SHOW', 'SUMMARIZE'])

/** `FROM (DELETE t OUTPUT deleted.id) AS x`, `FROM (DESCRIBE t)`: read as if the statement were a CTE of its own. */
function parseChange(cursor: Cursor, from: number, close: number): Source {
  const before = cursor.end
  cursor.depth++
  cursor.at++
  cursor.end = close
  const body = givingRows(cursor.rules.statement(cursor))
  cursor.end = before
  cursor.depth--
  leaveBracket(cursor, close)
  const { from: start, to } = body
  const name: Ident = { text: '(change)', quoted: true, from: start, to }
  const query: Query = {
    kind: 'query',
    ctes: [{ name, columns: [], body, added: [], from: start, to }],
    recursive: false,
    body: { kind: 'table', name: { form: 'plain', parts: [name], from: start, to }, from: start, to },
    order: [],
    from: start,
    to,
  }
  return { kind: 'query', query, lateral: false, alias: parseAlias(cursor), from, to: lastEnd(cursor) }
}

/** FINAL TABLE (INSERT …) (Db2): a change that does not say what it gives, gives the rows it changed. */
function givingRows(body: Statement): Statement {
  if (body.kind !== 'insert' && body.kind !== 'update' && body.kind !== 'delete' && body.kind !== 'merge') return body
  if (body.output !== null || body.returning.length > 0) return body
  const { from, to } = body
  return { ...body, returning: [{ expr: plainStar(from, to), alias: null, variable: false, aliases: [], from, to }] }
}

/** `FROM VALUES (1, 2), (3, 4) AS t(a, b)` (Spark). */
function parseBareQuery(cursor: Cursor, from: number, lateral: boolean): Source {
  const body = cursor.rules.queryBody(cursor)
  const to = lastEnd(cursor)
  const alias = parseAlias(cursor)
  return {
    kind: 'query',
    query: { kind: 'query', ctes: [], recursive: false, body, order: [], from, to },
    lateral,
    alias,
    from,
    to: lastEnd(cursor),
  }
}

/** Redshift: `UNPIVOT expr AS value AT key`. https://docs.aws.amazon.com/redshift/latest/dg/query-super.html#unpivoting */
function parseObjectUnpivot(cursor: Cursor, from: number): Source {
  const name: Ident = { text: 'UNPIVOT', quoted: false, from, to: from + 7 }
  cursor.at++
  const value: Expr = cursor.rules.expression(cursor)
  const call: CallExpr = {
    kind: 'call',
    name: [name],
    upper: 'UNPIVOT',
    args: [value],
    distinct: false,
    order: [],
    filter: null,
    over: null,
    from,
    to: lastEnd(cursor),
  }
  const alias = parseAlias(cursor)
  const offset = eat(cursor, 'AT') ? parseIdent(cursor) : null
  return { kind: 'function', call, tables: [], lateral: true, alias, columns: [], offset, from, to: lastEnd(cursor) }
}

/** A table by name, path, stage or variable, with options and alias in any order. */
function parseTable(cursor: Cursor, from: number, prefix: Alias | null): Source {
  const name = parseTableName(cursor)
  if (name === null) return unknownSource(cursor, from)
  if (word(cursor) === '*') cursor.at++
  const extra: Ident[] = []
  if (peek(cursor, '(') && (name.form !== 'plain' || opensHints(cursor))) skipBalanced(cursor)
  skipTableOptions(cursor)
  const alias = prefix ?? parseAlias(cursor)
  if (opensHints(cursor)) skipBalanced(cursor)
  skipTableOptions(cursor)
  parseExtra(cursor, extra)
  const tail = alias === null ? parseAlias(cursor) : null
  return { kind: 'table', name, alias: alias ?? tail, extra, from, to: lastEnd(cursor) }
}

/** `WITH OFFSET [AS pos]` behind an array path (BigQuery), `AT i` (Redshift), WITH ORDINALITY. */
function parseExtra(cursor: Cursor, extra: Ident[]): void {
  if (eat2(cursor, 'WITH', 'OFFSET')) {
    const at = here(cursor)
    const alias = eat(cursor, 'AS') || kind(cursor) === TOKEN.word ? parseAliasIdent(cursor) : null
    extra.push(alias ?? { text: 'offset', quoted: false, from: at, to: at })
  } else if (
    peek(cursor, 'AT') &&
    wordAt(cursor, 1) !== '(' &&
    cursor.dialect.grammar.correlatedArrays &&
    kindAt(cursor, 1) === TOKEN.word
  ) {
    cursor.at++
    const ident = parseIdent(cursor)
    if (ident !== null) extra.push(ident)
  }
}

function parseAliasIdent(cursor: Cursor): Ident | null {
  return parseAlias(cursor)?.name ?? null
}

function unknownSource(cursor: Cursor, from: number): Source {
  report(cursor, 'SQL_RELATION_UNKNOWN', 'a table is expected here', from, cursor.tokens.ends[cursor.at] ?? from)
  if (kind(cursor) === TOKEN.operator && !peek(cursor, ')') && !peek(cursor, ',') && !peek(cursor, ';') && !peek(cursor, '|>'))
    skipBalanced(cursor)
  return { kind: 'unknown', alias: parseAlias(cursor), from, to: lastEnd(cursor) }
}
