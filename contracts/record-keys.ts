/**
 * The value under a key of a query log's record. A key is first taken as it is written, then as a dotted path
 * (`query_info.sql`), so that exports which have dots in their column names work too.
 */
export function valueAtKey(record: Readonly<Record<string, unknown>>, key: string): unknown {
  if (Object.hasOwn(record, key)) return record[key]
  if (!key.includes('.')) return undefined
  let value: unknown = record
  for (const part of key.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[part] // an object with that key, as just checked
  }
  return value
}
