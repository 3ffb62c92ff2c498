import { applyEvents } from '../../catalog/mining/events.ts'
import { listLog } from './list.ts'
import type { Mining } from './mining.ts'
import { resolveProcesses } from './resolve.ts'
import { scanShard } from './scan.ts'
import { settleSessions } from './settle.ts'
import { lineageCounts, scanTotals } from './totals.ts'
import { countUsage } from './usage.ts'

/** All steps in one process, as the tasks of a run do them: for tests, benchmarks and programs that bring their own durability. */
export async function mineOnce(
  mining: Mining,
  timed: (step: string, wallMs: number, cpuMs: number) => void = () => undefined,
): Promise<void> {
  const step = async <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
    const [begun, cpu] = [performance.now(), process.cpuUsage()]
    const result = await work()
    const { user, system } = process.cpuUsage(cpu)
    timed(name, performance.now() - begun, (user + system) / 1000)
    return result
  }
  const shards = await step('list', () => listLog(mining))
  await step('scan', async () => {
    const rest = shards.values()
    const width = mining.options.width ?? mining.threads.size
    await Promise.all(Array.from({ length: width }, () => scanSome(mining, rest)))
  })
  await step('settle', async () => {
    await settleSessions(mining)
    await scanTotals(mining)
  })
  await step('resolve', () => resolveProcesses(mining))
  await step('usage', async () => {
    await countUsage(mining)
    await applyEvents(mining.catalog, mining.log, mining.now())
    await lineageCounts(mining)
  })
}

async function scanSome(mining: Mining, shards: IterableIterator<Parameters<typeof scanShard>[1]>): Promise<void> {
  for (const shard of shards) await scanShard(mining, shard, { scope: `${mining.run}:scan` })
}
