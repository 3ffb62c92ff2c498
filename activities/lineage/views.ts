import { lineageScopes, putLineageScope } from '../../catalog/metadata/lineage-filters.ts'
import { resolveAgain } from '../../catalog/metadata/prune.ts'
import {
  type CatalogView,
  putViewProcesses,
  removeOtherViews,
  viewFingerprint,
  viewFingerprints,
  viewProcessId,
  viewsOf,
} from '../../catalog/metadata/views.ts'
import { boundTo } from '../metadata/extract.ts'
import type { TaskFunction } from '../task.ts'
import { readLineageOptions } from '../usage/options.ts'
import { scopeOf, wantedBy } from './scope.ts'
import type { ReadView, ViewBatch } from './view-thread.ts'

const THREAD = { file: new URL('./view-thread.ts', import.meta.url) }
const BATCH_BUDGET_MS = 60_000

/** Every view's text becomes a process that is resolved with those of the queries; one that has not changed stays as it is. */
export const viewLineage: TaskFunction = async (context) => {
  const { catalog, pipeline, threads, signal } = context
  const options = readLineageOptions(pipeline)
  const { document, connector } = boundTo(context.connection, pipeline.name)
  const { dialect } = connector.names
  if (await putLineageScope(catalog, document.name, pipeline.name, scopeOf(pipeline, document.name, options)))
    await resolveAgain(catalog, document.name)
  if (!options.viewLineage) return { skipped: true }
  const accepts = wantedBy(await lineageScopes(catalog, document.name), document.name, 'views')
  let views = 0
  for await (const page of viewsOf(catalog, document.name)) {
    const wanted = page.filter(({ path }) => accepts(path))
    views += wanted.length
    const known = await viewFingerprints(catalog, wanted)
    const changed = wanted.filter((view) => known.get(viewProcessId(view.asset)) !== viewFingerprint(view))
    const batch: ViewBatch = {
      dialect,
      views: changed.map((view) => ({ sql: statementOf(view), database: view.database, schema: view.schema })),
    }
    const read = changed.length === 0 ? [] : await threads.run<readonly ReadView[]>(THREAD, batch, { signal, budgetMs: BATCH_BUDGET_MS })
    const processes = changed.flatMap((view, index) => {
      const found = read[index]
      return found === undefined ? [] : [{ view, ...found }]
    })
    await putViewProcesses(catalog, document.name, dialect, processes)
    if (changed.length > 0) context.count('changedViews', changed.length)
    context.heartbeat()
  }
  context.total('views', views)
  const removed = await removeOtherViews(catalog, document.name, accepts)
  if (removed > 0) context.count('removedViews', removed)
  return { views }
}

/** What a source keeps of a view is its query, or the whole statement. */
function statementOf({ path, sql }: CatalogView): string {
  if (/^\s*create\b/i.test(sql)) return sql
  const name = path.map((part) => `"${part.replaceAll('"', '""')}"`).join('.')
  return `CREATE VIEW ${name} AS ${sql}`
}
