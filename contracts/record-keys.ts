type Members = Readonly<Record<string, unknown>>

/**
 * The value under a key of a query log's record. A key is first taken as it is written, then as a dotted path
 * (`query_info.sql`), so that exports which have dots in their column names work too, on any level.
 */
export function valueAtKey(record: Members, key: string): unknown {
  if (Object.hasOwn(record, key)) return record[key]
  for (let dot = key.indexOf('.'); dot >= 0; dot = key.indexOf('.', dot + 1)) {
    const below = Object.hasOwn(record, key.slice(0, dot)) ? record[key.slice(0, dot)] : undefined
    const found = isMembers(below) ? valueAtKey(below, key.slice(dot + 1)) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null
