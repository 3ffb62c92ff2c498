import { countLineage } from '../../catalog/lineage.ts'
import { type CountedPart, partsNotCounted, raiseLastRuns } from '../../catalog/metadata/last-runs.ts'
import { retireProcesses } from '../../catalog/metadata/prune.ts'
import { lineageGaps } from '../../catalog/metadata/report.ts'
import { boundTo } from '../metadata/extract.ts'
import { NO_DAY } from '../mining/threads/times.ts'
import type { TaskContext, TaskFunction } from '../task.ts'
import { readLineageOptions } from '../usage/options.ts'

const DAY_MS = 86_400_000

/** What is known now, and what is not and why: in the run's counts and warnings, and in `lodeline lineage report`. */
export const lineageReport: TaskFunction = async (context) => {
  const { catalog, pipeline, host } = context
  const options = readLineageOptions(pipeline)
  const { document } = boundTo(context.connection, pipeline.name)
  if (options.reconcile) {
    await noteLastRuns(context, document.name)
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

/** A connection without a usage pipeline has its executions scanned all the same: what they say of time decides what is stale. */
async function noteLastRuns({ catalog, heartbeat }: TaskContext, connection: string): Promise<void> {
  for await (const page of partsNotCounted(catalog, connection)) {
    const times = new Map<string, string>()
    for (const part of page)
      for (const [process, time] of lastTimes(part)) {
        const known = times.get(process)
        if (known === undefined || known < time) times.set(process, time)
      }
    await raiseLastRuns(catalog, times)
    heartbeat()
  }
}

function lastTimes({ processes, usage }: CountedPart): ReadonlyMap<string, string> {
  const { id } = JSON.parse(processes) as { readonly id: readonly string[] } // written by the scan, like the next
  const {
    process = [],
    day = [],
    last = [],
  } = JSON.parse(usage) as Readonly<Partial<Record<'process' | 'day' | 'last', readonly number[]>>>
  const times = new Map<string, number>()
  for (const [row, index] of process.entries()) {
    const of = id[index]
    const dayNumber = day[row] ?? NO_DAY
    if (of === undefined || dayNumber === NO_DAY) continue
    times.set(of, Math.max(times.get(of) ?? 0, dayNumber * DAY_MS + (last[row] ?? 0)))
  }
  return new Map([...times].map(([of, time]) => [of, new Date(time).toISOString()]))
}
