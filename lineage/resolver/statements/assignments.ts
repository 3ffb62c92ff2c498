import type { Assignment, ColumnExpr, Expr, Ident } from '../../tree.ts'
import type { Scope } from '../context.ts'
import { valueOf } from '../expressions.ts'
import type { BaseTable, Inputs } from '../model.ts'
import { looseKey } from '../names.ts'
import { columnsOf } from '../rows.ts'
import { sourceNamed } from '../scope.ts'
import { edge, targetColumn } from './targets.ts'

/** `SET a = x`, `SET (a, b) = (SELECT x, y …)`: each target column gets what stands at its place. */
export function assign(scope: Scope, target: BaseTable, { targets, value }: Assignment): void {
  const places = targets.length > 1 ? spread(scope, value, targets.length) : [assignedValue(scope, target, targets[0], value)]
  for (const [i, column] of targets.entries()) {
    const table = assignedTable(scope, target, column)
    edge(scope.context, table.name, targetColumn(scope.context, table, unqualified(scope, table, column.parts)), places[i] ?? [])
  }
}

/** Of `a += x`, which is read as `a = a + x`, the first a is the target's, whatever other relations have. */
function assignedValue(scope: Scope, target: BaseTable, column: ColumnExpr | undefined, value: Expr): Inputs {
  const [first, ...rest] = value.kind === 'operation' ? value.operands : []
  const source = first !== undefined && first === column ? scope.sources.find((each) => each.row.table === target) : undefined
  if (value.kind !== 'operation' || column === undefined || column.parts.length > 1 || !source?.alias) return valueOf(scope, value)
  const { from, to } = column
  const own: ColumnExpr = { kind: 'column', parts: [{ text: source.alias, quoted: true, from, to }, ...column.parts], from, to }
  return valueOf(scope, { ...value, operands: [own, ...rest] })
}

/** `t.a` is column a of t; `s.a`, where nothing is called s, is field a of column s. */
function unqualified(scope: Scope, target: BaseTable, parts: readonly Ident[]): readonly Ident[] {
  if (parts.length < 2) return parts
  if (!scope.context.dialect.resolution.structFields) return composite(scope, target, parts) ? parts.slice(0, 1) : parts
  for (let length = parts.length - 1; length >= 1; length--) if (sourceNamed(scope, parts, length)) return parts.slice(length, length + 1)
  // the target's own name, though it has an alias
  if (parts.length === 2 && !composite(scope, target, parts)) return parts.slice(1)
  return parts.slice(0, 1)
}

/** `SET c.f = x` where neither a relation nor the target is called c: field f of column c (Postgres). */
function composite(scope: Scope, target: BaseTable, parts: readonly Ident[]): boolean {
  const [first] = parts
  if (parts.length !== 2 || !first || sourceNamed(scope, parts, 1)) return false
  return looseKey(first.text) !== looseKey(target.name.parts.at(-1) ?? '')
}

/** MySQL updates several tables at once: the qualifier says which. */
function assignedTable(scope: Scope, target: BaseTable, { parts }: ColumnExpr): BaseTable {
  const named = parts.length > 1 ? sourceNamed(scope, parts, parts.length - 1) : null
  const table = named?.row.table ?? null
  if (table !== null && table !== target) scope.context.writes.add(table.name)
  return table ?? target
}

function spread(scope: Scope, value: Expr, count: number): readonly Inputs[] {
  if (value.kind === 'construct') return value.items.map((item) => valueOf(scope, item))
  if (value.kind === 'subquery') {
    const row = scope.context.resolvers.query(scope.context, value.query, scope, scope.ctes)
    return columnsOf(scope.context, row).map((each) => each.inputs)
  }
  const inputs = valueOf(scope, value)
  return Array.from({ length: count }, () => inputs)
}
