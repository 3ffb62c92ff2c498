import type { TableName } from '../../contracts/lineage.ts'
import type { TableSchema } from './model.ts'

/** The columns of a table by its qualified, folded name parts; undefined where they are not known. Callers bring their own store. */
export type SchemaLookup = (parts: readonly string[]) => readonly string[] | undefined

/** A lookup with its answers indexed once; keep it as long as the schemas stay the same. */
export interface Schemas {
  readonly lookup: SchemaLookup
  readonly cache: Map<string, TableSchema | null>
}

export function createSchemas(lookup: SchemaLookup): Schemas {
  return { lookup, cache: new Map() }
}

export const NO_SCHEMAS: SchemaLookup = () => undefined

export function findSchema(schemas: Schemas, table: TableName): TableSchema | null {
  const key = table.parts.join('\u0000')
  const known = schemas.cache.get(key)
  if (known !== undefined) return known
  const columns = schemas.lookup(table.parts)
  const schema = columns === undefined ? null : indexed(columns)
  schemas.cache.set(key, schema)
  return schema
}

/** Columns match whatever the case; of two that differ in case alone the first is found by the loose key, each by its own spelling. */
export function indexed(columns: readonly string[]): TableSchema {
  const index = new Map<string, number>()
  for (const [i, name] of columns.entries()) {
    const key = name.toLowerCase()
    if (!index.has(key)) index.set(key, i)
    else if (!index.has(name)) index.set(name, i)
  }
  return { columns, index }
}

/**
 * A lookup over a plain record `{"db.schema.table": [columns]}`, whatever the case. A table is found by its full name, else by the
 * longest end of it that the record has, else by the one entry that ends with it.
 */
export function recordLookup(record: Readonly<Record<string, readonly string[]>>): SchemaLookup {
  const names = Object.keys(record)
  if (names.length === 0) return NO_SCHEMAS
  const exact = new Map<string, readonly string[]>()
  for (const name of names) exact.set(normalName(name), record[name] ?? [])
  let ends: Map<string, string | null> | null = null
  return (parts) => {
    const lower = parts.map((part) => part.toLowerCase())
    for (let from = 0; from < lower.length; from++) {
      const found = exact.get(lower.slice(from).join('.'))
      if (found) return found
    }
    ends ??= endings(exact.keys())
    const only = ends.get(lower.join('.'))
    return only === undefined || only === null ? undefined : exact.get(only)
  }
}

function normalName(name: string): string {
  return name.replace(/["`[\]]/g, '').toLowerCase()
}

/** Every proper end of a dotted name, with the one name that has it, or null where several do. */
function endings(names: Iterable<string>): Map<string, string | null> {
  const ends = new Map<string, string | null>()
  for (const name of names) {
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const end = name.slice(dot + 1)
      ends.set(end, ends.has(end) ? null : name)
    }
  }
  return ends
}
