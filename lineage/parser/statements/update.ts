import type { Word } from '../../tokens/words.ts'
import type { Assignment, Cte, Expr, Relation, Source, UpdateStatement } from '../../tree.ts'
import { atEnd, type Cursor, eat, here, peek, skipBalanced, skipUntil } from '../cursor.ts'
import { find, finish, skipRest, within } from './boundary.ts'
import { assignments, eatAny, logErrors, NO_RELATIONS, outputClause, returning } from './parts.ts'

const MODIFIERS: ReadonlySet<Word> = new Set<Word>(['LOW_PRIORITY', 'IGNORE', 'ONLY'])
const NO_ASSIGNMENTS: readonly Assignment[] = []

/**
 * UPDATE [TOP (n)] target [, …] SET … [OUTPUT …] [FROM …] [WHERE …] [RETURNING …];
 * `UPDATE t FROM s SET` (Teradata) and `UPDATE a JOIN b ON … SET` (MySQL) have their relations before SET.
 */
export function updateStatement(cursor: Cursor, from: number, ctes: readonly Cte[]): UpdateStatement {
  cursor.at++
  eatModifiers(cursor)
  const set = find(cursor, 'SET')
  const before = within(cursor, set < 0 ? cursor.end : set, () => targets(cursor))
  if (set >= 0) cursor.at = set
  const list = eat(cursor, 'SET') ? assignments(cursor) : NO_ASSIGNMENTS
  const output = outputClause(cursor)
  const relations = eat(cursor, 'FROM') ? cursor.rules.relations(cursor) : before.relations
  const where = updateWhere(cursor)
  const given = returning(cursor)
  const errors = logErrors(cursor)
  skipTail(cursor)
  return {
    kind: 'update',
    keyword: 'UPDATE',
    from,
    to: finish(cursor),
    ctes,
    target: before.target,
    assignments: list,
    relations,
    where,
    output: output ?? errors,
    returning: given,
  }
}

function eatModifiers(cursor: Cursor): void {
  // OR REPLACE, OR IGNORE (SQLite)
  if (eat(cursor, 'OR')) cursor.at++
  if (eat(cursor, 'TOP')) {
    skipBalanced(cursor)
    eat(cursor, 'PERCENT')
  }
  while (eatAny(cursor, MODIFIERS)) if (atEnd(cursor)) return
}

function targets(cursor: Cursor): { readonly target: Source; readonly relations: readonly Relation[] } {
  const list = cursor.rules.relations(cursor)
  const first = list[0]
  const target: Source = first?.source ?? { kind: 'unknown', alias: null, from: here(cursor), to: here(cursor) }
  if (list.length > 1 || (first !== undefined && first.joins.length > 0)) return { target, relations: list }
  return { target, relations: eat(cursor, 'FROM') ? cursor.rules.relations(cursor) : NO_RELATIONS }
}

/** `WHERE cond`, `WHERE CURRENT OF c`. */
export function updateWhere(cursor: Cursor): Expr | null {
  if (!eat(cursor, 'WHERE')) return null
  if (peek(cursor, 'CURRENT')) {
    skipUntil(cursor, AFTER_CURRENT)
    return null
  }
  return cursor.rules.expression(cursor)
}

const AFTER_CURRENT: ReadonlySet<Word> = new Set<Word>(['RETURNING', 'OPTION'])

const TAILS: ReadonlySet<Word> = new Set<Word>(['ORDER', 'LIMIT', 'OPTION', 'LOG', 'SETTINGS', 'ELSE', 'ALL', 'FOR', 'LABEL', 'LOGGING'])

/** ORDER BY, LIMIT, OPTION (…), LOG ERRORS; Teradata's `ELSE INSERT …` writes the same table from the same parameters. */
export function skipTail(cursor: Cursor): void {
  if (!TAILS.has(blockElse(cursor) ? '' : wordHere(cursor))) return
  skipRest(cursor)
}

function wordHere(cursor: Cursor): Word {
  for (const tail of TAILS) if (peek(cursor, tail)) return tail
  return ''
}

/** `IF x UPDATE … ELSE …`: this ELSE is the script's. */
function blockElse(cursor: Cursor): boolean {
  return cursor.dialect.grammar.bareStatements && peek(cursor, 'ELSE')
}
