import type { NameIndex, Scope, ScopeSource } from './context.ts'
import type { RowType } from './model.ts'
import { isOpen } from './rows.ts'

/** Up to here it is quicker to look through all. */
const MANY_SOURCES = 64

export function isWide(scope: Scope): boolean {
  return scope.sources.length > MANY_SOURCES
}

/** The first source that is known to have the column. */
export function sourceKnowing(scope: Scope, key: string): ScopeSource | null {
  for (const source of indexed(scope).known.get(key) ?? []) if (!source.hidden?.has(key)) return source
  return null
}

/** The first `most` sources that may have the column, though nobody knows. */
export function sourcesOpenTo(scope: Scope, key: string, most: number): readonly ScopeSource[] {
  const found: ScopeSource[] = []
  for (const source of indexed(scope).open) {
    if (source.hidden?.has(key) || !isOpen(source.row, key)) continue
    found.push(source)
    if (found.length === most) break
  }
  return found
}

function indexed(scope: Scope): NameIndex {
  scope.names ??= { count: 0, known: new Map(), open: [], tables: new Set(), shared: new Map() }
  const { names, sources } = scope
  for (; names.count < sources.length; names.count++) {
    const source = sources[names.count]
    if (source && !source.qualifiedOnly) add(names, source)
  }
  return names
}

function add(names: NameIndex, source: ScopeSource): void {
  const { row } = source
  for (const key of keysOf(row)) {
    const sources = names.known.get(key)
    if (sources === undefined) names.known.set(key, [source])
    else sources.push(source)
  }
  if (row.table === null) {
    if (row.any !== null || row.stars.length > 0) names.open.push(source)
  } else if (row.table.schema === null && !names.tables.has(row.table)) {
    names.tables.add(row.table)
    names.open.push(source)
  }
}

function keysOf(row: RowType): Iterable<string> {
  if (row.table) return row.table.schema?.index.keys() ?? []
  const keys = new Set(row.index?.keys() ?? [])
  for (const each of row.columns ?? []) if (each.star === null) keys.add(each.key)
  return keys
}
