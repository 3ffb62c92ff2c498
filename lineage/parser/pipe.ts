import { TOKEN } from '../tokens/tokens.ts'
import type { Expr, Ident, PipeQuery, PipeStep, QueryBody, SelectItem, SetArm } from '../tree.ts'
import { atEnd, type Cursor, eat, eat2, here, kindAt, lastEnd, peek, report, skipBalanced, textAt, word, wordAt } from './cursor.ts'
import { parseOneJoin } from './join.ts'
import { parseAlias, parseIdent, parseName } from './names.ts'
import { parseOrderItems } from './order.ts'
import { parsePivotClause, parseUnpivotClause } from './pivot.ts'
import { starItem } from './plain-select.ts'
import { parseSetQuantifier } from './set-quantifier.ts'

type Step<K extends PipeStep['kind']> = Extract<PipeStep, { kind: K }>

/**
 * source { |> step }. https://cloud.google.com/bigquery/docs/reference/standard-sql/pipe-syntax,
 * https://spark.apache.org/docs/latest/sql-pipe-syntax.html
 */
export function parsePipe(cursor: Cursor, source: QueryBody): PipeQuery {
  const steps: PipeStep[] = []
  while (eat(cursor, '|>')) {
    const from = here(cursor)
    const step = parseStep(cursor, from)
    steps.push(step)
    if (!atEnd(cursor) && !peek(cursor, '|>') && !peek(cursor, ')') && !peek(cursor, ';')) skipRest(cursor)
  }
  return { kind: 'pipe', source, steps, from: source.from, to: lastEnd(cursor) }
}

/** What a step left unread, up to the next one. */
function skipRest(cursor: Cursor): void {
  const from = here(cursor)
  while (!atEnd(cursor) && !peek(cursor, '|>') && !peek(cursor, ')') && !peek(cursor, ';')) skipBalanced(cursor)
  report(cursor, 'SQL_CLAUSE_UNKNOWN', 'this part of a pipe step is not known', from, lastEnd(cursor))
}

function parseStep(cursor: Cursor, from: number): PipeStep {
  switch (word(cursor)) {
    case 'SELECT':
    case 'EXTEND':
      return parseItems(cursor, from)
    case 'AGGREGATE':
      return parseAggregate(cursor, from)
    case 'WHERE':
      cursor.at++
      return { kind: 'where', condition: cursor.rules.expression(cursor), from, to: lastEnd(cursor) }
    case 'ORDER':
      cursor.at += 2
      return { kind: 'order', order: parseOrderItems(cursor), from, to: lastEnd(cursor) }
    case 'SET':
      return parseSet(cursor, from)
    case 'DROP':
      return parseDrop(cursor, from)
    case 'RENAME':
      return parseRename(cursor, from)
    case 'AS':
      return parseAs(cursor, from)
    case 'DISTINCT':
      cursor.at++
      return { kind: 'select', items: [starItem(from)], distinct: true, from, to: lastEnd(cursor) }
    default:
      return parseRareStep(cursor, from)
  }
}

function parseRareStep(cursor: Cursor, from: number): PipeStep {
  if (peek(cursor, 'PIVOT')) {
    const pivot = parsePivotClause(cursor)
    return { kind: 'pivot', pivot, alias: parseAlias(cursor), from, to: lastEnd(cursor) }
  }
  // WINDOW SUM(a) OVER (…) AS b adds columns as EXTEND does
  if (peek(cursor, 'WINDOW')) {
    cursor.at++
    return { kind: 'extend', items: cursor.rules.selectItems(cursor), distinct: false, from, to: lastEnd(cursor) }
  }
  if (peek(cursor, 'UNPIVOT')) {
    const unpivot = parseUnpivotClause(cursor)
    return { kind: 'unpivot', unpivot, alias: parseAlias(cursor), from, to: lastEnd(cursor) }
  }
  const arms = parseSetStep(cursor)
  if (arms.length > 0) return { kind: 'union', arms, from, to: lastEnd(cursor) }
  const join = parseOneJoin(cursor)
  if (join !== null) return { kind: 'join', join, from, to: lastEnd(cursor) }
  skipStep(cursor)
  return { kind: 'skip', from, to: lastEnd(cursor) }
}

const QUIET: ReadonlySet<string> = new Set(['LIMIT', 'TABLESAMPLE', 'ASSERT', 'OFFSET'])
const QUIET_NAMES = /^(?:static_describe|describe|log)$/i

/** LIMIT, OFFSET, TABLESAMPLE and ASSERT change no columns; others (CALL, WINDOW, MATCH_RECOGNIZE …) are said. */
function skipStep(cursor: Cursor): void {
  const from = here(cursor)
  const quiet = QUIET.has(word(cursor)) || QUIET_NAMES.test(textAt(cursor, 0))
  while (!atEnd(cursor) && !peek(cursor, '|>') && !peek(cursor, ')') && !peek(cursor, ';')) skipBalanced(cursor)
  if (!quiet) report(cursor, 'SQL_CLAUSE_UNKNOWN', 'this pipe step is not known', from, lastEnd(cursor))
}

function parseItems(cursor: Cursor, from: number): Step<'select' | 'extend'> {
  const step = peek(cursor, 'SELECT') ? 'select' : 'extend'
  cursor.at++
  const distinct = eat(cursor, 'DISTINCT')
  eat(cursor, 'ALL')
  return { kind: step, items: cursor.rules.selectItems(cursor), distinct, from, to: lastEnd(cursor) }
}

/** AGGREGATE items [GROUP [AND ORDER] BY items]. */
function parseAggregate(cursor: Cursor, from: number): Step<'aggregate'> {
  cursor.at++
  const items = peek(cursor, 'GROUP') ? [] : cursor.rules.selectItems(cursor)
  let groupBy: readonly SelectItem[] = []
  if (peek(cursor, 'GROUP') && (wordAt(cursor, 1) === 'BY' || wordAt(cursor, 1) === 'AND')) {
    while (!atEnd(cursor) && !eat(cursor, 'BY')) cursor.at++
    groupBy = parseGroupItems(cursor)
  }
  return { kind: 'aggregate', items, groupBy, from, to: lastEnd(cursor) }
}

/** Items with names, each perhaps with a direction. */
function parseGroupItems(cursor: Cursor): SelectItem[] {
  const items: SelectItem[] = []
  do {
    const [item] = singleItem(cursor)
    if (item !== undefined) items.push(item)
    while (eat(cursor, 'ASC') || eat(cursor, 'DESC') || eat2(cursor, 'NULLS', 'FIRST') || eat2(cursor, 'NULLS', 'LAST')) {}
  } while (eat(cursor, ','))
  return items
}

function singleItem(cursor: Cursor): SelectItem[] {
  const from = here(cursor)
  const expr: Expr = cursor.rules.expression(cursor)
  const direction = peek(cursor, 'ASC') || peek(cursor, 'DESC')
  const alias = direction ? null : (parseAlias(cursor)?.name ?? null)
  return [{ expr, alias, variable: false, aliases: [], from, to: lastEnd(cursor) }]
}

/** SET a = x, b = y. */
function parseSet(cursor: Cursor, from: number): Step<'set'> {
  const items: { readonly column: Ident; readonly value: Expr }[] = []
  do {
    cursor.at++
    const column = parseIdent(cursor)
    if (column === null) break
    eat(cursor, '=')
    items.push({ column, value: cursor.rules.expression(cursor) })
  } while (peek(cursor, ','))
  return { kind: 'set', items, from, to: lastEnd(cursor) }
}

function parseDrop(cursor: Cursor, from: number): Step<'drop'> {
  const columns: Ident[] = []
  do {
    cursor.at++
    const name = parseName(cursor)
    if (name !== null) columns.push(name.parts[name.parts.length - 1] as Ident)
  } while (peek(cursor, ','))
  return { kind: 'drop', columns, from, to: lastEnd(cursor) }
}

/** RENAME a AS b, c d. */
function parseRename(cursor: Cursor, from: number): Step<'rename'> {
  const renames: { readonly column: Ident; readonly alias: Ident }[] = []
  do {
    cursor.at++
    const column = parseIdent(cursor)
    eat(cursor, 'AS')
    const alias = parseIdent(cursor)
    if (column !== null && alias !== null) renames.push({ column, alias })
  } while (peek(cursor, ','))
  return { kind: 'rename', renames, from, to: lastEnd(cursor) }
}

function parseAs(cursor: Cursor, from: number): PipeStep {
  cursor.at++
  const alias = parseIdent(cursor)
  return alias === null ? { kind: 'skip', from, to: lastEnd(cursor) } : { kind: 'as', alias, from, to: lastEnd(cursor) }
}

/** UNION | INTERSECT | EXCEPT [ALL | DISTINCT] [BY NAME] (query), (query). */
function parseSetStep(cursor: Cursor): SetArm[] {
  let offset = 0
  while (
    wordAt(cursor, offset) === 'FULL' ||
    wordAt(cursor, offset) === 'LEFT' ||
    wordAt(cursor, offset) === 'INNER' ||
    wordAt(cursor, offset) === 'OUTER'
  )
    offset++
  const operator = wordAt(cursor, offset)
  if (operator !== 'UNION' && operator !== 'INTERSECT' && operator !== 'EXCEPT') return []
  const side = offset > 0 ? word(cursor) : ''
  cursor.at += offset + 1
  const mapping = parseSetQuantifier(cursor, side)
  const arms: SetArm[] = []
  do {
    if (kindAt(cursor, 0) === TOKEN.end) break
    arms.push({
      operator: operator === 'UNION' ? 'union' : operator === 'INTERSECT' ? 'intersect' : 'except',
      ...mapping,
      body: cursor.rules.queryBody(cursor),
    })
  } while (eat(cursor, ','))
  return arms
}
