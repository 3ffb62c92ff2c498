import type { Connection } from '@temporalio/client'
import type { Logger } from 'winston'
import { SEARCH_ATTRIBUTES, type SearchAttribute } from '../contracts/temporal.ts'

/** temporal.api.enums.v1.IndexedValueType */
const KEYWORD = 2

/** Registers ours where the server lets us, and gives those it knows: a run sets no others, since that would hang it. */
export async function registerSearchAttributes(
  connection: Connection,
  namespace: string,
  log: Logger,
): Promise<readonly SearchAttribute[]> {
  const names = Object.keys(SEARCH_ATTRIBUTES) as SearchAttribute[] // the keys of a constant
  try {
    const known = await knownNames(connection, namespace)
    const missing = names.filter((name) => !known.has(name))
    if (missing.length > 0) {
      await connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
      })
    }
    const now = missing.length === 0 ? known : await knownNames(connection, namespace)
    return names.filter((name) => now.has(name))
  } catch (error) {
    log.warn('search attributes could not be registered; runs are not found by them', {
      reason: error instanceof Error ? error.message : String(error),
    })
    return knownNames(connection, namespace)
      .then((known) => names.filter((name) => known.has(name)))
      .catch(() => [])
  }
}

async function knownNames(connection: Connection, namespace: string): Promise<ReadonlySet<string>> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
  return new Set(Object.keys(customAttributes ?? {}))
}
