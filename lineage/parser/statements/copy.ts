import { TOKEN } from '../../tokens/tokens.ts'
import type { Word } from '../../tokens/words.ts'
import type { CopyStatement, Ident, Name, Query, Statement } from '../../tree.ts'
import { atEnd, type Cursor, eat, kind, lastEnd, mark, peek, rewind, skipBalanced, textAt, word, wordAt } from '../cursor.ts'
import { parseColumnList, parseTableName } from '../names.ts'
import { atString, find, finish, isName, isQueryStart, type StatementRule, seek, simple, skipRest } from './boundary.ts'
import { embeddedStatements } from './embedded.ts'
import { bracketLocations, readLocations, stringsWithin } from './locations.ts'
import { inBrackets, location, NO_LIST, NO_NAMES, pathOfString, queryOfChange } from './parts.ts'
import { other, unparsed } from './unparsed.ts'

/** One side of a copy. */
interface Side {
  readonly name: Name | null
  readonly names: readonly Name[]
  readonly query: Query | null
  readonly columns: readonly Ident[]
  readonly isLocation: boolean
}

const NOTHING: Side = { name: null, names: NO_NAMES, query: null, columns: NO_LIST, isLocation: false }

function copied(from: number, to: number, keyword: string, source: Side, target: Side, overwrite = false): CopyStatement {
  return {
    kind: 'copy',
    keyword,
    from,
    to,
    target: target.name,
    columns: target.columns.length > 0 ? target.columns : source.columns,
    source: source.name,
    sources: source.names,
    query: source.query,
    targetLocation: target.isLocation,
    sourceLocation: source.isLocation,
    overwrite,
  }
}

function locationSide(name: Name | null): Side {
  return { ...NOTHING, name, isLocation: true }
}

/** Streams of the client, which are no assets. */
const STANDARD: ReadonlySet<string> = new Set(['STDIN', 'STDOUT', 'PSTDIN', 'PSTDOUT'])

/** A table, a location, a query in brackets, STDIN, PROGRAM '…'. */
function side(cursor: Cursor): Side {
  if (peek(cursor, '(')) return querySide(cursor)
  if (STANDARD.has(textAt(cursor, 0).toUpperCase())) {
    cursor.at++
    return { ...NOTHING, isLocation: true }
  }
  if (textAt(cursor, 0).toUpperCase() === 'PROGRAM') {
    cursor.at = Math.min(cursor.at + 2, cursor.end)
    return { ...NOTHING, isLocation: true }
  }
  const place = location(cursor)
  if (place !== null) return locationSide(place)
  const name = parseTableName(cursor)
  const columns = peek(cursor, '(') && !isQueryStart(cursor) ? parseColumnList(cursor) : NO_LIST
  return { ...NOTHING, name, columns, isLocation: name?.form === 'path' || name?.form === 'stage' }
}

function querySide(cursor: Cursor): Side {
  if (isQueryStart(cursor)) return { ...NOTHING, query: cursor.rules.query(cursor) }
  const quoted = cursor.tokens.kinds[cursor.at + 1] === TOKEN.string
  if (quoted) return inBrackets(cursor, () => ({ ...NOTHING, query: quotedQuery(cursor) }))
  // COPY (INSERT … RETURNING …) TO (Postgres)
  return inBrackets(cursor, () => (atEnd(cursor) ? NOTHING : { ...NOTHING, query: queryOfChange(cursor.rules.statement(cursor)) }))
}

/** The query in a literal: UNLOAD ('select …'). */
function quotedQuery(cursor: Cursor): Query | null {
  const statements = embeddedStatements(cursor) ?? []
  for (const statement of statements) if (statement.kind === 'query') return statement.query
  return null
}

/** COPY INTO target FROM source (Snowflake, Databricks, Synapse), COPY side FROM | TO side (Postgres, Redshift, DuckDB), COPY FILES INTO. */
export const copyRule: StatementRule = simple((cursor, from) => {
  cursor.at++
  if (peek(cursor, 'FILES') && wordAt(cursor, 1) === 'INTO') return copyInto(cursor, from, 2)
  if (peek(cursor, 'INTO')) return copyInto(cursor, from, 1)
  if (peek(cursor, 'BINARY')) cursor.at++
  if (peek(cursor, 'FROM') && wordAt(cursor, 1) === 'DATABASE') return other(cursor, from, 'COPY')
  // COPY JOB RUN j (Redshift)
  if (/^job$/i.test(textAt(cursor, 0)) && /^(?:run|list|show|drop|alter)$/i.test(textAt(cursor, 1))) return other(cursor, from, 'COPY')
  const first = side(cursor)
  if (first.name === null && first.query === null) return unparsed(cursor, from, 'COPY', 'neither a table nor a query to copy')
  if (eat(cursor, 'FROM')) {
    const source = fileList(cursor) ?? side(cursor)
    return copied(from, skipRest(cursor), 'COPY', { ...source, isLocation: true }, first)
  }
  if (!eat(cursor, 'TO')) return unparsed(cursor, from, 'COPY', 'COPY has neither FROM nor TO')
  const target = wordAt(cursor, 1) === '(' && isName(cursor, 0) && adjacentBracket(cursor) ? NOTHING : side(cursor)
  return copied(from, skipRest(cursor), 'COPY', first, { ...target, isLocation: true, columns: NO_LIST })
})

/** `FROM ['a.csv', 'b.csv']` (DuckDB); null where no list stands. */
function fileList(cursor: Cursor): Side | null {
  if (!peek(cursor, '[')) return null
  const names: Name[] = []
  stringsWithin(cursor, names)
  return { ...NOTHING, name: names[0] ?? null, names: names.slice(1), isLocation: true }
}

/** `TO getvariable('path')` (DuckDB): where it goes is known only when it runs; options stand behind a gap. */
function adjacentBracket(cursor: Cursor): boolean {
  return cursor.tokens.starts[cursor.at + 1] === cursor.tokens.ends[cursor.at]
}

function copyInto(cursor: Cursor, from: number, skipped: number): Statement {
  cursor.at += skipped
  const target = side(cursor)
  if (target.name === null) return unparsed(cursor, from, 'COPY INTO', 'no target to copy into')
  seek(cursor, FROM)
  const source = eat(cursor, 'FROM') ? side(cursor) : NOTHING
  const names: Name[] = []
  while (eat(cursor, ',')) {
    const next = location(cursor)
    if (next === null) break
    names.push(next)
  }
  return copied(from, skipRest(cursor), 'COPY INTO', { ...source, names }, target)
}

const FROM: ReadonlySet<Word> = new Set<Word>(['FROM'])

/** UNLOAD ('query' | (query) | t) TO 'path' …. */
export const unloadRule: StatementRule = simple((cursor, from) => {
  cursor.at++
  if (peek(cursor, 'TABLE')) cursor.at++
  const source = atString(cursor) ? { ...NOTHING, query: quotedQuery(cursor) } : side(cursor)
  seek(cursor, TO)
  const target = eat(cursor, 'TO') ? location(cursor) : null
  return copied(from, skipRest(cursor), 'UNLOAD', source, locationSide(target))
})

const TO: ReadonlySet<Word> = new Set<Word>(['TO'])

/** LOAD DATA [LOCAL] INPATH | INFILE 'path' [OVERWRITE] INTO TABLE t; LOAD DATA INTO | OVERWRITE t … FROM FILES (…) (BigQuery). */
export const loadRule: StatementRule = simple((cursor, from) => {
  const start = mark(cursor)
  cursor.at++
  if (!eat(cursor, 'DATA') && textAt(cursor, 0).toUpperCase() !== 'XML') {
    const load = loadFrom(cursor, from, 'LOAD')
    if (load !== null) return load
    rewind(cursor, start)
    return other(cursor, from, 'LOAD')
  }
  while (!atEnd(cursor) && !atString(cursor) && !peek(cursor, 'INTO') && !peek(cursor, 'OVERWRITE')) cursor.at++
  const source = atString(cursor) ? locationSide(pathOfString(cursor)) : null
  seek(cursor, INTO)
  const overwrite = peek(cursor, 'OVERWRITE')
  cursor.at = Math.min(cursor.at + 1, cursor.end)
  eat(cursor, 'INTO')
  if (peek(cursor, 'TEMP') || peek(cursor, 'TEMPORARY')) cursor.at++
  eat(cursor, 'TABLE')
  const name = parseTableName(cursor)
  const target: Side = { ...NOTHING, name, columns: peek(cursor, '(') ? parseColumnList(cursor) : NO_LIST }
  const loaded = source ?? filesSide(cursor)
  return copied(from, skipRest(cursor), 'LOAD', loaded, target, overwrite)
})

/**
 * LOAD | IMPORT FROM file OF type … INSERT INTO t (…); null where it is none (Db2).
 * https://www.ibm.com/docs/en/db2/12.1.0?topic=commands-load, https://www.ibm.com/docs/en/db2/12.1.0?topic=commands-import
 */
function loadFrom(cursor: Cursor, from: number, keyword: string): Statement | null {
  if (!peek(cursor, 'FROM') || find(cursor, 'OF') < 0 || find(cursor, 'INTO') < 0) return null
  const file = fileOf(cursor)
  // OF CURSOR: the rows of a cursor that the client declared
  const source = /^cursor$/i.test(textAt(cursor, 1)) ? NOTHING : locationSide(file)
  seek(cursor, INTO)
  const overwrite = wordAt(cursor, -1) === 'REPLACE'
  cursor.at++
  const name = parseTableName(cursor)
  const target: Side = { ...NOTHING, name, columns: peek(cursor, '(') ? parseColumnList(cursor) : NO_LIST }
  return copied(from, skipRest(cursor), keyword, source, target, overwrite)
}

/** The file behind FROM or TO, in quotes or not, up to OF. */
function fileOf(cursor: Cursor): Name {
  cursor.at++
  if (atString(cursor)) return pathOfString(cursor)
  const from = cursor.tokens.starts[cursor.at] ?? 0
  while (!atEnd(cursor) && !peek(cursor, 'OF')) cursor.at++
  const to = lastEnd(cursor)
  return { form: 'path', parts: [{ text: cursor.sql.slice(from, to), quoted: true, from, to }], from, to }
}

const INTO: ReadonlySet<Word> = new Set<Word>(['INTO', 'OVERWRITE'])

/** FROM FILES (format = …, uris = […]). */
function filesSide(cursor: Cursor): Side {
  if (!seek(cursor, FROM)) return NOTHING
  cursor.at++
  eat(cursor, 'FILES')
  const names: Name[] = []
  if (peek(cursor, '(')) bracketLocations(cursor, names)
  return { ...NOTHING, name: names[0] ?? null, names: names.slice(1), isLocation: true }
}

/** EXPORT TABLE t [PARTITION (…)] TO 'path' (Hive); EXPORT DATA OPTIONS (uri = …) AS query (BigQuery). */
export const exportRule: StatementRule = simple((cursor, from) => {
  cursor.at++
  if (eat(cursor, 'TABLE')) {
    const name = parseTableName(cursor)
    seek(cursor, TO)
    const target = eat(cursor, 'TO') ? location(cursor) : null
    return copied(from, skipRest(cursor), 'EXPORT', { ...NOTHING, name }, locationSide(target))
  }
  if (eat(cursor, 'MODEL')) {
    const model = parseTableName(cursor)
    const places: Name[] = []
    while (!atEnd(cursor)) if (!readLocations(cursor, places)) skipBalanced(cursor)
    return copied(from, lastEnd(cursor), 'EXPORT', { ...NOTHING, name: model }, locationSide(places[0] ?? null))
  }
  if (peek(cursor, 'TO') && find(cursor, 'OF') >= 0) return exportTo(cursor, from)
  if (!eat(cursor, 'DATA')) return other(cursor, from, 'EXPORT')
  const names: Name[] = []
  while (!atEnd(cursor) && !peek(cursor, 'AS')) if (!readLocations(cursor, names)) skipBalanced(cursor)
  const query = eat(cursor, 'AS') && isQueryStart(cursor) ? cursor.rules.query(cursor) : null
  return copied(from, finish(cursor), 'EXPORT', { ...NOTHING, query }, locationSide(names[0] ?? null))
})

/** EXPORT TO file OF type … query (Db2). */
function exportTo(cursor: Cursor, from: number): Statement {
  const file = fileOf(cursor)
  while (!atEnd(cursor) && !isQueryStart(cursor)) skipBalanced(cursor)
  const query = atEnd(cursor) ? null : cursor.rules.query(cursor)
  return copied(from, finish(cursor), 'EXPORT', { ...NOTHING, query }, locationSide(file))
}

/** IMPORT [[EXTERNAL] TABLE t [PARTITION (…)]] FROM 'path' [LOCATION …] (Hive). */
export const importRule: StatementRule = simple((cursor, from) => {
  cursor.at++
  const load = loadFrom(cursor, from, 'IMPORT')
  if (load !== null) return load
  eat(cursor, 'EXTERNAL')
  if (!peek(cursor, 'TABLE') && !peek(cursor, 'FROM')) return other(cursor, from, 'IMPORT')
  const name = eat(cursor, 'TABLE') && !peek(cursor, 'FROM') ? parseTableName(cursor) : null
  seek(cursor, FROM)
  const source = eat(cursor, 'FROM') ? location(cursor) : null
  return copied(from, skipRest(cursor), 'IMPORT', locationSide(source), { ...NOTHING, name })
})

/** BULK INSERT t FROM 'file' WITH (…) (SQL Server). */
export const bulkRule: StatementRule = simple((cursor, from) => {
  cursor.at++
  if (!eat(cursor, 'INSERT')) return other(cursor, from, 'BULK')
  const name = parseTableName(cursor)
  const source = eat(cursor, 'FROM') ? location(cursor) : null
  return copied(from, skipRest(cursor), 'BULK INSERT', locationSide(source), { ...NOTHING, name })
})

/** PUT 'file' stage and GET stage 'file' (Snowflake): between files of the client and a stage. GET DIAGNOSTICS and the like are noise. */
export const putRule: StatementRule = simple((cursor, from) => {
  const put = word(cursor) === 'PUT'
  cursor.at++
  const first = fileOrStage(cursor)
  const second = fileOrStage(cursor)
  const stages = (put ? second : first)?.form === 'stage' || (put ? first : second)?.form === 'path'
  if (!stages) return other(cursor, from, put ? 'PUT' : 'GET')
  return copied(from, skipRest(cursor), put ? 'PUT' : 'GET', locationSide(first), locationSide(second))
})

/** `'file:///x'`, `file://C:\x` without quotes, `@stage/path`. */
function fileOrStage(cursor: Cursor): Name | null {
  if (atString(cursor) || kind(cursor) === TOKEN.stage) return location(cursor)
  if (textAt(cursor, 0).toUpperCase() !== 'FILE') return null
  const from = cursor.tokens.starts[cursor.at] ?? 0
  cursor.at++
  while (!atEnd(cursor) && kind(cursor) !== TOKEN.stage && cursor.tokens.starts[cursor.at] === lastEnd(cursor)) cursor.at++
  const to = lastEnd(cursor)
  return { form: 'path', parts: [{ text: cursor.sql.slice(from, to), quoted: false, from, to }], from, to }
}
