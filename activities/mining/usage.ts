import type { MessagePort } from 'node:worker_threads'
import {
  beginUsage,
  commitUsage,
  readsOf,
  storedAssetUsage,
  storedProcessUsage,
  type UncountedPart,
  type UsageRows,
  uncountedParts,
  usageOfPart,
  usageVersion,
} from '../../catalog/mining/usage.ts'
import { LodelineError } from '../../contracts/errors.ts'
import { converse } from './converse.ts'
import type { Mining } from './mining.ts'
import type { FromUsageThread, ToUsageThread, UsageStart } from './threads/usage-messages.ts'

const THREAD = { file: new URL('./threads/usage-thread.ts', import.meta.url) }
/**
 * A part has what 12 MB of the log give: some ten thousand counters. Each batch writes the rows of nearly all processes and assets again, so that many
 * small ones would take most of a run's time; a counter takes 28 bytes, and 8 for each of its measures that the log has.
 */
const BATCH = { parts: 2_000, counters: 1_500_000 }

/** Adds what was mined to the usage of assets and processes; part by part, each once. */
export async function countUsage(mining: Mining): Promise<void> {
  const { catalog, log, options, report } = mining
  const excluded = await beginUsage(catalog, log, options.excludedUsers)
  for (;;) {
    mining.signal.throwIfAborted()
    const version = await usageVersion(catalog, log.connection)
    const uncounted = await uncountedParts(catalog, log.connection, BATCH)
    const [first] = uncounted
    if (first === undefined) return
    const excludedUsers = excluded[first.pipeline] ?? []
    const parts = uncounted.filter(({ pipeline }) => pipeline === first.pipeline)
    await commitUsage(catalog, log, version, parts, await countParts(mining, parts, excludedUsers))
    report.heartbeat()
  }
}

/** All goes through a port a little at a time: as one message it would be held several times over. */
async function countParts(mining: Mining, parts: readonly UncountedPart[], excludedUsers: readonly string[]): Promise<UsageRows> {
  const counters = parts.reduce((sum, { rows }) => sum + rows, 0)
  const start: Omit<UsageStart, 'port'> = { counters, excludedUsers }
  return await converse({ threads: mining.threads, task: THREAD, start, signal: mining.signal }, async (port, thread) => {
    const line = openLine(port, thread)
    for await (const message of messages(mining, parts)) await line.send(message)
    return await line.finish()
  })
}

async function* messages({ catalog, log, report }: Mining, parts: readonly UncountedPart[]): AsyncGenerator<ToUsageThread> {
  const processes = new Set<string>()
  for (const part of parts) {
    const { processes: members, usage } = await usageOfPart(catalog, part)
    const { id } = JSON.parse(members) as { readonly id: readonly string[] } // written by the scan
    for (const process of id) processes.add(process)
    yield { type: 'part', processes: members, usage }
    report.heartbeat()
  }
  for await (const reads of readsOf(catalog, [...processes])) yield { type: 'reads', reads }
  for await (const rows of storedAssetUsage(catalog, log.connection, daysOf(parts))) yield { type: 'storedAssets', rows }
  for await (const rows of storedProcessUsage(catalog, [...processes])) yield { type: 'storedProcesses', rows }
}

/** Main's end of the port: one message under way while the next is made. */
function openLine(port: MessagePort, thread: Promise<void>): { send(message: ToUsageThread): Promise<void>; finish(): Promise<UsageRows> } {
  const assets: string[] = []
  const processes: string[] = []
  let answered: () => void = () => undefined
  let finished: () => void = () => undefined
  let taken = Promise.resolve()
  const ended = thread.then(() => Promise.reject(new LodelineError('INTERNAL', 'a counting thread ended before its parts')))
  ended.catch(() => undefined) // awaited in the races below
  port.on('message', (message: FromUsageThread) => {
    if (message.type === 'assets') assets.push(message.rows)
    else if (message.type === 'processes') processes.push(message.rows)
    else if (message.type === 'finished') finished()
    else answered()
  })
  return {
    async send(message) {
      await Promise.race([taken, ended])
      taken = new Promise((resolve) => {
        answered = resolve
      })
      port.postMessage(message)
    },
    async finish() {
      await Promise.race([taken, ended])
      const all = new Promise<void>((resolve) => {
        finished = resolve
      })
      port.postMessage({ type: 'finish' } satisfies ToUsageThread)
      await Promise.race([all, thread.then(() => all)]) // the thread's end may overtake its last message
      return { assets, processes }
    },
  }
}

/** First and last day of the parts; records without a time are on the day ''. */
function daysOf(parts: readonly UncountedPart[]): readonly [string, string] {
  const days = parts.flatMap(({ first_day, last_day }) => [first_day, last_day]).filter((day) => day !== '')
  return [days.reduce((one, other) => (one < other ? one : other), '9999'), days.reduce((one, other) => (one > other ? one : other), '')]
}
