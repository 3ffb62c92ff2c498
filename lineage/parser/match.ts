import type { Expr, MatchSource, SelectItem, Source } from '../tree.ts'
import { type Cursor, closer, eat, eat2, lastEnd, peek, skipBalanced, wordAt } from './cursor.ts'
import { parseAlias, parseIdent } from './names.ts'
import { parseExpressionList, parseOrderItems } from './order.ts'

interface Draft {
  partition: Expr[]
  order: Expr[]
  measures: readonly SelectItem[]
  conditions: Expr[]
  allRows: boolean
}

/** MATCH_RECOGNIZE ( PARTITION BY … ORDER BY … MEASURES … ONE ROW | ALL ROWS PER MATCH … PATTERN (…) DEFINE … ) alias */
export function parseMatch(cursor: Cursor, input: Source): MatchSource {
  cursor.at++
  const close = closer(cursor)
  const before = cursor.end
  cursor.at++
  cursor.end = close
  const made: Draft = { partition: [], order: [], measures: [], conditions: [], allRows: false }
  while (cursor.at < close) parseMatchClause(cursor, made)
  cursor.end = before
  cursor.at = Math.min(close + 1, before)
  const alias = parseAlias(cursor)
  return {
    kind: 'match',
    input,
    partition: made.partition,
    order: made.order,
    measures: made.measures,
    conditions: made.conditions,
    allRows: made.allRows,
    alias,
    from: input.from,
    to: lastEnd(cursor),
  }
}

function parseMatchClause(cursor: Cursor, made: Draft): void {
  if (eat2(cursor, 'PARTITION', 'BY')) made.partition = parseExpressionList(cursor)
  else if (eat2(cursor, 'ORDER', 'BY')) made.order = parseOrderItems(cursor)
  else if (eat(cursor, 'MEASURES')) made.measures = parseMeasures(cursor)
  else if (eat(cursor, 'DEFINE')) parseDefine(cursor, made.conditions)
  else if (peek(cursor, 'ALL') && wordAt(cursor, 1) === 'ROWS') {
    made.allRows = true
    cursor.at += 2
  } else skipBalanced(cursor)
}

/** [FINAL | RUNNING] expr AS name, … */
function parseMeasures(cursor: Cursor): readonly SelectItem[] {
  return cursor.rules.selectItems(cursor)
}

function parseDefine(cursor: Cursor, conditions: Expr[]): void {
  do {
    parseIdent(cursor)
    eat(cursor, 'AS')
    conditions.push(cursor.rules.expression(cursor))
  } while (eat(cursor, ','))
}
