import type { KeyObject } from 'node:crypto'
import { getConnection } from '../../catalog/connections.ts'
import type { Catalog } from '../../catalog/open.ts'
import { getPipeline } from '../../catalog/pipelines.ts'
import { sealSecrets } from '../../catalog/secrets.ts'
import type { DocumentPath } from '../../contracts/once.ts'
import type { Documents, Placed } from './read.ts'

/**
 * Encrypts what is secret in documents: credentials, and settings whose schema is marked. References stay as they are,
 * and a value that is as it was keeps its ciphertext. The key is made only when something has to be encrypted.
 */
export async function sealDocuments(
  catalog: Catalog,
  documents: Documents,
  secrets: readonly DocumentPath[],
  key: () => KeyObject,
): Promise<Documents> {
  const connections = await Promise.all(
    documents.connections.map(async (placed, index) => {
      const credentials = Object.keys(placed.value.credentials ?? {}).map((name) => ['credentials', name])
      const paths = [...credentials, ...secrets.filter((one) => one.kind === 'connection' && one.index === index).map(({ path }) => path)]
      return paths.length === 0 ? placed : seal(placed, paths, (await getConnection(catalog.db, placed.value.name))?.document, key)
    }),
  )
  const pipelines = await Promise.all(
    documents.pipelines.map(async (placed, index) => {
      const paths = secrets.filter((one) => one.kind === 'pipeline' && one.index === index).map(({ path }) => path)
      return paths.length === 0 ? placed : seal(placed, paths, (await getPipeline(catalog.db, placed.value.name))?.document, key)
    }),
  )
  return { ...documents, connections, pipelines }
}

function seal<Value>(
  placed: Placed<Value>,
  paths: readonly (readonly (string | number)[])[],
  before: unknown,
  key: () => KeyObject,
): Placed<Value> {
  const value = structuredClone(placed.value)
  for (const path of paths) {
    const holder = at(value, path.slice(0, -1))
    const name = path.at(-1)
    const given = name === undefined ? undefined : Reflect.get(holder ?? {}, name)
    if (holder === undefined || name === undefined || typeof given !== 'string') continue
    const was = at(before, path)
    const sealed = sealSecrets({ value: given }, key(), typeof was === 'string' ? { value: was } : {})
    Reflect.set(holder, name, sealed['value'])
  }
  return { ...placed, value }
}

function at(value: unknown, path: readonly (string | number)[]): object | undefined {
  const found = path.reduce<unknown>(
    (inner, step) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, step) : undefined),
    value,
  )
  return found as object | undefined // callers check what it is
}
