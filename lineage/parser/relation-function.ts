import { runsQueries } from '../remote-functions.ts'
import { TOKEN } from '../tokens/tokens.ts'
import type { CallExpr, Expr, FunctionSource, Ident, Name, Source } from '../tree.ts'
import { type Cursor, closer, eat, eat2, here, kind, kindAt, lastEnd, peek, skipBalanced, textAt, wordAt } from './cursor.ts'
import { parseCall } from './expression-call.ts'
import { literalText } from './literals.ts'
import {
  opensHints,
  parseAlias,
  parseColumnList,
  parseIdent,
  parseLabel,
  parseName,
  parseParts,
  parseTableName,
  splitNameText,
} from './names.ts'
import { skipTableOptions } from './relation-options.ts'
import { parseOperatorCall, parseRemoteCall } from './remote-call.ts'
import { namesTable, parseTableOperand } from './table-operand.ts'

/** Whether a call stands here, not a table: a name followed by a bracket that is no list of hints. */
export function startsFunction(cursor: Cursor): boolean {
  const found = kind(cursor)
  if (found === TOKEN.parameter) return wordAt(cursor, 1) === '.' && wordAt(cursor, 3) === '('
  if (found !== TOKEN.word && found !== TOKEN.quoted) return false
  if (peek(cursor, 'ROWS') && wordAt(cursor, 1) === 'FROM' && wordAt(cursor, 2) === '(') return true
  let offset = 1
  while (wordAt(cursor, offset) === '.' || wordAt(cursor, offset) === '..') offset += 2
  // f@server (…) (Teradata)
  if (wordAt(cursor, offset) === '@' && kindAt(cursor, offset + 1) === TOKEN.word) offset += 2
  if (wordAt(cursor, offset) !== '(' || (peek(cursor, 'IDENTIFIER') && offset === 1)) return false
  return !opensHints(cursor, offset)
}

/** `f(…)`, `ROWS FROM (f(…), g(…))`, with `WITH (columns)`, alias, WITH OFFSET and WITH ORDINALITY. */
export function parseFunctionSource(cursor: Cursor, from: number, lateral: boolean): FunctionSource {
  if (peek(cursor, 'ROWS') && wordAt(cursor, 1) === 'FROM') {
    cursor.at++
  }
  const defined = definedColumns(cursor)
  const operand = inlineExternal(cursor, from) ?? operandCall(cursor, from)
  if (operand !== null) return finish(cursor, operand.call, { from, lateral, defined: operand.columns })
  const call = parseSourceCall(cursor, from)
  return finish(cursor, call, { from, lateral, defined })
}

/** `EXTERNAL ((a NUMBER, …) TYPE ORACLE_LOADER … LOCATION ('x'))` (Oracle): files read as a table with these columns. */
function inlineExternal(cursor: Cursor, from: number): Operand | null {
  if (!peek(cursor, 'EXTERNAL') || wordAt(cursor, 1) !== '(' || wordAt(cursor, 2) !== '(') return null
  cursor.at++
  const close = closer(cursor)
  cursor.at++
  const columns = parseColumnList(cursor)
  cursor.at = Math.min(close + 1, cursor.end)
  const name: Ident = { text: 'EXTERNAL', quoted: false, from, to: lastEnd(cursor) }
  const to = lastEnd(cursor)
  return {
    call: { kind: 'call', name: [name], upper: 'EXTERNAL', args: [], distinct: false, order: [], filter: null, over: null, from, to },
    columns,
  }
}

interface Operand {
  readonly call: CallExpr
  readonly columns: readonly Ident[]
}

/** A function that names its table in a grammar of its own; null, with nothing eaten, where it is none. */
function operandCall(cursor: Cursor, from: number): Operand | null {
  if (kind(cursor) !== TOKEN.word || wordAt(cursor, 1) !== '(') return null
  const upper = textAt(cursor, 0).toUpperCase()
  cursor.at++
  if (!namesTable(cursor, upper)) {
    cursor.at--
    return null
  }
  const name: Ident = { text: upper, quoted: false, from, to: lastEnd(cursor) }
  const { args, columns } = parseTableOperand(cursor, upper)
  const to = lastEnd(cursor)
  return { call: { kind: 'call', name: [name], upper, args, distinct: false, order: [], filter: null, over: null, from, to }, columns }
}

function parseSourceCall(cursor: Cursor, from: number): CallExpr {
  const name: Ident[] = []
  const first = parseIdent(cursor) ?? parseParameter(cursor)
  if (first !== null) name.push(first)
  parseParts(cursor, name)
  if (peek(cursor, '@') && wordAt(cursor, 2) === '(') cursor.at += 2
  if (peek(cursor, '(') && (wordAt(cursor, 1) === 'ON' || (wordAt(cursor, 1) === 'USING' && cursor.dialect.grammar.shortStatements)))
    return parseOperatorCall(cursor, name, from)
  if (peek(cursor, '(') && runsQueries(name)) return parseRemoteCall(cursor, name, from)
  const call = parseCall(cursor, name, from)
  return call.kind === 'call'
    ? call
    : { kind: 'call', name, upper: '', args: [call], distinct: false, order: [], filter: null, over: null, from, to: lastEnd(cursor) }
}

/** The variable of `@x.nodes('…')`. */
function parseParameter(cursor: Cursor): Ident | null {
  if (kind(cursor) !== TOKEN.parameter) return null
  const from = here(cursor)
  const text = textAt(cursor, 0)
  cursor.at++
  return { text, quoted: false, from, to: lastEnd(cursor) }
}

interface Start {
  readonly from: number
  readonly lateral: boolean
  readonly defined: readonly Ident[]
}

function finish(cursor: Cursor, call: CallExpr, start: Start): FunctionSource {
  const typed = peek(cursor, 'WITH') && wordAt(cursor, 1) === '(' ? parseWithColumns(cursor) : start.defined
  let offset = parseOffset(cursor)
  skipTableOptions(cursor)
  const alias = parseAlias(cursor)
  offset = offset ?? parseOffset(cursor)
  skipTableOptions(cursor)
  return {
    kind: 'function',
    call,
    tables: tablesOf(call),
    lateral: start.lateral,
    alias,
    columns: typed,
    offset,
    from: start.from,
    to: lastEnd(cursor),
  }
}

/** The columns of OPENJSON(…) WITH (a int '$.a', …) and OPENROWSET(…) WITH (…). */
function parseWithColumns(cursor: Cursor): readonly Ident[] {
  cursor.at++
  return parseColumnList(cursor)
}

/** WITH OFFSET [AS o], WITH ORDINALITY: the column that counts. */
function parseOffset(cursor: Cursor): Ident | null {
  const at = here(cursor)
  if (eat2(cursor, 'WITH', 'ORDINALITY')) return { text: 'ordinality', quoted: false, from: at, to: lastEnd(cursor) }
  if (!eat2(cursor, 'WITH', 'OFFSET')) return null
  const alias = parseAlias(cursor)?.name
  return alias ?? { text: 'offset', quoted: false, from: at, to: lastEnd(cursor) }
}

/** Names after COLUMNS in JSON_TABLE(… COLUMNS (a int PATH '…', NESTED PATH … COLUMNS (…))) and XMLTABLE(… COLUMNS a int PATH '…'). */
function definedColumns(cursor: Cursor): readonly Ident[] {
  if (!peek(cursor, 'JSON_TABLE') && !peek(cursor, 'XMLTABLE')) return []
  const start = cursor.at
  cursor.at++
  const close = closer(cursor)
  const columns: Ident[] = []
  while (cursor.at < close) {
    if (eat(cursor, 'COLUMNS')) columnsFrom(cursor, close, columns)
    else cursor.at++
  }
  cursor.at = start
  return columns
}

function columnsFrom(cursor: Cursor, close: number, columns: Ident[]): void {
  const end = peek(cursor, '(') ? closer(cursor) : close
  eat(cursor, '(')
  while (cursor.at < end) {
    if (peek(cursor, 'NESTED')) {
      while (cursor.at < end && !peek(cursor, 'COLUMNS')) cursor.at++
      if (eat(cursor, 'COLUMNS')) columnsFrom(cursor, end, columns)
    } else {
      const column = parseLabel(cursor)
      if (column !== null) columns.push(column)
    }
    while (cursor.at < end && !peek(cursor, ',')) skipBalanced(cursor)
    eat(cursor, ',')
  }
  cursor.at = Math.min(end === close ? end : end + 1, close)
}

/** Tables and queries passed as arguments are read by the function. */
function tablesOf(call: CallExpr): readonly Source[] {
  return call.args.flatMap((arg): readonly Source[] => {
    const value: Expr = arg.kind === 'named' ? arg.value : arg
    if (value.kind === 'call') return value.upper === 'TABLE' ? tablesOf(value) : []
    if (value.kind === 'column')
      return call.upper === 'TABLE' ? [tableSource({ form: 'plain', parts: value.parts, from: value.from, to: value.to })] : []
    if (value.kind !== 'subquery') return []
    const { body } = value.query
    if (body.kind === 'table' && value.query.ctes.length === 0) return [tableSource(body.name)]
    // TABLE (SELECT …) sees the tables before it (Db2, Oracle)
    return [{ kind: 'query', query: value.query, lateral: call.upper === 'TABLE', alias: null, from: value.from, to: value.to }]
  })
}

function tableSource(name: Name): Source {
  return { kind: 'table', name, alias: null, extra: [], from: name.from, to: name.to }
}

/** `TABLE(f(…))`, `TABLE(t)`, `TABLE t`, `TABLE(query)`: the function or table in it. Null where TABLE is something else. */
export function parseTableKeyword(cursor: Cursor, from: number, lateral: boolean): Source | null {
  if (wordAt(cursor, 1) !== '(') {
    if (kindAt(cursor, 1) !== TOKEN.word && kindAt(cursor, 1) !== TOKEN.quoted) return null
    if (cursor.dialect.reservedIds[cursor.tokens.words[cursor.at + 1] as number] === 1) return null
    cursor.at++
    const name = parseTableName(cursor)
    return name === null ? null : { kind: 'table', name, alias: parseAlias(cursor), extra: [], from, to: lastEnd(cursor) }
  }
  const table = cursor.at
  cursor.at++
  const close = closer(cursor)
  cursor.at++
  if (startsFunction(cursor)) return parseInner(cursor, close, { from, lateral, defined: definedColumns(cursor) })
  const literal = tableText(cursor, close)
  if (literal !== null) {
    cursor.at = Math.min(close + 1, cursor.end)
    return { kind: 'table', name: literal, alias: parseAlias(cursor), extra: [], from, to: lastEnd(cursor) }
  }
  const single = parseName(cursor)
  if (single !== null && cursor.at === close && isCollection(cursor, single)) {
    cursor.at++
    return finish(cursor, collectionCall(single, from), { from, lateral: true, defined: [] })
  }
  if (single !== null && cursor.at === close && single.form === 'plain') {
    cursor.at++
    return { kind: 'table', name: single, alias: parseAlias(cursor), extra: [], from, to: lastEnd(cursor) }
  }
  cursor.at = table
  return finish(cursor, parseSourceCall(cursor, from), { from, lateral, defined: [] })
}

/** `TABLE('db.s.t')`, `TABLE($t)`, `TABLE(:t)` (Snowflake): a name in a text or a variable; null where it is none. */
function tableText(cursor: Cursor, close: number): Name | null {
  if (cursor.at + 1 !== close) return null
  const from = here(cursor)
  const to = cursor.tokens.ends[cursor.at] ?? from
  if (kind(cursor) === TOKEN.string)
    return { form: 'plain', parts: splitNameText(literalText(cursor.sql, from, to, cursor.dialect), from, to), from, to }
  return kind(cursor) === TOKEN.parameter ? parseTableName(cursor) : null
}

/** `TABLE(x.nested)`: a collection in a column of x (Oracle). */
function isCollection(cursor: Cursor, { parts }: Name): boolean {
  return parts.length > 1 && cursor.dialect.resolution.pseudoColumns.has('COLUMN_VALUE') && !cursor.dialect.grammar.shortStatements
}

function collectionCall({ parts, from: start, to }: Name, from: number): CallExpr {
  const name: Ident = { text: 'UNNEST', quoted: false, from, to: from }
  const args: readonly Expr[] = [{ kind: 'column', parts, from: start, to }]
  return { kind: 'call', name: [name], upper: 'UNNEST', args, distinct: false, order: [], filter: null, over: null, from, to }
}

function parseInner(cursor: Cursor, close: number, start: Start): FunctionSource {
  const before = cursor.end
  cursor.end = close
  const call = parseSourceCall(cursor, start.from)
  // RETURNS (a INTEGER, …) (Teradata)
  const returned = eat(cursor, 'RETURNS') && peek(cursor, '(') ? parseColumnList(cursor) : []
  cursor.end = before
  cursor.at = Math.min(close + 1, before)
  return finish(cursor, call, returned.length > 0 ? { ...start, defined: returned } : start)
}

/** The call of LATERAL VIEW and its like, at the name. */
export function parseViewCall(cursor: Cursor): CallExpr {
  return parseSourceCall(cursor, here(cursor))
}
