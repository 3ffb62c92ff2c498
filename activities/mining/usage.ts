import { beginUsage, commitUsage, readsOf, storedUsage, uncountedParts, type UsageRows, usageVersion } from '../../catalog/mining/usage.ts'
import type { Mining } from './mining.ts'
import { dayName } from './threads/times.ts'
import type { UsageBatch } from './threads/usage-thread.ts'

const THREAD = { file: new URL('./threads/usage-thread.ts', import.meta.url) }
const PARTS_A_BATCH = 12

/** Adds what was mined to the usage of assets and processes; part by part, each once. */
export async function countUsage(mining: Mining): Promise<void> {
  const { catalog, log, options, threads, signal, report } = mining
  await beginUsage(catalog, log)
  for (;;) {
    signal.throwIfAborted()
    const version = await usageVersion(catalog, log.connection)
    const parts = await uncountedParts(catalog, log.connection, PARTS_A_BATCH)
    if (parts.length === 0) return
    const processes = [...new Set(parts.flatMap((part) => (JSON.parse(part.processes) as { id: string[] }).id))] // written by the scan
    const batch: UsageBatch = {
      parts: parts.map(({ processes, usage }) => ({ processes, usage })),
      reads: await readsOf(catalog, processes),
      before: await storedUsage(catalog, log.connection, [...new Set(parts.flatMap(({ usage }) => daysOf(usage)))], processes),
      excludedUsers: options.excludedUsers,
    }
    const rows = await threads.run<UsageRows>(THREAD, batch, { signal })
    await commitUsage(catalog, log, version, parts, rows)
    report.heartbeat()
  }
}

/** Days that occur in a part's counters. */
function daysOf(usage: string): readonly string[] {
  const { day = [] } = JSON.parse(usage) as { day?: number[] } // written by the scan
  return [...new Set(day)].map(dayName)
}
