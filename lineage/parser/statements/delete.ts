import type { Word } from '../../tokens/words.ts'
import type { Cte, DeleteStatement, Relation, Source } from '../../tree.ts'
import { atEnd, type Cursor, eat, here, peek, skipBalanced, textAt, wordAt } from '../cursor.ts'
import { finish } from './boundary.ts'
import { eatAny, logErrors, NO_RELATIONS, outputClause, returning } from './parts.ts'
import { skipTail, updateWhere } from './update.ts'

const MODIFIERS: ReadonlySet<Word> = new Set<Word>(['LOW_PRIORITY', 'IGNORE', 'ONLY'])

/** DELETE [TOP (n)] [FROM] targets [OUTPUT …] [FROM relations | USING relations] [WHERE …] [RETURNING …]. */
export function deleteStatement(cursor: Cursor, from: number, ctes: readonly Cte[]): DeleteStatement {
  cursor.at++
  while (eatAny(cursor, MODIFIERS) || eatQuick(cursor)) if (atEnd(cursor)) break
  if (eat(cursor, 'TOP')) {
    skipBalanced(cursor)
    eat(cursor, 'PERCENT')
  }
  eat(cursor, 'FROM')
  eat(cursor, 'ONLY')
  const targets = targetList(cursor)
  const output = outputClause(cursor)
  const relations: readonly Relation[] = eat(cursor, 'FROM') || eat(cursor, 'USING') ? cursor.rules.relations(cursor) : NO_RELATIONS
  // ON CLUSTER, IN PARTITION (ClickHouse) stand before WHERE
  while (!atEnd(cursor) && (peek(cursor, 'ON') || peek(cursor, 'IN'))) cursor.at += Math.min(3, cursor.end - cursor.at)
  const where = updateWhere(cursor)
  const given = returning(cursor)
  const errors = logErrors(cursor)
  skipTail(cursor)
  return {
    kind: 'delete',
    keyword: 'DELETE',
    from,
    to: finish(cursor),
    ctes,
    targets,
    relations,
    where,
    output: output ?? errors,
    returning: given,
  }
}

/** DELETE LOW_PRIORITY QUICK IGNORE FROM t (MySQL): a table called so would have nothing before FROM. */
function eatQuick(cursor: Cursor): boolean {
  if (!/^quick$/i.test(textAt(cursor, 0)) || (wordAt(cursor, 1) !== 'FROM' && wordAt(cursor, 1) !== 'IGNORE')) return false
  if (!cursor.dialect.lexical.executableComments) return false
  cursor.at++
  return true
}

function targetList(cursor: Cursor): readonly Source[] {
  const list: Source[] = []
  do {
    if (atEnd(cursor)) break
    list.push(cursor.rules.source(cursor))
    // `DELETE a.*, b.* FROM` (MySQL)
    if (eat(cursor, '.')) eat(cursor, '*')
  } while (eat(cursor, ','))
  if (list.length === 0) list.push({ kind: 'unknown', alias: null, from: here(cursor), to: here(cursor) })
  return list
}
