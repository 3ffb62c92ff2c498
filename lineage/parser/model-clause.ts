import type { QuerySource, Select, SelectItem } from '../tree.ts'
import { atEnd, type Cursor, closer, peek, skipBalanced, wordAt } from './cursor.ts'

/**
 * Oracle's MODEL, at the word: `PARTITION BY (a) DIMENSION BY (b, c d) MEASURES (e f) RULES (…)` makes columns of what the rest of the query gives,
 * and rules that compute cells, which have no columns of their own. The columns; null, with nothing eaten, where the word is none.
 * https://docs.oracle.com/en/database/oracle/oracle-database/23/dwhsg/sql-modeling-data-warehouses.html
 */
export function parseModel(cursor: Cursor): readonly SelectItem[] | null {
  if (!STARTS.has(wordAt(cursor, 1))) return null
  const items: SelectItem[] = []
  while (!atEnd(cursor) && !(peek(cursor, 'ORDER') && wordAt(cursor, 1) !== '(') && !peek(cursor, ')') && !peek(cursor, 'UNION')) {
    const columns = peek(cursor, '(') && (wordAt(cursor, -1) === 'MEASURES' || wordAt(cursor, -1) === 'BY')
    if (columns) items.push(...bracketed(cursor))
    else skipBalanced(cursor)
  }
  return items
}

const STARTS: ReadonlySet<string> = new Set(['DIMENSION', 'PARTITION', 'RETURN', 'IGNORE', 'KEEP', 'UNIQUE'])

function bracketed(cursor: Cursor): readonly SelectItem[] {
  const close = closer(cursor)
  const before = cursor.end
  cursor.at++
  cursor.end = close
  const items = cursor.rules.selectItems(cursor)
  cursor.end = before
  cursor.at = Math.min(close + 1, before)
  return items
}

/** The select list sees the model's columns alone, which are made of all that stands before it. */
export function overModel(select: Select, model: readonly SelectItem[]): Select {
  const { from, to } = select
  const body: Select = { ...select, items: model, distinct: false, into: null, order: [], qualify: null, windows: [] }
  const query = { kind: 'query', ctes: [], recursive: false, body, order: [], from, to } as const
  const source: QuerySource = { kind: 'query', query, lateral: false, alias: null, from, to }
  return {
    ...select,
    relations: [{ source, joins: [], from, to }],
    where: null,
    groupBy: [],
    groupByAll: false,
    having: null,
    connectBy: [],
  }
}
