import { setTimeout as pause } from 'node:timers/promises'
import { LodelineError } from '../../../contracts/errors.ts'
import type { Checkpoint, HistoryOptions, Source, Window } from '../../../contracts/plugin.ts'
import type { QueryRecord } from '../../../contracts/query-record.ts'
import type { AthenaApi, QueryExecution } from './api.ts'
import { type AthenaConfig, catalogNameOf, type HistorySettings, historySettings, isOwnCatalog, OWN_CATALOG } from './config.ts'
import { isDenied, isInvalid, isNotFound } from './errors.ts'
import { isToolQuery } from './own-queries.ts'

/** History of the workgroups, newest first as Athena lists it. Where to go on: what is done, and the page of the one begun. */
interface Position {
  readonly done: readonly string[]
  readonly page?: { readonly workGroup: string; readonly token: string }
}

const TB = 1e12
/** Athena bills at least this a query (same page). */
const LEAST_BYTES = 10e6
/** Ids of one BatchGetQueryExecution. */
const BATCH = 50
const BATCHES_AT_ONCE = 4
/** Ids that a batch call left out are asked for again, so often. */
const RETRIES = 5
/** Listing is by submission time; a query submitted earlier can still follow by a little. Pages wholly older than this are the end. */
const SLACK_MS = 3_600_000

interface Reading {
  readonly api: AthenaApi
  readonly source: Source<AthenaConfig>
  readonly window: Window
  readonly settings: HistorySettings
}

export async function* queries(
  source: Source<AthenaConfig>,
  window: Window,
  from: unknown,
  options: HistoryOptions = { again: [], settings: {} },
): AsyncGenerator<QueryRecord | Checkpoint> {
  const { connect } = await import('./api.ts')
  const settings = readSettings(options.settings)
  const api = connect(source.config, source.host)
  const reading: Reading = { api, source, window, settings }
  try {
    const position: Position = isPosition(from) ? from : { done: [] }
    const done = new Set(position.done)
    if (from === undefined || from === null) yield* againOf(reading, options.again)
    for (const workGroup of await workGroupsOf(reading)) {
      if (done.has(workGroup)) continue
      yield* historyOf(
        reading,
        { workGroup, done: [...done].sort() },
        position.page?.workGroup === workGroup ? position.page.token : undefined,
      )
      done.add(workGroup)
      yield { checkpoint: { done: [...done].sort() } satisfies Position }
    }
  } finally {
    api.close()
  }
}

function readSettings(given: HistoryOptions['settings']): HistorySettings {
  const read = historySettings.safeParse(given)
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw new LodelineError('DOCUMENT_INVALID', `options.queryLog: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not valid'}`)
}

function isPosition(from: unknown): from is Position {
  return typeof from === 'object' && from !== null && 'done' in from && Array.isArray(from.done)
}

/** What was still running when it was read before, whenever it was submitted. */
async function* againOf({ api, source, window, settings }: Reading, ids: readonly string[]): AsyncGenerator<QueryRecord> {
  const always = { ...window, from: new Date(0).toISOString() }
  for (let at = 0; at < ids.length; at += BATCH) {
    for (const execution of await executionsOf(api, source, ids.slice(at, at + BATCH))) {
      const record = recordOf(execution, source, always, settings)
      if (record !== null) yield record
    }
  }
}

async function workGroupsOf({ api, source, settings }: Reading): Promise<readonly string[]> {
  if (settings.workgroups !== undefined) return [...settings.workgroups].sort()
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

interface Begun {
  readonly workGroup: string
  readonly done: readonly string[]
}

async function* historyOf(
  reading: Reading,
  { workGroup, done }: Begun,
  from: string | undefined,
): AsyncGenerator<QueryRecord | Checkpoint> {
  const { api, source, window, settings } = reading
  const begin = Date.parse(window.from)
  try {
    for await (const { ids, next } of batches(api, workGroup, from)) {
      const executions = (await Promise.all(ids.map((batch) => executionsOf(api, source, batch)))).flat()
      for (const execution of executions) {
        const record = recordOf(execution, source, window, settings)
        if (record !== null) yield record
      }
      if (executions.length > 0 && executions.every((execution) => submitted(execution) < begin - SLACK_MS)) return
      if (next !== undefined) yield { checkpoint: { done, page: { workGroup, token: next } } satisfies Position }
    }
  } catch (error) {
    source.host.signal.throwIfAborted()
    // A token is good for a while only: the workgroup is then read from its beginning.
    if (from !== undefined && isInvalid(error)) return yield* historyOf(reading, { workGroup, done }, undefined)
    if (!isDenied(error) && !isNotFound(error)) throw error
    const why = error instanceof Error ? error.message : String(error)
    source.host.log('warn', `the history of workgroup ${workGroup} cannot be read: ${why}`, { workGroup })
    source.host.count('deniedWorkgroups')
  }
}

/** Pages of 50 ids, several at once; an id that two pages hold is given once. */
async function* batches(
  api: AthenaApi,
  workGroup: string,
  from: string | undefined,
): AsyncGenerator<{ readonly ids: readonly (readonly string[])[]; readonly next: string | undefined }> {
  let before: ReadonlySet<string> = new Set()
  let token = from
  let group: (readonly string[])[] = []
  do {
    const page = await api.executionIds(workGroup, token)
    const fresh = page.items.filter((id) => !before.has(id)) // new queries push ids from one page to the next
    before = new Set(page.items)
    if (fresh.length > 0) group.push(fresh)
    token = page.next
    if (group.length < BATCHES_AT_ONCE && token !== undefined) continue
    yield { ids: group, next: token }
    group = []
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

/** Null for what is outside the window or a tool's own. Every field of an execution may be absent. */
function recordOf(execution: QueryExecution, source: Source<AthenaConfig>, window: Window, settings: HistorySettings): QueryRecord | null {
  const at = submitted(execution)
  const sql = execution.Query
  if (sql === undefined || (at !== Number.POSITIVE_INFINITY && (at < Date.parse(window.from) || at >= Date.parse(window.to)))) return null
  if (isToolQuery(sql)) {
    source.host.count('toolQueries')
    return null
  }
  const statistics = execution.Statistics
  const bytes = statistics?.DataScannedInBytes
  return {
    sql,
    defaultDatabase: contextCatalog(execution, source.config),
    defaultSchema: execution.QueryExecutionContext?.Database ?? 'default',
    ...given('id', execution.QueryExecutionId),
    ...given('group', execution.WorkGroup),
    ...given('startTime', at === Number.POSITIVE_INFINITY ? undefined : at),
    ...given('endTime', execution.Status?.CompletionDateTime?.getTime()),
    ...given('durationMs', statistics?.TotalExecutionTimeInMillis),
    ...given('bytes', bytes),
    ...given('cost', bytes === undefined || execution.StatementType === 'DDL' ? undefined : costOf(bytes, settings)),
    ...given('status', execution.Status?.State),
  }
}

/** Athena writes a catalog's name in any case; an account's own is `AwsDataCatalog` to it, whatever the connection calls it. */
function contextCatalog(execution: QueryExecution, config: AthenaConfig): string {
  const said = execution.QueryExecutionContext?.Catalog
  const own = catalogNameOf(config)
  if (said === undefined || said === '') return own
  const means = said.toLowerCase()
  return means === own.toLowerCase() || (isOwnCatalog(config) && means === OWN_CATALOG.toLowerCase()) ? own : said
}

function costOf(bytes: number, { pricePerTb }: HistorySettings): number {
  return (Math.max(bytes, LEAST_BYTES) / TB) * pricePerTb
}

function given<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value }) // a computed key has no literal type
}
