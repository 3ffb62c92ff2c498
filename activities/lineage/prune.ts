import { removeEdges } from '../../catalog/metadata/prune.ts'
import type { LineageIngestionOptions } from '../../contracts/metadata-options.ts'
import type { Accepts } from '../metadata/filters.ts'
import type { TaskContext } from '../task.ts'

export function hasFilter({ databaseFilterPattern, schemaFilterPattern, tableFilterPattern }: LineageIngestionOptions): boolean {
  return databaseFilterPattern !== undefined || schemaFilterPattern !== undefined || tableFilterPattern !== undefined
}

/** Edges from and to what the filter does not let through. */
export async function pruneLineage(context: TaskContext, options: LineageIngestionOptions, accepts: Accepts): Promise<void> {
  if (!hasFilter(options) || context.connection === null) return
  const removed = await removeEdges(context.catalog, context.connection.document.name, accepts)
  if (removed > 0) context.count('filteredProcesses', removed)
}
