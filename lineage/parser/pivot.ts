import { TOKEN } from '../tokens/tokens.ts'
import type {
  Expr,
  Ident,
  Pivot,
  PivotAxis,
  PivotSource,
  Query,
  QueryBody,
  Relation,
  Select,
  SelectItem,
  Source,
  Unpivot,
  UnpivotSource,
} from '../tree.ts'
import { atEnd, type Cursor, closer, eat, eat2, here, kind, kindAt, lastEnd, peek, skipBalanced, word, wordAt } from './cursor.ts'
import { parseAlias, parseIdent, parseItemAlias } from './names.ts'
import { parseExpressionList } from './order.ts'
import { plainSelect, starItem } from './plain-select.ts'
import { startsQuery } from './query-start.ts'

/** source PIVOT ( … ) alias */
export function parsePivot(cursor: Cursor, input: Source): PivotSource {
  const pivot = parsePivotClause(cursor)
  const alias = parseAlias(cursor)
  return { kind: 'pivot', input, pivot, alias, from: input.from, to: lastEnd(cursor) }
}

/** PIVOT [XML] ( aggregates FOR columns IN ( values ) … [GROUP BY …] ), at the word. */
export function parsePivotClause(cursor: Cursor): Pivot {
  cursor.at++
  if (peek(cursor, 'XML')) cursor.at++
  const close = closer(cursor)
  const before = cursor.end
  cursor.at++
  cursor.end = close
  const aggregates = parseAggregates(cursor)
  const axes: PivotAxis[] = []
  let groupBy: Expr[] = []
  if (eat(cursor, 'FOR')) parseAxes(cursor, axes)
  if (eat2(cursor, 'GROUP', 'BY')) groupBy = parseExpressionList(cursor)
  cursor.end = before
  cursor.at = Math.min(close + 1, before)
  return { aggregates, axes, groupBy }
}

/** One axis, or several side by side (DuckDB). */
function parseAxes(cursor: Cursor, axes: PivotAxis[]): void {
  do {
    axes.push(parseAxis(cursor))
    eat(cursor, ',')
  } while (
    (kind(cursor) === TOKEN.word || kind(cursor) === TOKEN.quoted || peek(cursor, '(')) &&
    !peek(cursor, 'GROUP') &&
    !peek(cursor, 'DEFAULT')
  )
}

function parseAggregates(cursor: Cursor): SelectItem[] {
  const items: SelectItem[] = []
  do {
    const from = here(cursor)
    const expr = cursor.rules.expression(cursor)
    const alias = peek(cursor, 'FOR') ? null : parseItemAlias(cursor)
    items.push({ expr, alias, variable: false, aliases: [], from, to: lastEnd(cursor) })
  } while (eat(cursor, ','))
  return items
}

/** column | (columns) IN ( values | ANY [ORDER BY …] | query ) */
function parseAxis(cursor: Cursor): PivotAxis {
  const columns = peek(cursor, '(') ? parseTuple(cursor) : [parseAxisColumn(cursor)]
  if (!eat(cursor, 'IN')) return { columns, values: [], any: true, query: null }
  if (!peek(cursor, '(')) {
    cursor.rules.expression(cursor)
    return { columns, values: [], any: true, query: null }
  }
  const close = closer(cursor)
  const before = cursor.end
  cursor.at++
  cursor.end = close
  const made = parseAxisValues(cursor)
  cursor.end = before
  cursor.at = Math.min(close + 1, before)
  return { columns, values: made.values, any: made.any, query: made.query }
}

/** The column before IN: not an expression, which would take the IN with it. */
function parseAxisColumn(cursor: Cursor): Expr {
  const from = here(cursor)
  const at = inOffset(cursor)
  const before = cursor.end
  cursor.end = Math.min(cursor.at + at, before)
  const expr: Expr = atEnd(cursor) ? { kind: 'unknown', from, to: from } : cursor.rules.expression(cursor)
  cursor.at = cursor.end
  cursor.end = before
  return expr
}

/** Offset of the IN of this axis, over whole brackets. */
function inOffset(cursor: Cursor): number {
  let index = cursor.at
  while (index < cursor.end && wordAt(cursor, index - cursor.at) !== 'IN' && wordAt(cursor, index - cursor.at) !== ',') {
    const close = cursor.tokens.closers[index] as number
    index = close > 0 ? close + 1 : index + 1
  }
  return index - cursor.at
}

function parseTuple(cursor: Cursor): Expr[] {
  const close = closer(cursor)
  cursor.at++
  const list = parseExpressionList(cursor)
  cursor.at = Math.min(close + 1, cursor.end)
  return list
}

interface AxisValues {
  readonly values: SelectItem[]
  readonly any: boolean
  readonly query: Query | null
}

function parseAxisValues(cursor: Cursor): AxisValues {
  if (startsQuery(cursor, 0)) return { values: [], any: true, query: cursor.rules.query(cursor) }
  if (peek(cursor, 'ANY')) return { values: [], any: true, query: null }
  const values: SelectItem[] = []
  do {
    if (atEnd(cursor)) break
    const from = here(cursor)
    const expr = cursor.rules.expression(cursor)
    const alias = parseItemAlias(cursor)
    values.push({ expr, alias, variable: false, aliases: [], from, to: lastEnd(cursor) })
  } while (eat(cursor, ','))
  return { values, any: false, query: null }
}

/** source UNPIVOT ( … ) alias */
export function parseUnpivot(cursor: Cursor, input: Source): UnpivotSource {
  const unpivot = parseUnpivotClause(cursor)
  const alias = parseAlias(cursor)
  return { kind: 'unpivot', input, unpivot, alias, from: input.from, to: lastEnd(cursor) }
}

/** UNPIVOT [INCLUDE | EXCLUDE NULLS] ( values FOR name IN ( columns ) ), at the word. */
export function parseUnpivotClause(cursor: Cursor): Unpivot {
  cursor.at++
  if (eat(cursor, 'INCLUDE') || eat(cursor, 'EXCLUDE')) eat(cursor, 'NULLS')
  const close = closer(cursor)
  const before = cursor.end
  cursor.at++
  cursor.end = close
  const values = parseValueNames(cursor)
  const name = eat(cursor, 'FOR') ? parseIdent(cursor) : null
  const columns = eat(cursor, 'IN') && peek(cursor, '(') ? parseUnpivotColumns(cursor) : []
  cursor.end = before
  cursor.at = Math.min(close + 1, before)
  return { values, name, columns }
}

function parseValueNames(cursor: Cursor): Ident[] {
  const names: Ident[] = []
  const bracket = eat(cursor, '(')
  do {
    const name = parseIdent(cursor)
    if (name !== null) names.push(name)
  } while (bracket && eat(cursor, ','))
  if (bracket) eat(cursor, ')')
  return names
}

type UnpivotColumn = Unpivot['columns'][number]

/** (a, b AS 'x', (c, d) AS 'y') */
function parseUnpivotColumns(cursor: Cursor): UnpivotColumn[] {
  const close = closer(cursor)
  const before = cursor.end
  cursor.at++
  cursor.end = close
  const columns: UnpivotColumn[] = []
  while (cursor.at < close) {
    const start = cursor.at
    const inner = peek(cursor, '(') ? parseTuple(cursor) : [cursor.rules.expression(cursor)]
    const alias = parseUnpivotAlias(cursor)
    columns.push({ columns: inner, alias })
    if (!eat(cursor, ',') && cursor.at === start) cursor.at++
  }
  cursor.end = before
  cursor.at = Math.min(close + 1, before)
  return columns
}

function parseUnpivotAlias(cursor: Cursor): Expr | null {
  if (eat(cursor, 'AS')) return cursor.rules.expression(cursor)
  if (kind(cursor) === TOKEN.word || kind(cursor) === TOKEN.string || kind(cursor) === TOKEN.quoted) return cursor.rules.expression(cursor)
  return null
}

/**
 * DuckDB's statements: PIVOT t ON a IN (…), b USING sum(x), … GROUP BY c; UNPIVOT t ON a, b INTO NAME n VALUE v.
 * https://duckdb.org/docs/stable/sql/statements/pivot
 */
export function parsePivotStatement(cursor: Cursor): QueryBody {
  const from = here(cursor)
  const pivots = peek(cursor, 'PIVOT')
  cursor.at++
  const input = cursor.rules.source(cursor)
  const source: Source = pivots
    ? { kind: 'pivot', input, pivot: parsePivotOn(cursor), alias: null, from, to: lastEnd(cursor) }
    : { kind: 'unpivot', input, unpivot: parseUnpivotOn(cursor), alias: null, from, to: lastEnd(cursor) }
  const relation: Relation = { source, joins: [], from, to: lastEnd(cursor) }
  return selectAll(relation, from, lastEnd(cursor))
}

function selectAll(relation: Relation, from: number, to: number): Select {
  return plainSelect([starItem(from)], [relation], from, to)
}

function parsePivotOn(cursor: Cursor): Pivot {
  const axes: PivotAxis[] = []
  let aggregates: SelectItem[] = []
  let groupBy: Expr[] = []
  if (eat(cursor, 'ON'))
    do axes.push(parseOnAxis(cursor))
    while (eat(cursor, ','))
  if (eat(cursor, 'USING')) aggregates = parseAggregates(cursor)
  if (eat2(cursor, 'GROUP', 'BY')) groupBy = parseExpressionList(cursor)
  return { aggregates, axes, groupBy }
}

/** `column`, `column IN (…)`, `a || b`. */
function parseOnAxis(cursor: Cursor): PivotAxis {
  if (kindAt(cursor, 1) === TOKEN.word && wordAt(cursor, 1) === 'IN') return parseAxis(cursor)
  return { columns: [cursor.rules.expression(cursor)], values: [], any: true, query: null }
}

function parseUnpivotOn(cursor: Cursor): Unpivot {
  const columns: UnpivotColumn[] = []
  if (eat(cursor, 'INCLUDE')) eat(cursor, 'NULLS')
  if (eat(cursor, 'ON'))
    do columns.push({ columns: peek(cursor, '(') ? parseTuple(cursor) : [cursor.rules.expression(cursor)], alias: parseOnAlias(cursor) })
    while (eat(cursor, ','))
  let name: Ident | null = null
  const values: Ident[] = []
  if (eat2(cursor, 'INTO', 'NAME')) {
    name = parseIdent(cursor)
    if (eat(cursor, 'VALUE'))
      do pushIdent(cursor, values)
      while (eat(cursor, ','))
  }
  return { values, name, columns }
}

function pushIdent(cursor: Cursor, into: Ident[]): void {
  const ident = parseIdent(cursor)
  if (ident === null) skipBalanced(cursor)
  else into.push(ident)
}

function parseOnAlias(cursor: Cursor): Expr | null {
  return word(cursor) === 'AS' ? parseUnpivotAlias(cursor) : null
}
