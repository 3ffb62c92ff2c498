import type { Word } from '../../tokens/words.ts'
import type { Cte, Expr, InsertStatement, InsertTarget } from '../../tree.ts'
import { atEnd, type Cursor, eat, here, lastEnd, peek } from '../cursor.ts'
import { parseColumnRefs, parseTableName } from '../names.ts'
import { finish, isQueryStart, seek } from './boundary.ts'
import { assigned, inBrackets, NO_COLUMNS, NO_ITEMS, NO_RELATIONS } from './parts.ts'

const BRANCH_STARTS: ReadonlySet<Word> = new Set<Word>(['WHEN', 'ELSE', 'INTO', 'SELECT', 'WITH'])

/** INSERT [OVERWRITE] ALL | FIRST [WHEN c THEN] INTO t [(cols)] [VALUES (…)] … [ELSE INTO …] query (Oracle, Snowflake). */
export function multiInsert(cursor: Cursor, from: number, ctes: readonly Cte[], overwrite: boolean): InsertStatement {
  cursor.at++
  const targets: InsertTarget[] = []
  let condition: Expr | null = null
  while (!atEnd(cursor) && !isQueryStart(cursor)) {
    if (eat(cursor, 'WHEN')) {
      condition = cursor.rules.expression(cursor)
      eat(cursor, 'THEN')
    } else if (eat(cursor, 'ELSE')) condition = null
    else if (eat(cursor, 'INTO')) pushTarget(cursor, targets, condition)
    else if (!seek(cursor, BRANCH_STARTS)) break
  }
  const source = atEnd(cursor) ? null : cursor.rules.query(cursor)
  return {
    kind: 'insert',
    keyword: 'INSERT',
    from,
    to: finish(cursor),
    overwrite,
    ctes,
    source,
    shared: NO_RELATIONS,
    targets,
    call: null,
    assignments: [],
    rowAlias: null,
    output: null,
    returning: NO_ITEMS,
  }
}

function pushTarget(cursor: Cursor, targets: InsertTarget[], condition: Expr | null): void {
  const from = here(cursor)
  const name = parseTableName(cursor)
  if (name === null) return
  const columns = peek(cursor, '(') && !isQueryStart(cursor) ? parseColumnRefs(cursor) : NO_COLUMNS
  const values = eat(cursor, 'VALUES') && peek(cursor, '(') ? inBrackets(cursor, () => valueList(cursor)) : null
  const to = lastEnd(cursor)
  targets.push({ name, location: false, alias: null, columns, byName: false, partition: [], condition, values, query: null, from, to })
}

function valueList(cursor: Cursor): readonly Expr[] {
  const list: Expr[] = []
  if (atEnd(cursor)) return list
  do list.push(assigned(cursor))
  while (eat(cursor, ','))
  return list
}
