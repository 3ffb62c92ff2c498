import { countLineage } from '../../catalog/lineage.ts'
import { retireProcesses } from '../../catalog/metadata/prune.ts'
import { lineageGaps } from '../../catalog/metadata/report.ts'
import { boundTo } from '../metadata/extract.ts'
import type { TaskFunction } from '../task.ts'
import { readLineageOptions } from '../usage/options.ts'

const DAY_MS = 86_400_000

/** What is known now, and what is not and why: in the run's counts and warnings, and in `lodeline lineage report`. */
export const lineageReport: TaskFunction = async (context) => {
  const { catalog, pipeline, host } = context
  const options = readLineageOptions(pipeline)
  const { document } = boundTo(context.connection, pipeline.name)
  if (options.reconcile) {
    const before = new Date(host.now() - options.staleAfterDays * DAY_MS).toISOString()
    context.total('retired', await retireProcesses(catalog, document.name, before))
  }
  const { tableEdges, columnEdges } = await countLineage(catalog.db, document.name)
  context.total('edges', tableEdges)
  context.total('columnEdges', columnEdges)
  const gaps = await lineageGaps(catalog.db, document.name)
  for (const { reason, statements } of gaps) context.total(`unresolved.${reason}`, statements)
  if (gaps.length > 0) {
    const reasons = gaps.slice(0, 5).map(({ reason, statements, samples }) => `${statements} ${reason} (${samples[0]?.what ?? ''})`)
    context.warn(`Lineage is not complete: ${reasons.join('; ')}. \`lodeline lineage report --connection ${document.name}\` says all.`)
  }
  return { gaps: gaps.length }
}
