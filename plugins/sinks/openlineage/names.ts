import type { OpenLineageConfig } from './config.ts'

/** A dataset or job as OpenLineage identifies it. */
export interface Identifier {
  readonly namespace: string
  readonly name: string
}

/** What a batch says about names. */
export interface Naming {
  readonly namespace: string
  /** Outermost path levels that names leave out. */
  readonly omittedLevels: number
  readonly fold: (name: string) => string
}

export function namingOf(config: OpenLineageConfig, batch: { readonly namespace: string; readonly omittedLevels?: number }): Naming {
  return { namespace: config.namespace ?? batch.namespace, omittedLevels: batch.omittedLevels ?? 0, fold: FOLDS[config.caseOption] }
}

const FOLDS: Readonly<Record<OpenLineageConfig['caseOption'], (name: string) => string>> = {
  asStored: (name) => name,
  lower: (name) => name.toLowerCase(),
  upper: (name) => name.toUpperCase(),
}

/** Tables are named within the source; files by their own store (https://openlineage.io/docs/spec/naming). */
export function identifierOf(path: readonly string[], naming: Naming): Identifier {
  const [only] = path
  if (path.length === 1 && only !== undefined) {
    const file = fileIdentifier(only)
    if (file !== null) return file
    if (only.startsWith('@')) return { namespace: naming.namespace, name: only }
  }
  const omitted = path.length > naming.omittedLevels + 1 ? naming.omittedLevels : 0
  return { namespace: naming.namespace, name: path.slice(omitted).map(naming.fold).join('.') }
}

const FILE_URL = /^(s3|s3a|s3n|gs|gcs|abfss?|wasbs?|hdfs|dbfs|https?|file):\/\/([^/]*)\/?(.*)$/i
/** The names a store goes by in URLs and the one it has in OpenLineage. */
const SCHEMES: Readonly<Record<string, string>> = { s3a: 's3', s3n: 's3', gcs: 'gs', abfs: 'abfss', wasb: 'wasbs' }

export function fileIdentifier(url: string): Identifier | null {
  const [, scheme, host, path] = FILE_URL.exec(url) ?? []
  if (scheme === undefined || host === undefined || path === undefined) return null
  const lower = scheme.toLowerCase()
  if (lower === 'file') return { namespace: host === '' ? 'file' : `file://${host}`, name: `/${path}` }
  return { namespace: `${SCHEMES[lower] ?? lower}://${host}`, name: path.replace(/\/+$/, '') || '/' }
}
