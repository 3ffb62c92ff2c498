import { HISTORY } from '../../contracts/metadata-options.ts'
import type { Pipeline } from '../../contracts/pipeline.ts'
import type { Connector } from '../../contracts/plugin.ts'

export const CAPABILITIES = ['check', 'metadata', 'queries', 'lineage', 'rows'] as const satisfies readonly (keyof Connector)[]

export function capabilitiesOf(connector: Connector): readonly string[] {
  return CAPABILITIES.filter((capability) => connector[capability] !== undefined)
}

/** What a connector lacks for a pipeline, with the remedy, and the setting it is about; null where it has all. */
export function lackOf(connector: Connector, { type, options, connection }: Pipeline): { path: readonly string[]; message: string } | null {
  const has = `it has: ${capabilitiesOf(connector).join(', ') || 'nothing'}`
  if (type === 'metadataIngestion' && connector.metadata === undefined) {
    const remedy = `\`lodeline catalog import FILE --connection ${connection ?? 'NAME'}\` takes its schemas from an export`
    return { path: ['type'], message: `the connector \`${connector.name}\` reads no metadata (${has}); ${remedy}` }
  }
  if (!readsOwnHistory(type, options) || connector.queries !== undefined) return null
  const path = options['queryLog'] === undefined ? ['type'] : ['options', 'queryLog']
  const remedy = 'name a query log: `options.queryLog: {kind: s3, bucket, prefix, keys}`'
  return { path, message: `the connector \`${connector.name}\` has no query history to read (${has}); ${remedy}` }
}

function readsOwnHistory(type: string, { queryLog, queryLineage }: Pipeline['options']): boolean {
  if (type === 's3QueryMining') return isHistory(queryLog)
  if (type !== 'usageIngestion' && (type !== 'lineageIngestion' || queryLineage === false)) return false
  return queryLog === undefined || isHistory(queryLog)
}

function isHistory(queryLog: unknown): boolean {
  return typeof queryLog === 'object' && queryLog !== null && 'kind' in queryLog && queryLog.kind === HISTORY
}
