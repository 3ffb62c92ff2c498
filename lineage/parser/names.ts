import { TOKEN } from '../tokens/tokens.ts'
import type { Word } from '../tokens/words.ts'
import type { Alias, ColumnExpr, Ident, Name, NameForm } from '../tree.ts'
import { adjacent, atEnd, type Cursor, closer, eat, here, kind, kindAt, lastEnd, peek, textAt, word, wordAt } from './cursor.ts'
import { literalText } from './literals.ts'
import { dynamicText } from './statements/dynamic-text.ts'
import { parseModelName } from './template-names.ts'

/** Words that are a clause, not an alias, before one of these. `(` stands for a bracket, `1` for a number or parameter, `a` for a name. */
// biome-ignore format: a table
const CLAUSES: Readonly<Partial<Record<Word, readonly string[]>>> = {
  ANTI: ['JOIN', 'LEFT', 'RIGHT'], ANY: ['JOIN', 'LEFT', 'RIGHT', 'INNER'], APPLY: ['('], ARRAY: ['JOIN'], ASOF: ['JOIN', 'LEFT', 'INNER'], AT: ['('], BEFORE: ['('], CHANGES: ['('], CLUSTER: ['BY'],
  BULK: ['COLLECT'], CONNECT: ['BY'], CURRENT: ['ROW'], DIRECTED: ['JOIN'], DISTRIBUTE: ['BY'], EXCLUDE: ['(', 'a'], EXPAND: ['ON'], FINAL: ['WHERE', 'PREWHERE', ',', 'JOIN', 'GROUP', 'ORDER', ''], FORCE: ['INDEX', 'KEY'], FORMAT: ['a'], GLOBAL: ['JOIN', 'LEFT', 'INNER', 'ANY', 'ALL', 'SEMI', 'ANTI', 'IN', 'NOT'],
  GROUPING: ['SETS'], IGNORE: ['INDEX', 'KEY', 'NULLS'], INTERPOLATE: ['('], KEEP: ['('], LOCK: ['IN'], LOG: ['ERRORS'], LOGGING: ['ERRORS', 'ALL'], MATCH_CONDITION: ['('], MATCH_RECOGNIZE: ['('], MAP: ['a'], REDUCE: ['a'], NORMALIZE: ['ON', ''], OFFSET: ['1', '('],
  OPTION: ['('], OUTER: ['APPLY', 'JOIN'], PARTITION: ['(', 'BY'], PASTE: ['JOIN'], PIVOT: ['(', 'XML', 'a'], POSITIONAL: ['JOIN'], PREWHERE: ['a', '(', '1'], RESPECT: ['NULLS'], SAMPLE: ['1', '(', 'SYSTEM', 'BERNOULLI', 'BLOCK', 'ROW'], SEMI: ['JOIN', 'LEFT', 'RIGHT'],
  SETTINGS: ['a'], SORT: ['BY'], START: ['WITH'], STRAIGHT_JOIN: ['a', '('], TABLESAMPLE: ['(', 'a'], TIMESTAMP: ['AS'], UNPIVOT: ['(', 'INCLUDE', 'EXCLUDE', 'a'], USE: ['INDEX', 'KEY'], VERSION: ['AS'], WINDOW: ['a'], WITHIN: ['GROUP'], WITHOUT: ['a'],
  MEASURES: ['a'], RETURNING: ['a', '*', '('], PATTERN: ['('], ROWS: ['BETWEEN', 'UNBOUNDED', 'CURRENT', '1'], RANGE: ['BETWEEN', 'UNBOUNDED', 'CURRENT', '1'], GROUPS: ['BETWEEN'], MODEL: ['DIMENSION', 'PARTITION', 'RETURN', 'IGNORE', 'KEEP'],
  OVER: ['(', 'a'], FILTER: ['('], EMIT: ['CHANGES'], SEPARATOR: ['1'], REPLACE: ['('], OVERLAPS: ['(', 'a'],
}

function nextFits(cursor: Cursor, wanted: string): boolean {
  if (wanted === '1')
    return (
      kindAt(cursor, 1) === TOKEN.number ||
      kindAt(cursor, 1) === TOKEN.parameter ||
      kindAt(cursor, 1) === TOKEN.string ||
      wordAt(cursor, 1) === '-'
    )
  if (wanted === 'a')
    return (
      (kindAt(cursor, 1) === TOKEN.word && cursor.dialect.reservedIds[cursor.tokens.words[cursor.at + 1] as number] === 0) ||
      kindAt(cursor, 1) === TOKEN.quoted
    )
  if (wanted === '') return kindAt(cursor, 1) === TOKEN.end || wordAt(cursor, 1) === ')' || wordAt(cursor, 1) === ';'
  return wordAt(cursor, 1) === wanted
}

/** Whether the current word begins a clause here and so can be no alias without AS. */
export function isReserved(cursor: Cursor): boolean {
  const current = word(cursor)
  if (current === '') return false
  const clause = CLAUSES[current]
  if (clause === undefined) return cursor.dialect.reservedIds[cursor.tokens.words[cursor.at] as number] === 1
  for (const wanted of clause) if (nextFits(cursor, wanted)) return true
  if (current === 'SAMPLE' && cursor.dialect.grammar.shortStatements) return true
  // `FROM t USE db`: another statement
  return current === 'USE' && cursor.dialect.grammar.bareStatements
}

/** Cuts out the text of a name token, without its quotes. */
function identText(cursor: Cursor, index: number): string {
  const { sql, tokens } = cursor
  let from = tokens.starts[index] as number
  const to = tokens.ends[index] as number
  if (tokens.kinds[index] !== TOKEN.quoted) return sql.slice(from, to)
  while (sql.charCodeAt(from) !== 34 && sql.charCodeAt(from) !== 91 && sql.charCodeAt(from) !== 96) from++
  const escapes = (sql.charCodeAt(tokens.starts[index] as number) | 32) === 117 && sql[from - 1] === '&'
  const open = sql[from]
  const close = open === '[' ? ']' : (open as string)
  const closed = to - from > 1 && sql[to - 1] === close
  const text = sql.slice(from + 1, closed ? to - 1 : to)
  if (escapes) return unicodeText(text.replaceAll(close + close, close))
  return text.includes(close) ? text.replaceAll(close + close, close) : text
}

/** `U&"d\0061t\+00E9"`: the letters that are written by their number. */
function unicodeText(text: string): string {
  return text.replaceAll(/\\(?:\+([0-9a-f]{6})|([0-9a-f]{4}))/gi, (whole, long: string | undefined, short: string | undefined) => {
    const code = Number.parseInt(long ?? short ?? '', 16)
    return code > 0x10ffff ? whole : String.fromCodePoint(code)
  })
}

/** Whether the next token is a template or `${x}` glued to the one before, or a word glued to such. */
function glued(cursor: Cursor): boolean {
  if (!adjacent(cursor)) return false
  const next = kind(cursor)
  if (next === TOKEN.template) return true
  if (next === TOKEN.operator) return joinsSubstitution(cursor)
  const before = cursor.tokens.kinds[cursor.at - 1]
  const open = cursor.sql.charCodeAt(cursor.tokens.starts[cursor.at] as number)
  if (next === TOKEN.parameter) return open === 36 && before !== TOKEN.operator
  return (next === TOKEN.word || next === TOKEN.number) && (before === TOKEN.template || before === TOKEN.parameter)
}

/** `t_&suffix`: the rest of the name is put in by the client, where `&` is no operator (Oracle, Snowflake). */
function joinsSubstitution(cursor: Cursor): boolean {
  const current = word(cursor)
  if (current !== '&' && current !== '&&') return false
  const { lexical, resolution } = cursor.dialect
  return (lexical.at === 'stage' || resolution.pseudoColumns.has('ORA_ROWSCN')) && startsSubstitution(cursor)
}

/** One identifier, quoted or not, with templates glued to it; null if the current token is none. Keywords are taken: ask `isReserved` first where it matters. */
export function parseIdent(cursor: Cursor): Ident | null {
  const found = kind(cursor)
  if (found !== TOKEN.word && found !== TOKEN.quoted && found !== TOKEN.template && found !== TOKEN.parameter) return null
  const index = cursor.at
  const from = cursor.tokens.starts[index] as number
  cursor.at++
  if (!glued(cursor)) return { text: identText(cursor, index), quoted: found === TOKEN.quoted, from, to: lastEnd(cursor) }
  while (glued(cursor)) {
    if (kind(cursor) === TOKEN.operator) skipSubstitution(cursor)
    else cursor.at++
  }
  return { text: cursor.sql.slice(from, lastEnd(cursor)), quoted: false, from, to: lastEnd(cursor) }
}

/** Like `parseIdent`, and strings where a name is expected (`AS 'x'`). */
export function parseLabel(cursor: Cursor): Ident | null {
  if (kind(cursor) !== TOKEN.string) return parseIdent(cursor)
  const from = here(cursor)
  const text = literalText(cursor.sql, from, cursor.tokens.ends[cursor.at] as number, cursor.dialect)
  cursor.at++
  return { text, quoted: true, from, to: lastEnd(cursor) }
}

function emptyPart(at: number): Ident {
  return { text: '', quoted: false, from: at, to: at }
}

/** Parts behind the first: `.a`, `..a` (an empty part between), `.1`, `.*` is left alone. */
export function parseParts(cursor: Cursor, parts: Ident[]): void {
  for (;;) {
    const current = word(cursor)
    if (current !== '.' && current !== '..') return
    const next = kindAt(cursor, 1)
    if (next === TOKEN.operator && joinsPart(cursor)) {
      cursor.at++
      const from = here(cursor)
      skipSubstitution(cursor)
      parts.push({ text: cursor.sql.slice(from, lastEnd(cursor)), quoted: false, from, to: lastEnd(cursor) })
      continue
    }
    if (next !== TOKEN.word && next !== TOKEN.quoted && next !== TOKEN.template && next !== TOKEN.parameter && next !== TOKEN.number) return
    cursor.at++
    if (current === '..') parts.push(emptyPart(here(cursor)))
    if (next === TOKEN.number) {
      const from = here(cursor)
      parts.push({ text: textAt(cursor, 0), quoted: false, from, to: from + textAt(cursor, 0).length })
      cursor.at++
    } else parts.push(parseIdent(cursor) ?? emptyPart(here(cursor)))
  }
}

/** `hr.&table`. */
function joinsPart(cursor: Cursor): boolean {
  cursor.at++
  const joins = joinsSubstitution(cursor)
  cursor.at--
  return joins
}

/** Whether `&name`, `&&name` or `&{name}` stands here: no operator, which would have an operand before it. */
export function startsSubstitution(cursor: Cursor): boolean {
  const current = word(cursor)
  if (current !== '&' && current !== '&&') return false
  const named = kindAt(cursor, 1) === TOKEN.word || (wordAt(cursor, 1) === '{' && cursor.dialect.lexical.at === 'stage')
  return named && cursor.tokens.starts[cursor.at + 1] === cursor.tokens.ends[cursor.at]
}

export function skipSubstitution(cursor: Cursor): void {
  cursor.at++
  if (peek(cursor, '{')) cursor.at = Math.min(closer(cursor) + 1, cursor.end)
  else cursor.at++
}

/** `IDENTIFIER('a.b')`, `{{ ref('a') }}`: names that a call gives; null, with nothing eaten, where none stands. */
function parseNameCall(cursor: Cursor): Name | null {
  if (kind(cursor) === TOKEN.template) return parseModelName(cursor)
  return peek(cursor, 'IDENTIFIER') && wordAt(cursor, 1) === '(' ? parseIdentifierCall(cursor) : null
}

/** The name of any object; null if there is none here. `IDENTIFIER('a.b')` is the name in its literal. */
export function parseName(cursor: Cursor): Name | null {
  const from = here(cursor)
  const called = parseNameCall(cursor)
  if (called !== null) return called
  const substituted = startsSubstitution(cursor)
  const found = substituted ? TOKEN.parameter : kind(cursor)
  const parts: Ident[] = []
  if (word(cursor) === '.' || word(cursor) === '..') {
    parts.push(emptyPart(from))
  } else if (substituted) {
    skipSubstitution(cursor)
    parts.push({ text: cursor.sql.slice(from, lastEnd(cursor)), quoted: true, from, to: lastEnd(cursor) })
  } else {
    const first = parseIdent(cursor)
    if (first === null) return null
    parts.push(first)
  }
  const start = cursor.at
  parseParts(cursor, parts)
  // A dot that no name follows is none: who asks for names until there is none left must get on.
  if (cursor.at === start && parts[0]?.text === '' && (word(cursor) === '.' || word(cursor) === '..')) return null
  while (word(cursor) === '-' && cursor.dialect.grammar.dashedNames && adjacent(cursor) && joinDashes(cursor, parts))
    parseParts(cursor, parts)
  const variable =
    parts.length === 1 && (found === TOKEN.parameter || found === TOKEN.template) && cursor.at > 0 && (substituted || isWhole(cursor, from))
  return makeName(cursor, variable ? 'variable' : 'plain', parts, from)
}

/** Whether the name is just the one token eaten. */
function isWhole(cursor: Cursor, from: number): boolean {
  return cursor.tokens.starts[cursor.at - 1] === from
}

/** A backtick may hold a whole path (BigQuery): its parts are split at the dots. */
function makeName(cursor: Cursor, form: NameForm, parts: Ident[], from: number): Name {
  const split = cursor.dialect.grammar.dashedNames ? parts.flatMap(splitDots) : parts
  return { form, parts: split, from, to: lastEnd(cursor) }
}

export function splitDots(part: Ident): Ident[] {
  if (!part.text.includes('.') || part.text.includes('{')) return [part]
  return part.text.split('.').map((text) => ({ text, quoted: part.quoted, from: part.from, to: part.to }))
}

/** `my-project` without backticks: the word or number that touches the dash goes on with the last part; false if there is none. */
function joinDashes(cursor: Cursor, parts: Ident[]): boolean {
  const next = cursor.at + 1
  if (next >= cursor.end || cursor.tokens.starts[next] !== cursor.tokens.ends[cursor.at]) return false
  const last = parts[parts.length - 1] as Ident
  cursor.at += 2
  parts[parts.length - 1] = { text: cursor.sql.slice(last.from, lastEnd(cursor)), quoted: false, from: last.from, to: lastEnd(cursor) }
  return true
}

/** `IDENTIFIER('a.b')`, `IDENTIFIER('a.' || v)`, `IDENTIFIER($x)`; a bare name in it that is no variable whose text is known is the table's. */
function parseIdentifierCall(cursor: Cursor): Name {
  const from = here(cursor)
  cursor.at++
  const close = closer(cursor)
  const inner = cursor.at + 1
  const textFrom = cursor.tokens.starts[inner] as number
  const textTo = cursor.tokens.ends[Math.max(inner, close - 1)] as number
  const known = identifierText(cursor, close)
  const bare = known === null ? bareIdentifier(cursor, close, from) : null
  if (bare !== null) return bare
  cursor.at = Math.min(close + 1, cursor.end)
  if (known === null) {
    const text = cursor.sql.slice(textFrom, Math.max(textFrom, textTo))
    return { form: 'variable', parts: [{ text, quoted: false, from: textFrom, to: textTo }], from, to: lastEnd(cursor) }
  }
  const parts = splitNameText(known, textFrom, textTo)
  parseParts(cursor, parts)
  return { form: 'plain', parts, from, to: lastEnd(cursor) }
}

/** The text of literals and of variables that were given one, in the bracket here; null where a part is not known. Nothing is eaten. */
function identifierText(cursor: Cursor, close: number): string | null {
  const { at, end } = cursor
  cursor.at++
  cursor.end = Math.min(close, end)
  const { pieces, literal, dynamic } = dynamicText(cursor)
  const whole = cursor.at === cursor.end && literal && !dynamic
  cursor.at = at
  cursor.end = end
  return whole ? pieces.map(({ text }) => text).join('') : null
}

function bareIdentifier(cursor: Cursor, close: number, from: number): Name | null {
  const before = cursor.at
  cursor.at++
  const named = kind(cursor) === TOKEN.word || kind(cursor) === TOKEN.quoted ? parseName(cursor) : null
  if (named === null || cursor.at !== close) {
    cursor.at = before
    return null
  }
  cursor.at = Math.min(close + 1, cursor.end)
  return { ...named, from, to: lastEnd(cursor) }
}

/** The parts of a name that is written in a string: `a.b`, `"A".b`, `[a].[b]`. */
export function splitNameText(text: string, from: number, to: number): Ident[] {
  const parts: Ident[] = []
  for (const match of text.matchAll(/"((?:[^"]|"")*)"|`([^`]*)`|\[([^\]]*)\]|([^."`[\]]+)|(?<=\.)(?=\.)/g)) {
    const quoted = match[1] ?? match[2] ?? match[3]
    parts.push({ text: (quoted ?? match[4] ?? '').trim(), quoted: quoted !== undefined, from, to })
  }
  return parts.length > 0 ? parts : [{ text, quoted: false, from, to }]
}

/** Formats that name a path in place of a table: delta.`/path` (Spark, Databricks). https://spark.apache.org/docs/latest/sql-data-sources-load-save-functions.html */
const PATH_FORMATS: ReadonlySet<string> = new Set([
  'delta',
  'parquet',
  'csv',
  'json',
  'orc',
  'avro',
  'text',
  'binaryfile',
  'iceberg',
  'hudi',
  'xml',
])

/** The name of a table in FROM, INTO and the like: also paths, files, stages, variables and dashed projects; null if there is none. */
export function parseTableName(cursor: Cursor): Name | null {
  const from = here(cursor)
  const found = kind(cursor)
  if (found === TOKEN.string) return parsePath(cursor)
  if (found === TOKEN.stage) {
    const text = textAt(cursor, 0)
    cursor.at++
    return {
      form: 'stage',
      parts: [{ text: text.replaceAll('"', ''), quoted: false, from, to: lastEnd(cursor) }],
      from,
      to: lastEnd(cursor),
    }
  }
  if (word(cursor) === '{' && cursor.dialect.grammar.withExpressions) return parseBraceName(cursor)
  const name = parseName(cursor)
  if (name === null) return null
  const [format, path] = name.parts
  const isPath =
    path?.quoted && name.parts.length === 2 && cursor.dialect.grammar.fileTables && PATH_FORMATS.has((format as Ident).text.toLowerCase())
  const made: Name = isPath ? { ...name, form: 'path' } : name
  if (word(cursor) !== '@') return made
  return adjacent(cursor) && kindAt(cursor, 1) !== TOKEN.string ? parseAtSuffix(cursor, made) : skipBranch(cursor, made)
}

/** `t @ 'branch'`: a branch of t is t (Trino). https://trino.io/docs/current/sql/insert.html */
function skipBranch(cursor: Cursor, name: Name): Name {
  cursor.at = Math.min(cursor.at + 2, cursor.end)
  return { ...name, to: lastEnd(cursor) }
}

/** `{t:Identifier}`, `{db:Identifier}.t` (ClickHouse): known only when the text runs. */
function parseBraceName(cursor: Cursor): Name {
  const from = here(cursor)
  cursor.at = Math.min(closer(cursor) + 1, cursor.end)
  parseParts(cursor, [])
  const to = lastEnd(cursor)
  return { form: 'variable', parts: [{ text: cursor.sql.slice(from, to), quoted: false, from, to }], from, to }
}

function parsePath(cursor: Cursor): Name {
  const label = parseLabel(cursor) as Ident
  return { form: label.text.startsWith('@') ? 'stage' : 'path', parts: [label], from: label.from, to: label.to }
}

/** `t@v3`, `t@20240101…` are a version of t (Delta); `t@link` is t of another database (Oracle) and a part of the name. */
function parseAtSuffix(cursor: Cursor, name: Name): Name {
  cursor.at++
  const suffix = parseIdent(cursor)
  if (suffix === null) {
    if (kind(cursor) === TOKEN.number) cursor.at++
    return { ...name, to: lastEnd(cursor) }
  }
  if (/^v?\d+$/i.test(suffix.text)) return { ...name, to: lastEnd(cursor) }
  const rest: Ident[] = [suffix]
  parseParts(cursor, rest)
  const last = name.parts[name.parts.length - 1] as Ident
  const text = `${last.text}@${rest.map((part) => part.text).join('.')}`
  return {
    form: name.form,
    parts: [...name.parts.slice(0, -1), { ...last, text, to: lastEnd(cursor) }],
    from: name.from,
    to: lastEnd(cursor),
  }
}

/** `(a, b, c)`, also with types, directions and defaults behind the names: only the names are kept. Empty if there is no bracket. */
export function parseColumnList(cursor: Cursor): readonly Ident[] {
  if (!peek(cursor, '(')) return []
  const close = closer(cursor)
  const columns: Ident[] = []
  cursor.at++
  while (cursor.at < close) {
    const column = parseLabel(cursor)
    if (column !== null) columns.push(column)
    skipItem(cursor, close)
  }
  cursor.at = Math.min(close + 1, cursor.end)
  return columns
}

/** Past the next comma, at most to `close`. */
export function skipItem(cursor: Cursor, close: number): void {
  while (cursor.at < close) {
    const bracket = cursor.tokens.closers[cursor.at] as number
    if (bracket > 0) cursor.at = Math.min(bracket + 1, close)
    else if (eat(cursor, ',')) return
    else cursor.at++
  }
}

/** `(t.a, b.c.d)`: the columns an INSERT names. Empty if there is no bracket. */
export function parseColumnRefs(cursor: Cursor): readonly ColumnExpr[] {
  if (!peek(cursor, '(')) return []
  const close = closer(cursor)
  const columns: ColumnExpr[] = []
  cursor.at++
  while (cursor.at < close) {
    const from = here(cursor)
    const name = parseName(cursor)
    if (name !== null) columns.push({ kind: 'column', parts: name.parts, from, to: lastEnd(cursor) })
    skipItem(cursor, close)
  }
  cursor.at = Math.min(close + 1, cursor.end)
  return columns
}

/** Whether an identifier that may be an alias without AS stands here. */
function startsAlias(cursor: Cursor): boolean {
  const found = kind(cursor)
  if (found === TOKEN.quoted) return true
  return (found === TOKEN.word || found === TOKEN.template) && !isReserved(cursor)
}

/** `AS t (a, b)`, `t`, `AS (a int, b text)`, `t (a, b)`; null if there is none. */
export function parseAlias(cursor: Cursor): Alias | null {
  const as = eat(cursor, 'AS')
  if (as && peek(cursor, '(')) return { name: null, columns: parseColumnList(cursor) }
  if (atEnd(cursor) || (!as && !startsAlias(cursor))) return null
  const name = parseLabel(cursor)
  if (name === null) return null
  return { name, columns: opensHints(cursor) ? [] : parseColumnList(cursor) }
}

/** `t (NOLOCK)`, `t AS x (NOLOCK)`: SQL Server's hints without WITH, in a bracket that is no list of columns. */
export function opensHints(cursor: Cursor, offset = 0): boolean {
  return cursor.dialect.grammar.bareStatements && wordAt(cursor, offset) === '(' && HINTS.test(textAt(cursor, offset + 1))
}

const HINTS =
  /^(?:nolock|readpast|updlock|holdlock|tablock|tablockx|rowlock|xlock|paglock|readuncommitted|readcommitted|readcommittedlock|repeatableread|serializable|snapshot|noexpand|nowait|forceseek|forcescan|index)$/i

/** The alias of a select item: `AS x`, `x`, `AS 'x'`, and `'x'` where the dialect has it. */
export function parseItemAlias(cursor: Cursor): Ident | null {
  if (eat(cursor, 'AS')) return parseLabel(cursor)
  if (kind(cursor) === TOKEN.string && cursor.dialect.grammar.stringAliases) return parseLabel(cursor)
  return startsAlias(cursor) ? parseIdent(cursor) : null
}
