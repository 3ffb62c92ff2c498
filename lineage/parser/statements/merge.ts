import { TOKEN } from '../../tokens/tokens.ts'
import type { Word } from '../../tokens/words.ts'
import type { Assignment, ColumnExpr, Cte, Expr, MergeBranch, MergeStatement, Relation, Source } from '../../tree.ts'
import { atEnd, type Cursor, eat, eat2, here, kind, lastEnd, peek, skipBalanced, wordAt } from '../cursor.ts'
import { parseColumnList, parseColumnRefs, parseTableName } from '../names.ts'
import { find, finish, skipRest, within } from './boundary.ts'
import { assigned, assignments, inBrackets, logErrors, NO_COLUMNS, outputClause, returning, sourceOfName } from './parts.ts'
import { skipTail, updateWhere } from './update.ts'

const NO_ASSIGNMENTS: readonly Assignment[] = []
const NO_VALUES: readonly Expr[] = []
const BEFORE_ON: ReadonlySet<Word> = new Set<Word>(['WHEN'])

/** MERGE [WITH SCHEMA EVOLUTION] [INTO] target USING source ON condition WHEN … THEN … [OUTPUT …] [RETURNING …]. */
export function mergeStatement(cursor: Cursor, from: number, ctes: readonly Cte[]): MergeStatement {
  cursor.at++
  if (peek(cursor, 'WITH') && wordAt(cursor, 1) === 'SCHEMA') cursor.at += 3
  if (eat(cursor, 'TOP')) {
    skipBalanced(cursor)
    eat(cursor, 'PERCENT')
  }
  eat(cursor, 'INTO')
  const using = find(cursor, 'USING')
  const target = within(cursor, using < 0 ? cursor.end : using, () => {
    eat(cursor, 'ONLY')
    return cursor.rules.source(cursor)
  })
  if (using >= 0) cursor.at = using
  const source: Source = eat(cursor, 'USING') ? mergeSource(cursor) : { kind: 'unknown', alias: null, from: here(cursor), to: here(cursor) }
  const on = eat(cursor, 'ON') ? cursor.rules.expression(cursor) : null
  // in place of ON (DuckDB)
  const shared = on === null && eat(cursor, 'USING') ? parseColumnList(cursor) : []
  const listed = branches(cursor)
  const output = outputClause(cursor)
  const given = returning(cursor)
  const errors = logErrors(cursor)
  skipTail(cursor)
  return {
    kind: 'merge',
    keyword: 'MERGE',
    from,
    to: finish(cursor),
    ctes,
    target,
    source,
    on,
    using: shared,
    branches: listed,
    output: output ?? errors,
    returning: given,
  }
}

/** One source, or a join of several; `USING VALUES (…) AS s (…)` needs no brackets in Teradata. */
function mergeSource(cursor: Cursor): Source {
  const on = find(cursor, 'ON', BEFORE_ON)
  const from = here(cursor)
  if (peek(cursor, 'VALUES')) return valuesSource(cursor, on)
  const relations: readonly Relation[] = cursor.rules.relations(cursor)
  const first = relations[0]
  if (first !== undefined && relations.length === 1 && first.joins.length === 0) return first.source
  return { kind: 'group', relations, alias: null, from, to: lastEnd(cursor) }
}

function valuesSource(cursor: Cursor, on: number): Source {
  const from = here(cursor)
  return within(cursor, on < 0 ? cursor.end : on, () => {
    const query = cursor.rules.query(cursor)
    eat(cursor, 'AS')
    const named = atEnd(cursor) ? null : cursor.rules.source(cursor)
    const alias = named?.kind === 'table' ? { name: named.name.parts[0] ?? null, columns: NO_ALIAS } : null
    const columns = named?.kind === 'function' ? named.call : null
    const listed =
      columns === null
        ? alias
        : { name: columns.name[0] ?? null, columns: columns.args.flatMap((arg) => (arg.kind === 'column' ? arg.parts : [])) }
    return { kind: 'query', query, lateral: false, alias: listed, from, to: lastEnd(cursor) }
  })
}

const NO_ALIAS = [] as const

function branches(cursor: Cursor): readonly MergeBranch[] {
  const list: MergeBranch[] = []
  if (peek(cursor, 'REMOVE')) return removeDuplicates(cursor)
  while (peek(cursor, 'WHEN')) list.push(branch(cursor))
  return list
}

/** `MERGE … REMOVE DUPLICATES` (Redshift) replaces matching rows by those of the source, which has the same columns. */
function removeDuplicates(cursor: Cursor): readonly MergeBranch[] {
  const from = here(cursor)
  cursor.at = Math.min(cursor.at + 2, cursor.end)
  const common = {
    condition: null,
    star: true,
    assignments: NO_ASSIGNMENTS,
    columns: NO_COLUMNS,
    values: NO_VALUES,
    from,
    to: lastEnd(cursor),
  }
  return [
    { match: 'matched', ...common, action: 'update' },
    { match: 'not-matched', ...common, action: 'insert' },
  ]
}

function branch(cursor: Cursor): MergeBranch {
  const from = here(cursor)
  cursor.at++
  const match = matchKind(cursor)
  const condition = eat(cursor, 'AND') ? cursor.rules.expression(cursor) : null
  eat(cursor, 'THEN')
  const acted = action(cursor)
  // WHERE of a branch, and DELETE WHERE after an update (Oracle)
  const where = updateWhere(cursor)
  if (eat(cursor, 'DELETE')) updateWhere(cursor)
  return { match, condition: condition ?? where, ...acted, from, to: lastEnd(cursor) }
}

function matchKind(cursor: Cursor): MergeBranch['match'] {
  const not = eat(cursor, 'NOT')
  eat(cursor, 'MATCHED')
  const bySource = eat2(cursor, 'BY', 'SOURCE')
  if (!bySource) eat2(cursor, 'BY', 'TARGET')
  if (!not) return 'matched'
  return bySource ? 'not-matched-by-source' : 'not-matched'
}

type Action = Pick<MergeBranch, 'action' | 'star' | 'assignments' | 'columns' | 'values'>

function action(cursor: Cursor): Action {
  if (eat(cursor, 'UPDATE') || eat(cursor, 'UPD')) return updateAction(cursor)
  if (eat(cursor, 'INSERT') || eat(cursor, 'INS')) return insertAction(cursor)
  const removes = eat(cursor, 'DELETE') || eat(cursor, 'DEL')
  if (!removes) eat2(cursor, 'DO', 'NOTHING')
  // THEN ERROR ['message'] (DuckDB)
  if (!removes && eat(cursor, 'ERROR') && kind(cursor) === TOKEN.string) cursor.at++
  return { action: removes ? 'delete' : 'nothing', star: false, assignments: NO_ASSIGNMENTS, columns: NO_COLUMNS, values: NO_VALUES }
}

function updateAction(cursor: Cursor): Action {
  const byName = eatAllByName(cursor)
  const set = !byName && eat(cursor, 'SET')
  const star = byName || !set || (peek(cursor, '*') && wordAt(cursor, 1) !== '=')
  if (set && star) {
    cursor.at++
    if (eat(cursor, 'EXCEPT')) skipBalanced(cursor)
  }
  return {
    action: 'update',
    star,
    assignments: set && !star ? assignments(cursor) : NO_ASSIGNMENTS,
    columns: NO_COLUMNS,
    values: NO_VALUES,
  }
}

/** `UPDATE ALL BY NAME`, `INSERT ALL BY NAME` (Snowflake), `UPDATE BY NAME` (DuckDB). */
function eatAllByName(cursor: Cursor): boolean {
  eat(cursor, 'ALL')
  return eat2(cursor, 'BY', 'NAME') || eat2(cursor, 'BY', 'POSITION')
}

/** `(cols) VALUES (…)`, `VALUES (…)`, `(…)` alone (Teradata), `ROW`, `*`, DEFAULT VALUES, nothing. */
function insertAction(cursor: Cursor): Action {
  if (eatAllByName(cursor)) return inserted(true, NO_COLUMNS, NO_VALUES)
  if (eat(cursor, '*')) {
    if (eat(cursor, 'EXCEPT')) skipBalanced(cursor)
    return inserted(true, NO_COLUMNS, NO_VALUES)
  }
  let columns: readonly ColumnExpr[] = NO_COLUMNS
  if (peek(cursor, '(')) {
    const close = cursor.tokens.closers[cursor.at] ?? 0
    if (!isSource(cursor, close + 1)) return inserted(false, NO_COLUMNS, bracketed(cursor))
    columns = parseColumnRefs(cursor)
  }
  // OVERRIDING SYSTEM VALUE
  if (peek(cursor, 'OVERRIDING')) cursor.at = Math.min(cursor.at + 3, cursor.end)
  if (eat(cursor, 'ROW')) return inserted(true, columns, NO_VALUES)
  if (eat2(cursor, 'DEFAULT', 'VALUES') || atEnd(cursor)) return inserted(columns.length === 0, columns, NO_VALUES)
  if (eat(cursor, 'VALUES') || eat(cursor, 'VALUE')) return inserted(false, columns, peek(cursor, '(') ? bracketed(cursor) : NO_VALUES)
  return inserted(columns.length === 0, columns, NO_VALUES)
}

function isSource(cursor: Cursor, at: number): boolean {
  const found = wordAt(cursor, at - cursor.at)
  return found === 'VALUES' || found === 'VALUE' || found === 'ROW' || found === 'OVERRIDING' || found === 'DEFAULT'
}

function inserted(star: boolean, columns: readonly ColumnExpr[], values: readonly Expr[]): Action {
  return { action: 'insert', star, assignments: NO_ASSIGNMENTS, columns, values }
}

function bracketed(cursor: Cursor): readonly Expr[] {
  return inBrackets(cursor, () => {
    const list: Expr[] = []
    if (atEnd(cursor)) return list
    do list.push(assigned(cursor))
    while (eat(cursor, ','))
    return list
  })
}

/**
 * APPLY CHANGES INTO t FROM s KEYS (…) … and AUTO CDC INTO t FROM s … (Databricks): an upsert by name;
 * KEYS and COLUMNS * EXCEPT (…) say how and which columns, not where from.
 */
export function applyChanges(cursor: Cursor, from: number): MergeStatement {
  const keyword = peek(cursor, 'APPLY') ? 'APPLY CHANGES' : 'APPLY CDC'
  while (!atEnd(cursor) && !peek(cursor, 'INTO')) cursor.at++
  eat(cursor, 'INTO')
  const start = here(cursor)
  const name = parseTableName(cursor)
  const target: Source = name === null ? { kind: 'unknown', alias: null, from: start, to: lastEnd(cursor) } : sourceOfName(name)
  const keys = find(cursor, 'KEYS')
  const source: Source = within(cursor, keys < 0 ? cursor.end : keys, () =>
    eat(cursor, 'FROM') ? cursor.rules.source(cursor) : { kind: 'unknown', alias: null, from: start, to: start },
  )
  const to = skipRest(cursor)
  const common = { condition: null, star: true, assignments: NO_ASSIGNMENTS, columns: NO_COLUMNS, values: NO_VALUES, from, to }
  const both: readonly MergeBranch[] = [
    { match: 'matched', ...common, action: 'update' },
    { match: 'not-matched', ...common, action: 'insert' },
  ]
  return { kind: 'merge', keyword, from, to, ctes: [], target, source, on: null, using: [], branches: both, output: null, returning: [] }
}
