import type { Connection } from '../../contracts/pipeline.ts'
import { SECRET_REFERENCE } from '../../contracts/secret.ts'

const SECRET_NAME = /password|passwd|secret|token|api_?key|private_?key|access_?key$|credential/i

/** A connection as it may be shown: references stay readable, values of what is or sounds secret do not. */
export function maskedConnection(document: Connection): Connection {
  const credentials = document.credentials
  return {
    ...document,
    config: maskObject(document.config) as Connection['config'], // the same keys, strings for strings
    ...(credentials === undefined
      ? {}
      : { credentials: Object.fromEntries(Object.entries(credentials).map(([name, value]) => [name, masked(value)])) }),
  }
}

export function masked(value: string): string {
  return SECRET_REFERENCE.test(value) && !value.startsWith('enc:') ? value : '***'
}

/** Any document: only values under names that sound secret are hidden. */
export function maskObject(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(maskObject)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      SECRET_NAME.test(name) && typeof inner === 'string' ? masked(inner) : maskObject(inner),
    ]),
  )
}
