import type { Alias, ColumnExpr, Ident, InsertStatement, InsertTarget, Query, Relation } from '../../tree.ts'
import type { Context, CteFrame, Scope, ScopeSource } from '../context.ts'
import { control, valueOf } from '../expressions.ts'
import { type BaseTable, column, EMPTY_ROW, type RowType, rowOf } from '../model.ts'
import { fold, looseKey } from '../names.ts'
import { addCtes, resolveQuery } from '../query.ts'
import { addRelations } from '../relations.ts'
import { byPosition, columnsOf } from '../rows.ts'
import { newScope } from '../scope.ts'
import { assign } from './assignments.ts'
import { targetNames, writeByName, writeRow, written } from './targets.ts'
import { returnedRow, writeOutput } from './update.ts'

/** INSERT in all its forms; the row that RETURNING gives. */
export function resolveInsert(context: Context, statement: InsertStatement, outer: CteFrame | null): RowType {
  const ctes = addCtes(context, statement.ctes, true, null, outer)
  const shared = statement.source ? resolveQuery(context, statement.source, null, ctes) : null
  let returned: RowType = EMPTY_ROW
  for (const target of statement.targets) {
    const table = written(context, target.name)
    if (!target.location) context.effects.push({ effect: 'write', table: table.name, overwrite: statement.overwrite })
    const row = targetRow(context, statement, target, shared, ctes)
    writeTarget(context, table, target, row)
    if (statement.assignments.length > 0) resolveConflict(context, table, target, row, statement, ctes)
    if (statement.output) returned = writeOutput(tableScope(context, table, target.alias, ctes), table, statement.output)
    if (statement.returning.length > 0) returned = returnedRow(tableScope(context, table, target.alias, ctes), table, statement.returning)
  }
  return returned
}

function targetRow(
  context: Context,
  statement: InsertStatement,
  target: InsertTarget,
  shared: RowType | null,
  ctes: CteFrame | null,
): RowType {
  if (target.query) return resolveQuery(context, sharing(target.query, statement.shared), null, ctes)
  const row = shared ?? EMPTY_ROW
  if (target.condition === null && target.values === null) return row
  const scope = newScope(context, null, ctes)
  scope.sources.push(rowSource(null, row))
  control(scope, [target.condition], 'FILTER')
  if (target.values === null) return row
  return rowOf(target.values.map((expr, i) => column(lastName(context, expr) ?? `_col${i}`, valueOf(scope, expr))))
}

function lastName(context: Context, expr: NonNullable<InsertTarget['values']>[number]): string | null {
  const last = expr.kind === 'column' ? expr.parts.at(-1) : undefined
  return last ? fold(last, context.dialect.resolution.columns) : null
}

/** Hive: `FROM x INSERT … SELECT …` gives each SELECT the FROM in front. */
function sharing(query: Query, shared: readonly Relation[]): Query {
  if (shared.length === 0 || query.body.kind !== 'select' || query.body.relations.length > 0) return query
  return { ...query, body: { ...query.body, relations: shared } }
}

function rowSource(alias: string | null, row: RowType, qualifiedOnly = false): ScopeSource {
  return { alias, path: null, row, hidden: null, silent: qualifiedOnly, qualifiedOnly }
}

function tableScope(context: Context, table: BaseTable, alias: Ident | null, ctes: CteFrame | null): Scope {
  const scope = newScope(context, null, ctes)
  const path = table.name.parts.map(looseKey)
  scope.sources.push({ ...rowSource(alias ? looseKey(alias.text) : (path.at(-1) ?? ''), table.row), path: alias ? null : path })
  return scope
}

// ---------------------------------------------------------------- columns of the target

function writeTarget(context: Context, table: BaseTable, target: InsertTarget, row: RowType): void {
  if (target.byName) return writeByName(context, table, row)
  if (target.partition.length > 0) return writePartitioned(context, table, target, row)
  writeRow(context, table, row, listedNames(context, table, target.columns))
}

function listedNames(context: Context, table: BaseTable, columns: readonly ColumnExpr[]): readonly string[] | null {
  return columns.length > 0 ? targetNames(context, table, columns) : null
}

/** Hive: keys with a value are constants, the others take the last columns of the query, whatever these are called. */
function writePartitioned(context: Context, table: BaseTable, target: InsertTarget, row: RowType): void {
  const rules = context.dialect.resolution.columns
  const keys = new Set(target.partition.map((each) => looseKey(each.column.text)))
  const dynamic = target.partition.filter((each) => each.value === null).map((each) => fold(each.column, rules))
  const listed = listedNames(context, table, target.columns) ?? table.schema?.columns.filter((name) => !keys.has(looseKey(name))) ?? null
  if (listed !== null) return writeRow(context, table, row, [...listed.filter((name) => !keys.has(looseKey(name))), ...dynamic])
  const columns = columnsOf(context, row)
  const keep = Math.max(columns.length - dynamic.length, 0)
  const lasting = columns.slice(0, keep)
  const moved = columns.slice(keep).map((each, i) => (each.star ? each : column(dynamic[i] ?? each.name, each.inputs)))
  writeRow(context, table, rowOf([...lasting, ...moved]), null)
}

// ---------------------------------------------------------------- ON CONFLICT, ON DUPLICATE KEY

/** `excluded.a`, `new.a` and MySQL's VALUES(a) are what would have been inserted into a. */
function resolveConflict(
  context: Context,
  table: BaseTable,
  target: InsertTarget,
  row: RowType,
  { assignments, rowAlias, source }: Pick<InsertStatement, 'assignments' | 'rowAlias' | 'source'>,
  ctes: CteFrame | null,
): void {
  const scope = tableScope(context, table, target.alias, ctes)
  const names = listedNames(context, table, target.columns) ?? table.schema?.columns ?? null
  const columns = columnsOf(context, row)
  const inserted =
    names === null
      ? row
      : rowOf(
          byPosition(columns, names.length).flatMap((each, i) => (names[i] === undefined ? [] : [column(names[i], each?.inputs ?? [])])),
        )
  for (const alias of ['excluded', 'values', rowAlias?.name ? looseKey(rowAlias.name.text) : 'new']) {
    if (scope.sources[0]?.alias !== alias) scope.sources.push(rowSource(alias, inserted, true))
  }
  if (rowAlias && rowAlias.columns.length > 0) addRenamed(scope, rowAlias, inserted)
  addRows(scope, source)
  for (const assignment of assignments) assign(scope, table, assignment)
}

/** `VALUES (1, 2) AS new (m, n) ON DUPLICATE KEY UPDATE b = m + n`: the names of the row alias need no qualifier. */
function addRenamed(scope: Scope, alias: Alias, inserted: RowType): void {
  const rules = scope.context.dialect.resolution.columns
  const placed = byPosition(columnsOf(scope.context, inserted), alias.columns.length)
  const renamed = rowOf(alias.columns.map((name, i) => column(fold(name, rules), placed[i]?.inputs ?? [])))
  scope.sources.push({ ...rowSource(alias.name ? looseKey(alias.name.text) : null, renamed), silent: true })
}

/** ON DUPLICATE KEY UPDATE a = s.b (MySQL) may name the relations of the query that gave the rows. */
function addRows(scope: Scope, source: Query | null): void {
  if (!scope.context.dialect.lexical.executableComments || source?.body.kind !== 'select') return
  const outer = newScope(scope.context, null, addCtes(scope.context, source.ctes, source.recursive, null, scope.ctes))
  addRelations(outer, source.body.relations)
  for (const each of outer.sources) scope.sources.push({ ...each, silent: true, qualifiedOnly: true })
}
