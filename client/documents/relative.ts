import { pathToFileURL } from 'node:url'

/** `file://../logs` and `file:./logs` in a document mean: from where the document lies. Everything else stays as it is. */
export function absoluteFileUrls<Value>(value: Value, folder: string): Value {
  return map(value, folder) as Value // a string stays a string, everything else keeps its shape
}

const RELATIVE = /^file:(?:\/\/)?(\.\.?(?:\/.*)?)$/

function map(value: unknown, folder: string): unknown {
  if (typeof value === 'string') {
    const path = RELATIVE.exec(value)?.[1]
    return path === undefined ? value : new URL(path, pathToFileURL(`${folder}/`)).href
  }
  if (Array.isArray(value)) return value.map((item) => map(item, folder))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, map(inner, folder)]))
}
