import { setTimeout as pause } from 'node:timers/promises'
import type { Checkpoint, Source, Window } from '../../../contracts/plugin.ts'
import type { QueryRecord } from '../../../contracts/query-record.ts'
import type { AthenaApi, QueryExecution } from './api.ts'
import { type AthenaConfig, catalogNameOf } from './config.ts'
import { isDenied, isNotFound } from './errors.ts'
import { isToolQuery } from './own-queries.ts'

/** History of the workgroups, newest first as Athena lists it. What a workgroup has is read as a whole before the next is begun. */
interface Position {
  readonly done: readonly string[]
}

/** On-demand price in us-east-1 and most regions (https://aws.amazon.com/athena/pricing/); a pipeline can say its own. */
const DEFAULT_PRICE_PER_TB = 5
const TB = 1e12
/** Athena bills at least this a query (same page). */
const LEAST_BYTES = 10e6
const BATCHES_AT_ONCE = 4
/** Ids that a batch call left out are asked for again, so often. */
const RETRIES = 5
/** Listing is by submission time; a query submitted earlier can still follow by a little. Pages wholly older than this are the end. */
const SLACK_MS = 3_600_000

export interface HistoryOptions {
  /** All enabled workgroups when absent; a disabled one is read only when it is named. */
  readonly workgroups?: readonly string[]
  readonly pricePerTb?: number
}

export async function* queries(
  source: Source<AthenaConfig>,
  window: Window,
  from: unknown,
  options: HistoryOptions = {},
): AsyncGenerator<QueryRecord | Checkpoint> {
  const { connect } = await import('./api.ts')
  const api = connect(source.config, source.host)
  try {
    const done = new Set(isPosition(from) ? from.done : [])
    for (const workGroup of await workGroupsOf(api, source, options)) {
      if (done.has(workGroup)) continue
      yield* historyOf(api, source, workGroup, window, options)
      done.add(workGroup)
      yield { checkpoint: { done: [...done].sort() } satisfies Position }
    }
  } finally {
    api.close()
  }
}

function isPosition(from: unknown): from is Position {
  return typeof from === 'object' && from !== null && 'done' in from && Array.isArray(from.done)
}

async function workGroupsOf(api: AthenaApi, source: Source<AthenaConfig>, options: HistoryOptions): Promise<readonly string[]> {
  if (options.workgroups !== undefined) return [...options.workgroups].sort()
  const names: string[] = []
  try {
    let token: string | undefined
    do {
      const page = await api.workGroups(token)
      for (const group of page.items) if (group.Name !== undefined && group.State !== 'DISABLED') names.push(group.Name)
      token = page.next
    } while (token !== undefined)
  } catch (error) {
    if (!isDenied(error)) throw error
    source.host.log('warn', `athena:ListWorkGroups is denied; reading the connection's workgroup ${source.config.workgroup} only`)
    return [source.config.workgroup]
  }
  return names.sort()
}

async function* historyOf(
  api: AthenaApi,
  source: Source<AthenaConfig>,
  workGroup: string,
  window: Window,
  options: HistoryOptions,
): AsyncGenerator<QueryRecord> {
  const seen = new Set<string>()
  const begin = Date.parse(window.from)
  try {
    for await (const ids of batches(api, workGroup, seen)) {
      const executions = (await Promise.all(ids.map((batch) => executionsOf(api, source, batch)))).flat()
      for (const execution of executions) {
        const record = recordOf(execution, source, window, options)
        if (record !== null) yield record
      }
      if (executions.length > 0 && executions.every((execution) => submitted(execution) < begin - SLACK_MS)) return
    }
  } catch (error) {
    source.host.signal.throwIfAborted()
    if (!isDenied(error) && !isNotFound(error)) throw error
    source.host.log('warn', `the history of workgroup ${workGroup} cannot be read`, {
      error: error instanceof Error ? error.message : String(error),
    })
    source.host.count('deniedWorkgroups')
  }
}

/** Pages of 50 ids, several at once; an id that two pages hold is given once. */
async function* batches(api: AthenaApi, workGroup: string, seen: Set<string>): AsyncGenerator<readonly (readonly string[])[]> {
  let token: string | undefined
  let group: (readonly string[])[] = []
  do {
    const page = await api.executionIds(workGroup, token)
    const fresh = page.items.filter((id) => !seen.has(id))
    for (const id of fresh) seen.add(id)
    if (fresh.length > 0) group.push(fresh)
    token = page.next
    if (group.length >= BATCHES_AT_ONCE || (token === undefined && group.length > 0)) {
      yield group
      group = []
    }
  } while (token !== undefined)
}

async function executionsOf(api: AthenaApi, source: Source<AthenaConfig>, ids: readonly string[]): Promise<readonly QueryExecution[]> {
  const found: QueryExecution[] = []
  let wanted = ids
  for (let attempt = 1; wanted.length > 0 && attempt <= RETRIES; attempt++) {
    const answer = await api.executions(wanted)
    found.push(...answer.found)
    wanted = answer.missing
    if (wanted.length > 0) await pause(200 * attempt, undefined, { signal: source.host.signal })
  }
  if (wanted.length > 0) source.host.count('executionsNotGiven', wanted.length)
  return found
}

function submitted(execution: QueryExecution): number {
  return execution.Status?.SubmissionDateTime?.getTime() ?? Number.POSITIVE_INFINITY
}

/** Null for what is outside the window, still running, or a tool's own. Every field of an execution may be absent. */
export function recordOf(
  execution: QueryExecution,
  source: Source<AthenaConfig>,
  window: Window,
  options: HistoryOptions,
): QueryRecord | null {
  const at = submitted(execution)
  const sql = execution.Query
  if (sql === undefined || (at !== Number.POSITIVE_INFINITY && (at < Date.parse(window.from) || at >= Date.parse(window.to)))) return null
  const state = execution.Status?.State
  if (state === 'QUEUED' || state === 'RUNNING') {
    source.host.count('stillRunning')
    return null
  }
  if (isToolQuery(sql)) {
    source.host.count('toolQueries')
    return null
  }
  const statistics = execution.Statistics
  const bytes = statistics?.DataScannedInBytes
  return {
    sql,
    defaultDatabase: execution.QueryExecutionContext?.Catalog ?? catalogNameOf(source.config),
    defaultSchema: execution.QueryExecutionContext?.Database ?? 'default',
    ...given('id', execution.QueryExecutionId),
    ...given('startTime', at === Number.POSITIVE_INFINITY ? undefined : at),
    ...given('endTime', execution.Status?.CompletionDateTime?.getTime()),
    ...given('durationMs', statistics?.TotalExecutionTimeInMillis),
    ...given('bytes', bytes),
    ...given('cost', bytes === undefined || execution.StatementType === 'DDL' ? undefined : costOf(bytes, options)),
    ...given('status', state),
  }
}

function costOf(bytes: number, options: HistoryOptions): number {
  return (Math.max(bytes, LEAST_BYTES) / TB) * (options.pricePerTb ?? DEFAULT_PRICE_PER_TB)
}

function given<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value }) // a computed key has no literal type
}
