import type { DeleteStatement, OutputClause, SelectItem, Source, UpdateStatement } from '../../tree.ts'
import { type Context, type CteFrame, type Scope, type ScopeSource, tableNamed } from '../context.ts'
import { control } from '../expressions.ts'
import { type BaseTable, EMPTY_ROW, type RowType, rowOf } from '../model.ts'
import { fold, looseKey } from '../names.ts'
import { addCtes } from '../query.ts'
import { addRelations, scopeSource } from '../relations.ts'
import { columnsOf } from '../rows.ts'
import { findCte, newScope } from '../scope.ts'
import { itemColumns } from '../select.ts'
import { assign } from './assignments.ts'
import { writeRow, written } from './targets.ts'

/** UPDATE; the row that RETURNING gives. */
export function resolveUpdate(context: Context, statement: UpdateStatement, outer: CteFrame | null): RowType {
  const ctes = addCtes(context, statement.ctes, true, null, outer)
  const scope = newScope(context, null, ctes)
  addRelations(scope, statement.relations)
  const target = targetTable(scope, statement.target)
  for (const assignment of statement.assignments) assign(scope, target, assignment)
  control(scope, [statement.where], 'FILTER')
  const output = writeOutput(scope, target, statement.output)
  return statement.returning.length > 0 ? returnedRow(scope, target, statement.returning) : output
}

/** `RETURNING old.a, new.a` (Postgres): the row as it was and as it is. */
export function returnedRow(scope: Scope, target: BaseTable, items: readonly SelectItem[]): RowType {
  for (const alias of ['old', 'new'])
    scope.sources.push({ alias, path: null, row: target.row, hidden: null, silent: true, qualifiedOnly: true })
  return rowOf(itemColumns(scope, items))
}

export function resolveDelete(context: Context, statement: DeleteStatement, outer: CteFrame | null): RowType {
  const ctes = addCtes(context, statement.ctes, true, null, outer)
  const scope = newScope(context, null, ctes)
  addRelations(scope, statement.relations)
  const targets = statement.targets.map((target) => targetTable(scope, target))
  control(scope, [statement.where], 'FILTER')
  const output = targets[0] ? writeOutput(scope, targets[0], statement.output) : EMPTY_ROW
  const [first] = targets
  return statement.returning.length > 0 && first ? returnedRow(scope, first, statement.returning) : output
}

/**
 * The table that is changed. The text may call it by an alias of FROM, by its own name, or by a CTE over it (SQL Server); it comes
 * into scope, but is an input only where FROM reads it.
 */
export function targetTable(scope: Scope, source: Source): BaseTable {
  const { context } = scope
  const known = source.kind === 'table' ? namedInScope(scope, source) : null
  if (known) {
    context.writes.add(known.name)
    return known
  }
  if (source.kind === 'table') {
    const cte = throughCte(scope, source)
    const table = cte?.table ?? written(context, source.name)
    scope.byAlias = null
    scope.indexed = 0
    scope.sources.unshift(targetSource(source, cte?.row ?? table.row, table))
    if (cte) context.writes.add(table.name)
    return table
  }
  const made = scopeSource(scope, source)
  scope.byAlias = null
  scope.indexed = 0
  scope.sources.unshift(made)
  const table = made.row.table ?? firstTable(context, made.row)
  if (table) context.writes.add(table.name)
  return table ?? UNKNOWN_TABLE
}

const UNKNOWN_TABLE: BaseTable = {
  name: { name: '', parts: [], form: 'table', complete: false, temp: false },
  schema: null,
  found: new Map(),
  row: EMPTY_ROW,
  star: null,
}

function namedInScope(scope: Scope, source: Source & { kind: 'table' }): BaseTable | null {
  const [only] = source.name.parts
  const key = looseKey(source.name.parts.at(-1)?.text ?? '')
  if (source.name.parts.length === 1 && only) {
    for (const each of scope.sources) if (each.alias === key && each.row.table) return each.row.table
    return null
  }
  const full = tableNamed(scope.context, source.name)
  return scope.sources.some((each) => each.row.table === full) ? full : null
}

/** `WITH c AS (SELECT … FROM t) UPDATE c`: t is what changes. */
function throughCte(scope: Scope, source: Source & { kind: 'table' }): { readonly table: BaseTable; readonly row: RowType } | null {
  const [only] = source.name.parts
  if (!only || source.name.parts.length > 1) return null
  const row = findCte(scope.ctes, fold(only, scope.context.dialect.resolution.aliases))?.row
  const table = row ? firstTable(scope.context, row) : null
  return row && table ? { table, row } : null
}

function firstTable(context: Context, row: RowType): BaseTable | null {
  for (const each of columnsOf(context, row)) {
    const name = each.inputs[0]?.base.table
    for (const table of name ? context.tables.values() : []) if (table.name === name) return table
  }
  return null
}

function targetSource(source: Source & { kind: 'table' }, row: RowType, table: BaseTable): ScopeSource {
  const alias = source.alias?.name?.text ?? source.name.parts.at(-1)?.text ?? ''
  const path = source.alias?.name ? null : table.name.parts.map(looseKey)
  return { alias: looseKey(alias), path, row, hidden: null, silent: false, qualifiedOnly: false }
}

/** OUTPUT inserted.a, deleted.b INTO log: a second target, made of the first's columns. Without INTO it is what the statement gives. */
export function writeOutput(scope: Scope, target: BaseTable, output: OutputClause | null): RowType {
  if (output === null) return EMPTY_ROW
  const { context } = scope
  for (const alias of ['inserted', 'deleted']) {
    scope.sources.push({ alias, path: null, row: target.row, hidden: null, silent: true, qualifiedOnly: true })
  }
  const rules = context.dialect.resolution.columns
  const names = output.columns.length > 0 ? output.columns.map((each) => fold(each, rules)) : null
  const row = rowOf(itemColumns(scope, output.items))
  if (output.into === null) return row
  writeRow(context, written(context, output.into), row, names)
  return EMPTY_ROW
}
