import { createReadStream } from 'node:fs'
import { foldBy } from '../catalog/asset-keys.ts'
import { type ImportResult, importSchemas } from '../catalog/import/import-schemas.ts'
import type { Catalog } from '../catalog/open.ts'
import type { ConnectionNames } from '../contracts/once.ts'
import { nameCase } from '../lineage/dialects/index.ts'

/** A schema export to take in: where it comes from, and for which connection. */
export interface SchemaImport {
  readonly names: ConnectionNames
  readonly stream: AsyncIterable<Uint8Array | string>
  /** The table that a DESCRIBE is of. */
  readonly table?: readonly string[]
}

export interface ImportHost {
  readonly now: string
  readonly signal: AbortSignal
  onProgress?(read: { readonly rows: number; readonly tables: number }): void
}

export async function importSchema(
  catalog: Catalog,
  { names, stream, table }: SchemaImport,
  { now, signal, onProgress }: ImportHost,
): Promise<ImportResult> {
  const levels = names.levels.map((level) => (level === 'schema' ? 'schema' : 'database'))
  return await importSchemas(
    catalog,
    names.connection,
    { levels, defaults: names.defaults, ...(table === undefined ? {} : { table }) },
    stream,
    { now, signal, fold: foldBy(nameCase(names.dialect)), ...(onProgress === undefined ? {} : { onProgress }) },
  )
}

export function fileStream(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: 256 * 1024 })
}
