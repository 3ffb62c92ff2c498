import { historyLogName } from '../../catalog/metadata/history.ts'
import { type LineageScope, type LineageScopes, lineageScopes } from '../../catalog/metadata/lineage-filters.ts'
import { removeEdges } from '../../catalog/metadata/prune.ts'
import { HISTORY, type LineageIngestionOptions } from '../../contracts/metadata-options.ts'
import type { Pipeline } from '../../contracts/pipeline.ts'
import { type Accepts, acceptsOf } from '../metadata/filters.ts'
import type { TaskContext } from '../task.ts'

/** Several lineage pipelines of a connection add up: each brings what its filters let through, and removes nothing that another wants. */

export function scopeOf({ name }: Pick<Pipeline, 'name'>, connection: string, options: LineageIngestionOptions): LineageScope {
  const { databaseFilterPattern, schemaFilterPattern, tableFilterPattern, useFullNameForFiltering, queryLog } = options
  const isFiltered = databaseFilterPattern !== undefined || schemaFilterPattern !== undefined || tableFilterPattern !== undefined
  return {
    log: options.queryLineage ? (queryLog.kind === HISTORY ? historyLogName(connection) : name) : null,
    views: options.viewLineage,
    locations: options.locationLineage,
    filters: isFiltered ? { databaseFilterPattern, schemaFilterPattern, tableFilterPattern, useFullNameForFiltering } : null,
  }
}

const EVERYTHING: Accepts = () => true

const acceptsIn = ({ filters }: LineageScope, connection: string): Accepts =>
  filters === null ? EVERYTHING : acceptsOf(filters, connection)

/** Tables that one of the pipelines wants the lineage of, of that kind. */
export function wantedBy(scopes: LineageScopes, connection: string, kind: 'views' | 'locations'): Accepts {
  const lets = Object.values(scopes)
    .filter((scope) => scope[kind])
    .map((scope) => acceptsIn(scope, connection))
  return (path) => lets.some((accepts) => accepts(path))
}

/** Edges that no lineage pipeline of the connection lets through; after each resolving, whichever pipeline it was of. */
export async function pruneLineage({ catalog, connection, count }: TaskContext): Promise<void> {
  if (connection === null) return
  const { name } = connection.document
  const scopes = Object.values(await lineageScopes(catalog, name))
  if (scopes.every(({ filters }) => filters === null)) return
  const filters = new Map<string, Accepts[]>()
  for (const scope of scopes) {
    const accepts = acceptsIn(scope, name)
    const logs = [...(scope.log === null ? [] : [scope.log]), ...(scope.views ? ['views'] : []), ...(scope.locations ? ['locations'] : [])]
    for (const log of logs) filters.set(log, [...(filters.get(log) ?? []), accepts])
  }
  const removed = await removeEdges(catalog, name, filters)
  if (removed > 0) count('filteredProcesses', removed)
}
