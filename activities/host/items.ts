/** `$item` and `$item.FIELD` in the input of a mapped task: the history holds the reference, the worker the item. */
export function substituteItem(input: Readonly<Record<string, unknown>>, item: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(input).map(([key, value]) => [key, substitute(value, item)]))
}

function substitute(value: unknown, item: unknown): unknown {
  if (typeof value === 'string') return value === '$item' || value.startsWith('$item.') ? at(item, value.split('.').slice(1)) : value
  if (Array.isArray(value)) return value.map((one) => substitute(one, item))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, substitute(one, item)]))
}

function at(value: unknown, path: readonly string[]): unknown {
  let found = value
  for (const key of path) {
    if (found === null || typeof found !== 'object' || !Object.hasOwn(found, key)) return null
    found = (found as Readonly<Record<string, unknown>>)[key] // own key, checked above
  }
  return found ?? null
}
