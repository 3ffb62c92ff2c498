import { namesOfCall } from '../../table-calls.ts'
import { TOKEN } from '../../tokens/tokens.ts'
import type { Word } from '../../tokens/words.ts'
import type {
  Alias,
  Assignment,
  ColumnExpr,
  Cte,
  Expr,
  Ident,
  InsertStatement,
  InsertTarget,
  Name,
  Query,
  Relation,
  Statement,
} from '../../tree.ts'
import { atEnd, type Cursor, eat, eat2, here, kind, lastEnd, mark, peek, rewind, skipBalanced, textAt, word, wordAt } from '../cursor.ts'
import { parseAlias, parseColumnRefs, parseIdent, parseTableName } from '../names.ts'
import { atString, find, finish, isName, isQueryStart, skipRest, within } from './boundary.ts'
import { insertBody } from './insert-source.ts'
import { readLocations } from './locations.ts'
import { multiInsert } from './multi-insert.ts'
import {
  assignments,
  eatAny,
  eatExistence,
  inBrackets,
  logErrors,
  NO_COLUMNS,
  NO_ITEMS,
  NO_RELATIONS,
  outputClause,
  pathOfString,
  rawIdent,
  returning,
} from './parts.ts'
import { unparsed } from './unparsed.ts'

const MODIFIERS: ReadonlySet<Word> = new Set<Word>(['LOW_PRIORITY', 'DELAYED', 'HIGH_PRIORITY', 'IGNORE'])
const NO_ASSIGNMENTS: readonly Assignment[] = []

/** INSERT, REPLACE INTO, UPSERT INTO, INS; INSERT ALL and FIRST are in multi-insert.ts. */
export function insertStatement(cursor: Cursor, from: number, ctes: readonly Cte[]): Statement {
  cursor.at++
  while (eatAny(cursor, MODIFIERS)) if (atEnd(cursor)) break
  eatEvolution(cursor)
  // INSERT OR REPLACE INTO (SQLite)
  if (eat(cursor, 'OR')) cursor.at++
  const overwriteAll = peek(cursor, 'OVERWRITE') && (wordAt(cursor, 1) === 'ALL' || wordAt(cursor, 1) === 'FIRST')
  if (overwriteAll) cursor.at++
  if ((peek(cursor, 'ALL') || peek(cursor, 'FIRST')) && wordAt(cursor, 1) !== '.') return multiInsert(cursor, from, ctes, overwriteAll)
  if (eat(cursor, 'TOP')) skipBalanced(cursor)
  const head = insertHead(cursor)
  if (head === null) return unparsed(cursor, from, 'INSERT', 'no table to insert into')
  const output = outputClause(cursor)
  const body = insertBody(cursor)
  // REPLACE ON t.id = s.id (query) AS s (Databricks)
  if (wordAt(cursor, -1) === ')' && peek(cursor, 'AS') && find(cursor, 'DUPLICATE') < 0) parseAlias(cursor)
  const alias = rowAlias(cursor)
  const conflict = onConflict(cursor)
  const given = returning(cursor)
  const errors = logErrors(cursor)
  return {
    kind: 'insert',
    keyword: 'INSERT',
    from,
    to: finishInsert(cursor),
    overwrite: head.overwrite,
    ctes,
    source: body.query,
    shared: NO_RELATIONS,
    targets: [{ ...head.target, columns: body.columns ?? head.target.columns, byName: head.target.byName || body.byName }],
    call: body.call,
    assignments: body.assignments ?? conflict,
    rowAlias: alias,
    output: output ?? errors,
    returning: given,
  }
}

/** WITH SCHEMA EVOLUTION (Databricks), before INTO or behind the target. */
function eatEvolution(cursor: Cursor): boolean {
  if (!peek(cursor, 'WITH') || wordAt(cursor, 1) !== 'SCHEMA') return false
  cursor.at = Math.min(cursor.at + 3, cursor.end)
  return true
}

interface InsertHead {
  readonly overwrite: boolean
  readonly target: InsertTarget
}

/** `[INTO | OVERWRITE] [TABLE] t [alias] [PARTITION (…)] [(columns)] …` up to what is inserted. Null where no target can be read. */
export function insertHead(cursor: Cursor): InsertHead | null {
  const overwrite = eat(cursor, 'OVERWRITE')
  eat(cursor, 'INTO')
  const from = here(cursor)
  const directory = targetDirectory(cursor)
  if (directory !== null) return { overwrite, target: targetOf(directory, true, from, lastEnd(cursor), NOTHING) }
  if (peek(cursor, 'TABLE') && wordAt(cursor, 1) === 'FUNCTION') cursor.at++
  if (peek(cursor, 'FUNCTION') && isName(cursor, 1)) {
    const file = functionTarget(cursor)
    if (file !== null) return { overwrite, target: targetOf(file, file.form !== 'plain', from, lastEnd(cursor), targetRest(cursor)) }
  }
  if (peek(cursor, 'TABLE') && !tableIsName(cursor)) cursor.at++
  const queried = peek(cursor, '(') && isQueryStart(cursor) ? cursor.rules.query(cursor) : null
  const name = queried ? queriedTable(queried) : (remoteTable(cursor) ?? parseTableName(cursor))
  if (name === null) return null
  const given = targetRest(cursor)
  const rest = queried && given.columns.length === 0 ? { ...given, columns: queriedColumns(queried) } : given
  return { overwrite, target: targetOf(name, name.form === 'path' && atString(cursor), from, lastEnd(cursor), rest) }
}

function queriedColumns({ body }: Query): readonly ColumnExpr[] {
  const inner = body.kind === 'nested' ? body.query.body : body
  const columns = inner.kind === 'select' ? inner.items.flatMap(({ expr }) => (expr.kind === 'column' ? [expr] : [])) : []
  return inner.kind === 'select' && columns.length === inner.items.length ? columns : NO_COLUMNS
}

/** INSERT INTO (SELECT a FROM t …) VALUES … (Oracle) writes t. */
function queriedTable({ body }: Query): Name | null {
  const inner = body.kind === 'nested' ? body.query.body : body
  const source = inner.kind === 'select' ? inner.relations[0]?.source : undefined
  return source?.kind === 'table' ? source.name : null
}

/** INSERT OPENQUERY(server, 'SELECT a FROM t') … (SQL Server) writes t; null, with nothing eaten, where it is none. */
function remoteTable(cursor: Cursor): Name | null {
  if (kind(cursor) !== TOKEN.word || wordAt(cursor, 1) !== '(' || !/^open(?:query|rowset)$/i.test(textAt(cursor, 0))) return null
  const start = mark(cursor)
  const source = cursor.rules.source(cursor)
  const [first] = source.kind === 'function' ? source.tables : []
  const name = first?.kind === 'query' ? queriedTable(first.query) : first?.kind === 'table' ? first.name : null
  if (name === null) rewind(cursor, start)
  return name
}

/** `INSERT INTO table SELECT …` where the table is called so. */
function tableIsName(cursor: Cursor): boolean {
  const next = wordAt(cursor, 1)
  // INSERT INTO TABLE (SELECT nested …) VALUES (…) (Oracle)
  if (next === '(' && (wordAt(cursor, 2) === 'SELECT' || wordAt(cursor, 2) === 'WITH')) return false
  return next === '(' || next === '.' || next === 'SELECT' || next === 'VALUES'
}

interface TargetRest {
  readonly alias: Ident | null
  readonly columns: readonly ColumnExpr[]
  readonly byName: boolean
  readonly partition: InsertTarget['partition']
}

const NOTHING: TargetRest = { alias: null, columns: NO_COLUMNS, byName: false, partition: [] }

function targetOf(name: Name, location: boolean, from: number, to: number, rest: TargetRest): InsertTarget {
  return {
    name,
    location,
    alias: rest.alias,
    columns: rest.columns,
    byName: rest.byName,
    partition: rest.partition,
    condition: null,
    values: null,
    query: null,
    from,
    to,
  }
}

function targetRest(cursor: Cursor): TargetRest {
  const alias = eat(cursor, 'AS') || aliasFollows(cursor) ? parseIdent(cursor) : null
  let columns = NO_COLUMNS
  let byName = false
  let partition: InsertTarget['partition'] = []
  for (;;) {
    if (peek(cursor, 'PARTITION') && wordAt(cursor, 1) === '(') {
      cursor.at++
      // MySQL and Oracle name partitions here, Hive and Spark the columns that the table is partitioned by
      if (cursor.dialect.grammar.fromFirst) partition = staticPartition(cursor)
      else skipBalanced(cursor)
    } else if (peek(cursor, 'PARTITION') && wordAt(cursor, 1) === 'BY') skipPartitionBy(cursor)
    else if (eat2(cursor, 'BY', 'NAME')) byName = true
    else if (!eatTargetOption(cursor)) {
      if (!peek(cursor, '(') || !columnsFollow(cursor)) return { alias, columns, byName, partition }
      columns = targetColumns(cursor)
    }
  }
}

/** An alias of the target without AS, where nothing else of an INSERT can stand: `INSERT INTO t x (a) …` (Oracle). */
function aliasFollows(cursor: Cursor): boolean {
  const current = kind(cursor)
  if (current !== TOKEN.word || word(cursor) !== '') return false
  const next = wordAt(cursor, 1)
  return next === '(' || next === 'SELECT' || next === 'VALUES' || next === 'WITH'
}

/** Options between target and source that say nothing of lineage. */
function eatTargetOption(cursor: Cursor): boolean {
  if (eat2(cursor, 'BY', 'POSITION')) return true
  if (peek(cursor, 'IF')) {
    const before = cursor.at
    eatExistence(cursor)
    return cursor.at > before
  }
  if (peek(cursor, 'WITH') && wordAt(cursor, 1) === '(') {
    cursor.at++
    skipBalanced(cursor)
    return true
  }
  if (eatEvolution(cursor)) return true
  if (peek(cursor, 'OVERRIDING')) {
    cursor.at = Math.min(cursor.at + 3, cursor.end)
    return true
  }
  if (
    peek(cursor, 'SETTINGS') ||
    (peek(cursor, 'REPLACE') && (wordAt(cursor, 1) === 'WHERE' || wordAt(cursor, 1) === 'USING' || wordAt(cursor, 1) === 'ON'))
  ) {
    cursor.at++
    skipToSource(cursor)
    return true
  }
  return skipFormatOption(cursor)
}

/** `USING format`, `OPTIONS (…)`, `ROW FORMAT …`, `STORED AS …` of INSERT OVERWRITE DIRECTORY. */
function skipFormatOption(cursor: Cursor): boolean {
  if (
    peek(cursor, 'OPTIONS') ||
    (peek(cursor, 'ROW') && wordAt(cursor, 1) === 'FORMAT') ||
    peek(cursor, 'STORED') ||
    peek(cursor, 'USING')
  ) {
    cursor.at++
    skipToSource(cursor)
    return true
  }
  return false
}

/** Moves to the query that follows options; a bracket is one only if a query opens it. */
function skipToSource(cursor: Cursor): void {
  while (!atEnd(cursor)) {
    if (isQueryStart(cursor) || peek(cursor, 'BY')) return
    skipBalanced(cursor)
  }
}

function skipPartitionBy(cursor: Cursor): void {
  cursor.at += 2
  cursor.rules.expression(cursor)
}

/** `PARTITION (ds = '2024', hour)`. */
export function staticPartition(cursor: Cursor): InsertTarget['partition'] {
  return inBrackets(cursor, () => {
    const list: { readonly column: Ident; readonly value: Expr | null }[] = []
    while (!atEnd(cursor)) {
      const column = parseIdent(cursor) ?? rawIdent(cursor)
      const value = eat(cursor, '=') ? cursor.rules.expression(cursor) : null
      list.push({ column, value })
      while (!atEnd(cursor) && !eat(cursor, ',')) skipBalanced(cursor)
    }
    return list
  })
}

/** Whether the bracket here lists columns: not when a query opens it, nor when it holds the values (Teradata). */
function columnsFollow(cursor: Cursor): boolean {
  if (isQueryStart(cursor)) return false
  const close = cursor.tokens.closers[cursor.at] ?? 0
  if (close + 1 < cursor.end || !cursor.dialect.grammar.shortStatements) return true
  return false
}

function targetColumns(cursor: Cursor): readonly ColumnExpr[] {
  const first = cursor.tokens.kinds[cursor.at + 1]
  if (first === TOKEN.word || first === TOKEN.quoted) return parseColumnRefs(cursor)
  skipBalanced(cursor)
  return NO_COLUMNS
}

/** INSERT OVERWRITE [LOCAL] DIRECTORY ['path'] [USING format] [OPTIONS (path '…')] …. */
function targetDirectory(cursor: Cursor): Name | null {
  const local = peek(cursor, 'LOCAL') && wordAt(cursor, 1) === 'DIRECTORY'
  if (local) cursor.at++
  if (!eat(cursor, 'DIRECTORY')) return null
  const places: Name[] = []
  if (atString(cursor)) places.push(pathOfString(cursor))
  while (!atEnd(cursor) && !isQueryStart(cursor) && !peek(cursor, 'FROM')) if (!readLocations(cursor, places)) skipBalanced(cursor)
  const at = here(cursor)
  return places[0] ?? { form: 'variable', parts: [{ text: 'DIRECTORY', quoted: false, from: at, to: at }], from: at, to: at }
}

/** INSERT INTO FUNCTION file('x.csv', …) SELECT … (ClickHouse). */
function functionTarget(cursor: Cursor): Name | null {
  cursor.at++
  const call = cursor.rules.expression(cursor)
  if (call.kind !== 'call') return null
  const [named] = namesOfCall(call).names
  if (named !== undefined) return named
  const path = call.args.find((arg) => arg.kind === 'literal' && arg.type === 'string')
  if (path === undefined || path.kind !== 'literal') return { form: 'variable', parts: call.name, from: call.from, to: call.to }
  return { form: 'path', parts: [{ text: path.text, quoted: true, from: path.from, to: path.to }], from: path.from, to: path.to }
}

/** `AS new (m, n)` before ON DUPLICATE KEY (MySQL). */
function rowAlias(cursor: Cursor): Alias | null {
  if (!peek(cursor, 'AS') || find(cursor, 'DUPLICATE') < 0) return null
  const alias = parseAlias(cursor)
  while (!atEnd(cursor) && !peek(cursor, 'ON')) skipBalanced(cursor)
  return alias
}

/** ON CONFLICT … DO UPDATE SET …, ON DUPLICATE KEY UPDATE …. */
function onConflict(cursor: Cursor): readonly Assignment[] {
  let list = NO_ASSIGNMENTS
  while (peek(cursor, 'ON') && (wordAt(cursor, 1) === 'CONFLICT' || wordAt(cursor, 1) === 'DUPLICATE')) {
    cursor.at += 2
    while (!atEnd(cursor) && !peek(cursor, 'UPDATE') && !peek(cursor, 'NOTHING')) skipBalanced(cursor)
    if (eat(cursor, 'NOTHING')) continue
    eat(cursor, 'UPDATE')
    eat(cursor, 'SET')
    list = assignments(cursor)
    if (eat(cursor, 'WHERE')) cursor.rules.expression(cursor)
  }
  return list
}

/** FORMAT and the data behind it (ClickHouse), FROM INFILE, LOG ERRORS, SETTINGS, OPTION (…). */
function finishInsert(cursor: Cursor): number {
  const current = word(cursor)
  if (
    current === 'FORMAT' ||
    current === 'LOG' ||
    current === 'LOGGING' ||
    current === 'SETTINGS' ||
    current === 'OPTION' ||
    current === 'FROM'
  )
    return skipRest(cursor)
  return finish(cursor)
}

/** `FROM x INSERT … SELECT … INSERT … SELECT …` (Hive, Spark), the cursor behind the relations. */
export function fromInsert(cursor: Cursor, from: number, ctes: readonly Cte[], shared: readonly Relation[]): InsertStatement {
  const targets: InsertTarget[] = []
  let overwrite = false
  while (eat(cursor, 'INSERT')) {
    const head = insertHead(cursor)
    if (head === null) break
    overwrite ||= head.overwrite
    const next = find(cursor, 'INSERT')
    const query = within(cursor, next < 0 ? cursor.end : next, () => cursor.rules.query(cursor))
    if (next >= 0) cursor.at = next
    targets.push({ ...head.target, query, to: lastEnd(cursor) })
  }
  return {
    kind: 'insert',
    keyword: 'INSERT',
    from,
    to: finish(cursor),
    overwrite,
    ctes,
    source: null,
    shared,
    targets,
    call: null,
    assignments: NO_ASSIGNMENTS,
    rowAlias: null,
    output: null,
    returning: NO_ITEMS,
  }
}
