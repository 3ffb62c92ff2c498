import { TOKEN } from '../tokens/tokens.ts'
import type { Alias, CallExpr, Expr, FunctionSource, Ident, Join, Source } from '../tree.ts'
import { type Cursor, eat, eat2, here, kindAt, lastEnd, peek, wordAt } from './cursor.ts'
import { parseColumnList, parseIdent, parseItemAlias } from './names.ts'
import { JOINS_GO_ON, skipUnknown } from './recovery.ts'
import { parseViewCall } from './relation-function.ts'

type JoinType = Join['type']

interface JoinHead {
  type: JoinType
  natural: boolean
  /** How many tokens the words of the join take, JOIN or APPLY included. */
  length: number
}

/** { join }: all joins behind a source, flat. An ON that comes late (`a JOIN b JOIN c ON … ON …`) goes to the last join without one. */
export function parseJoins(cursor: Cursor): readonly Join[] {
  const joins: Join[] = []
  for (;;) {
    const from = here(cursor)
    if (peek(cursor, 'LATERAL') && wordAt(cursor, 1) === 'VIEW') joins.push(parseLateralView(cursor, from))
    else if (isArrayJoin(cursor)) parseArrayJoin(cursor, joins)
    else if ((peek(cursor, 'ON') || peek(cursor, 'USING')) && attachLate(cursor, joins)) continue
    else {
      const head = joinHead(cursor)
      if (head === null && skipUnknown(cursor, JOINS_GO_ON)) continue
      if (head === null) return joins
      cursor.at += head.length
      joins.push(parseJoin(cursor, head, from))
    }
  }
}

/** The words before JOIN or APPLY; null if no join begins here. */
function joinHead(cursor: Cursor): JoinHead | null {
  const head: JoinHead = { type: 'inner', natural: false, length: 0 }
  for (let offset = 0; offset < 8; offset++) {
    const current = wordAt(cursor, offset)
    if (current === 'JOIN' || current === 'STRAIGHT_JOIN') {
      head.length = offset + 1
      return head
    }
    if (current === 'APPLY') {
      if (offset === 0) return null
      head.type = 'apply'
      head.length = offset + 1
      return head
    }
    if (!isJoinWord(cursor, offset, head)) return null
  }
  return null
}

const TYPES: Readonly<Record<string, JoinType>> = {
  LEFT: 'left',
  RIGHT: 'right',
  FULL: 'full',
  CROSS: 'cross',
  SEMI: 'semi',
  ANTI: 'anti',
  ASOF: 'asof',
  POSITIONAL: 'positional',
  PASTE: 'positional',
}
/** Words that say how to join, not what. */
const HOW: ReadonlySet<string> = new Set([
  'INNER',
  'OUTER',
  'LOOP',
  'HASH',
  'MERGE',
  'REMOTE',
  'DIRECTED',
  'ANY',
  'ALL',
  'GLOBAL',
  'LOCAL',
  'ARRAY',
])

function isJoinWord(cursor: Cursor, offset: number, head: JoinHead): boolean {
  const current = wordAt(cursor, offset)
  if (current === 'NATURAL') {
    head.natural = true
    return true
  }
  const type = TYPES[current]
  if (type !== undefined) {
    if (head.type !== 'semi' && head.type !== 'anti' && head.type !== 'asof') head.type = type
    return true
  }
  return HOW.has(current) && (offset > 0 || current !== 'MERGE')
}

function parseJoin(cursor: Cursor, head: JoinHead, from: number): Join {
  const source = cursor.rules.source(cursor)
  let on: Expr | null = null
  let using: Using = NOT_USING
  if (peek(cursor, 'MATCH_CONDITION') && wordAt(cursor, 1) === '(') {
    cursor.at++
    on = cursor.rules.expression(cursor)
  }
  if (eat(cursor, 'ON')) on = and(on, cursor.rules.expression(cursor))
  else if (startsUsing(cursor)) using = parseUsing(cursor)
  return { type: head.type, natural: head.natural, source, on, ...using, from, to: lastEnd(cursor) }
}

function and(a: Expr | null, b: Expr): Expr {
  return a === null ? b : { kind: 'operation', operator: 'AND', operands: [a, b], equalities: [], from: a.from, to: b.to }
}

function startsUsing(cursor: Cursor): boolean {
  return (
    peek(cursor, 'USING') && (wordAt(cursor, 1) === '(' || (cursor.dialect.grammar.withExpressions && kindAt(cursor, 1) === TOKEN.word))
  )
}

type Using = Pick<Join, 'using' | 'merged'>
const NOT_USING: Using = { using: [], merged: null }

/** USING (a, b) [AS j]; ClickHouse also without brackets. */
function parseUsing(cursor: Cursor): Using {
  cursor.at++
  if (peek(cursor, '(')) {
    const using = parseColumnList(cursor)
    return { using, merged: eat(cursor, 'AS') ? parseIdent(cursor) : null }
  }
  const columns: Ident[] = []
  do {
    const column = parseIdent(cursor)
    if (column !== null) columns.push(column)
  } while (eat(cursor, ','))
  return { using: columns, merged: null }
}

/** Gives the ON or USING at the current token to the last join that has none; false if all have. */
function attachLate(cursor: Cursor, joins: Join[]): boolean {
  for (let index = joins.length - 1; index >= 0; index--) {
    const join = joins[index] as Join
    if (join.on !== null || join.using.length > 0 || join.natural || join.type === 'cross') continue
    if (peek(cursor, 'USING') && !startsUsing(cursor)) return false
    const using = peek(cursor, 'USING') ? parseUsing(cursor) : NOT_USING
    const on = using === NOT_USING && eat(cursor, 'ON') ? cursor.rules.expression(cursor) : null
    joins[index] = { ...join, on, ...using, to: lastEnd(cursor) }
    return true
  }
  return false
}

/** LATERAL VIEW [OUTER] f(…) [alias] [AS a, b] (Hive, Spark). */
function parseLateralView(cursor: Cursor, from: number): Join {
  cursor.at += 2
  eat(cursor, 'OUTER')
  const start = here(cursor)
  const call = parseViewCall(cursor)
  const alias = parseViewAlias(cursor)
  const source: FunctionSource = {
    kind: 'function',
    call,
    tables: [],
    lateral: true,
    alias,
    columns: [],
    offset: null,
    from: start,
    to: lastEnd(cursor),
  }
  return { type: 'lateral-view', natural: false, source, on: null, ...NOT_USING, from, to: lastEnd(cursor) }
}

function parseViewAlias(cursor: Cursor): Alias {
  const name = peek(cursor, 'AS') ? null : parseItemAlias(cursor)
  const columns: Ident[] = []
  if (peek(cursor, '(')) return { name, columns: parseColumnList(cursor) }
  if (eat(cursor, 'AS')) {
    if (peek(cursor, '(')) return { name, columns: parseColumnList(cursor) }
    do {
      const column = parseIdent(cursor)
      if (column !== null) columns.push(column)
    } while (
      peek(cursor, ',') &&
      (kindAt(cursor, 1) === TOKEN.word || kindAt(cursor, 1) === TOKEN.quoted) &&
      wordAt(cursor, 2) !== '.' &&
      eat(cursor, ',')
    )
  }
  return { name, columns }
}

/** ClickHouse: [LEFT | INNER] ARRAY JOIN. https://clickhouse.com/docs/sql-reference/statements/select/array-join */
function isArrayJoin(cursor: Cursor): boolean {
  const offset = peek(cursor, 'LEFT') || peek(cursor, 'INNER') ? 1 : 0
  return wordAt(cursor, offset) === 'ARRAY' && wordAt(cursor, offset + 1) === 'JOIN'
}

/** Each array is a lateral function of one column with the array's alias, or its own name. */
function parseArrayJoin(cursor: Cursor, joins: Join[]): void {
  while (!eat2(cursor, 'ARRAY', 'JOIN')) cursor.at++
  do {
    const from = here(cursor)
    const value = cursor.rules.expression(cursor)
    const named = parseItemAlias(cursor) ?? (value.kind === 'column' ? (value.parts[value.parts.length - 1] ?? null) : null)
    const name: Ident = { text: 'ARRAYJOIN', quoted: false, from, to: from }
    const to = lastEnd(cursor)
    const call: CallExpr = {
      kind: 'call',
      name: [name],
      upper: 'ARRAYJOIN',
      args: [value],
      distinct: false,
      order: [],
      filter: null,
      over: null,
      from,
      to,
    }
    const source: Source = {
      kind: 'function',
      call,
      tables: [],
      lateral: true,
      alias: { name: null, columns: named === null ? [] : [named] },
      columns: [],
      offset: null,
      from,
      to,
    }
    joins.push({ type: 'lateral-view', natural: false, source, on: null, ...NOT_USING, from, to })
  } while (eat(cursor, ','))
}

/** For pipes: a join whose words begin at the current token; null if none does. */
export function parseOneJoin(cursor: Cursor): Join | null {
  const from = here(cursor)
  const head = joinHead(cursor)
  if (head === null) return null
  cursor.at += head.length
  return parseJoin(cursor, head, from)
}
