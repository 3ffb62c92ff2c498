import { answerMessages } from './answer.ts'
import { threadMemory } from './thread-memory.ts'
import { dayRows } from './usage-days.ts'
import type { FromUsageThread, ToUsageThread, UsageStart } from './usage-messages.ts'
import { processRows } from './usage-processes.ts'
import { usageReads } from './usage-reads.ts'
import { type StoredRow, usageCounters } from './usage-table.ts'

/** Counts what comes through the port, until `finish`: gives the rows for the two usage tables. */
export async function run(start: UsageStart): Promise<void> {
  threadMemory.knowledge = null
  await answerMessages(start.port, counting(start))
}

function counting({ counters, excludedUsers }: UsageStart): (message: ToUsageThread) => Iterable<FromUsageThread> {
  const table = usageCounters(counters)
  const reads = usageReads(table.processOf)
  const stored = { assets: new Map<string, StoredRow>(), processes: new Map<string, StoredRow>() }

  function* finish(): Generator<FromUsageThread> {
    const counted = table.inOrder()
    const excluded = new Set(excludedUsers)
    for (const rows of dayRows(counted, reads.all(), excluded, stored.assets)) yield { type: 'assets', rows }
    for (const rows of processRows(counted, excluded, stored.processes)) yield { type: 'processes', rows }
    yield { type: 'finished' }
  }

  return (message) => {
    if (message.type === 'finish') return finish()
    if (message.type === 'part') table.add(message)
    else if (message.type === 'reads') reads.add(message.reads)
    else if (message.type === 'storedAssets') for (const row of message.rows) stored.assets.set(`${row[0]} ${row[1]}`, row)
    else for (const row of message.rows) stored.processes.set(String(row[0]), row)
    return [{ type: 'taken' }]
  }
}
