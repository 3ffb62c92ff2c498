import {
  beginUsage,
  commitUsage,
  readsOf,
  storedUsage,
  type UncountedPart,
  type UsageRows,
  uncountedParts,
  usageVersion,
} from '../../catalog/mining/usage.ts'
import type { Mining } from './mining.ts'
import type { UsageBatch } from './threads/usage-thread.ts'

const THREAD = { file: new URL('./threads/usage-thread.ts', import.meta.url) }
/**
 * A part has what 12 MB of the log give: some ten thousand counters. Each batch writes the rows of nearly all processes and assets again, so that many
 * small ones would take most of a run's time; this many counters take some 80 MB.
 */
const BATCH = { parts: 200, counters: 500_000 }

/** Adds what was mined to the usage of assets and processes; part by part, each once. */
export async function countUsage(mining: Mining): Promise<void> {
  const { catalog, log, options, threads, signal, report } = mining
  await beginUsage(catalog, log, options.excludedUsers)
  for (;;) {
    signal.throwIfAborted()
    const version = await usageVersion(catalog, log.connection)
    const parts = await uncountedParts(catalog, log.connection, BATCH)
    if (parts.length === 0) return
    const processes = processesOf(parts)
    const batch: UsageBatch = {
      parts: parts.map(({ processes, usage }) => ({ processes, usage })),
      rows: parts.reduce((sum, { rows }) => sum + rows, 0),
      reads: await readsOf(catalog, processes),
      before: await storedUsage(catalog, log.connection, daysOf(parts), processes),
      excludedUsers: options.excludedUsers,
    }
    const rows = await threads.run<UsageRows>(THREAD, batch, { signal })
    await commitUsage(catalog, log, version, parts, rows)
    report.heartbeat()
  }
}

function processesOf(parts: readonly UncountedPart[]): readonly string[] {
  const processes = new Set<string>()
  for (const part of parts) {
    const { id } = JSON.parse(part.processes) as { readonly id: readonly string[] } // written by the scan
    for (const process of id) processes.add(process)
  }
  return [...processes]
}

/** First and last day of the parts; records without a time are on the day ''. */
function daysOf(parts: readonly UncountedPart[]): readonly [string, string] {
  const days = parts.flatMap(({ first_day, last_day }) => [first_day, last_day]).filter((day) => day !== '')
  return [days.reduce((one, other) => (one < other ? one : other), '9999'), days.reduce((one, other) => (one > other ? one : other), '')]
}
