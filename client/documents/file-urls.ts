import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const RELATIVE = /^file:(?:\/\/)?(\.{1,2}\/.*)$/

/**
 * `file://./logs` and `file://../logs`, with or without the slashes, are meant from the file they are written in; the
 * worker that reads them later knows nothing of that file, so they become absolute here.
 */
export function withAbsoluteFileUrls(value: unknown, file: string): unknown {
  const base = pathToFileURL(resolve(file)).href
  const absolute = (part: unknown): unknown => {
    if (typeof part === 'string') {
      const path = RELATIVE.exec(part)?.[1]
      return path === undefined ? part : new URL(path, base).href
    }
    if (Array.isArray(part)) return part.map(absolute)
    if (typeof part !== 'object' || part === null) return part
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, absolute(inner)]))
  }
  return absolute(value)
}
