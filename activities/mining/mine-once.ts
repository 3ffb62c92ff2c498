import { applyEvents } from '../../catalog/mining/events.ts'
import { listLog } from './list.ts'
import type { Mining } from './mining.ts'
import { resolveProcesses } from './resolve.ts'
import { scanShard } from './scan.ts'
import { settleSessions } from './settle.ts'
import { lineageCounts, scanTotals } from './totals.ts'
import { countUsage } from './usage.ts'

/** All steps in one process, as the tasks of a run do them: for tests, benchmarks and programs that bring their own durability. */
export async function mineOnce(mining: Mining): Promise<void> {
  const shards = await listLog(mining)
  const width = mining.options.width ?? mining.threads.size
  const scope = `${mining.run}:scan`
  const rest = shards.values()
  const worker = async (): Promise<void> => {
    for (const shard of rest) await scanShard(mining, shard, { scope })
  }
  await Promise.all(Array.from({ length: width }, worker))
  await settleSessions(mining)
  await scanTotals(mining)
  await resolveProcesses(mining)
  await countUsage(mining)
  await applyEvents(mining.catalog, mining.log, mining.now())
  await lineageCounts(mining)
}
