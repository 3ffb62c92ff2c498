import { idOf } from '../../catalog/hash.ts'
import {
  coveredTo,
  entriesOfRun,
  forgetHistory,
  type HistoryEntry,
  historyLogName,
  openExecutions,
  putHistory,
  setCovered,
} from '../../catalog/metadata/history.ts'
import { LodelineError } from '../../contracts/errors.ts'
import { HISTORY } from '../../contracts/metadata-options.ts'
import type { Checkpoint, Host, Source } from '../../contracts/plugin.ts'
import type { QueryRecord } from '../../contracts/query-record.ts'
import type { Window } from '../../contracts/window.ts'
import { boundTo } from '../metadata/extract.ts'
import type { TaskContext, TaskFunction } from '../task.ts'
import { readHistoryOptions } from './options.ts'

const ENTRIES_A_BATCH = 5_000
const DAY_MS = 86_400_000
/** Longer, no source keeps it: Athena 45 days. */
const LONGEST_DAYS = 45
/** What a source lists late is met all the same. */
const OVERLAP_MS = 3_600_000
const OPEN_STATES = new Set(['QUEUED', 'RUNNING', 'STARTED', 'PENDING', 'COMPILING'])
const FAILED_STATES = new Set(['FAILED', 'CANCELLED', 'CANCELED', 'ABORTED', 'ERROR'])

/** Reads the connection's own query history of the window, each execution once, into the log that is mined next. */
export const fetchHistory: TaskFunction = async (context) => {
  const { pipeline, catalog, checkpoint, host } = context
  const options = readHistoryOptions(pipeline)
  const { kind, ...settings } = options.queryLog
  if (kind !== HISTORY) return { skipped: true }
  const bound = boundTo(context.connection, pipeline.name)
  const log = historyLogName(bound.document.name)
  const progress = progressName(log, settings)
  const window = await windowOf(context, progress, options.lookbackDays)
  const watched = watchedHost(context)
  const source: Source<unknown> = { connection: bound.document.name, config: bound.config, host: watched.host }
  const again = await openExecutions(catalog, log)
  const stream = bound.connector.queries?.(source, window, checkpoint, { again, settings })
  if (stream === undefined)
    throw new LodelineError('DOCUMENT_INVALID', `the connector ${bound.connector.name} has no query history; name a \`queryLog\``, {
      connector: bound.connector.name,
    })
  await write(context, log, stream)
  const unread = watched.unread()
  if (unread === null) await setCovered(catalog, progress, window.to)
  else context.warn(`The history of ${unread} could not be read; its window is read again next time. \`lodeline runs logs RUN\` says why.`)
  context.total('newHistoryEntries', await entriesOfRun(catalog, log, context.call.run))
  const now = host.now()
  const day = (time: number) => new Date(time).toISOString().slice(0, 10)
  const forgotten = await forgetHistory(catalog, log, day(Math.min(now, Date.parse(window.to)) - options.keepDays * DAY_MS), day(now))
  if (forgotten > 0) context.count('forgottenHistoryEntries', forgotten)
  return { ...window }
}

/** From where the log ends, so that nothing is read twice and a missed slot is caught up; a window that was read before is read again. */
async function windowOf({ call, catalog, host }: TaskContext, log: string, lookbackDays: number): Promise<Window> {
  const covered = await coveredTo(catalog, log)
  const to = call.window?.to ?? new Date(host.now()).toISOString()
  const first = call.window?.from ?? new Date(Date.parse(to) - lookbackDays * DAY_MS).toISOString()
  if (covered === null || covered >= to) return { from: first, to }
  return { from: new Date(Math.max(Date.parse(covered) - OVERLAP_MS, Date.parse(to) - LONGEST_DAYS * DAY_MS)).toISOString(), to }
}

/** What only some workgroups were read for is not covered for the others. */
function progressName(log: string, { workgroups }: Readonly<Record<string, unknown>>): string {
  return workgroups === undefined ? log : `${log} ${JSON.stringify(workgroups)}`
}

const NAMED = 5

/** What of the history could not be read, in words; null when nothing. A connector counts it, and says in its log which it is. */
function watchedHost({ host }: TaskContext): { readonly host: Host; unread(): string | null } {
  let denied = 0
  const names = new Set<string>()
  const count: Host['count'] = (name, by = 1) => {
    if (name === 'deniedWorkgroups') denied += by
    host.count(name, by)
  }
  const log: Host['log'] = (level, message, facts) => {
    if (level === 'warn' && typeof facts?.workGroup === 'string') names.add(facts.workGroup)
    host.log(level, message, facts)
  }
  const unread = () => {
    if (denied === 0) return null
    const told = [...names].sort()
    const some = `${told.slice(0, NAMED).join(', ')}${told.length > NAMED ? ', …' : ''}`
    return told.length === 0 ? 'some workgroups' : `${told.length === 1 ? 'workgroup' : `${told.length} workgroups:`} ${some}`
  }
  return { host: { ...host, count, log }, unread }
}

async function write(context: TaskContext, log: string, stream: AsyncIterable<QueryRecord | Checkpoint>): Promise<void> {
  let entries: HistoryEntry[] = []
  let checkpoint: unknown
  const flush = async (): Promise<void> => {
    const { written, known, open } = await putHistory(context.catalog, log, context.call.run, entries, context.host.now())
    if (entries.length > 0) context.count('historyEntries', entries.length)
    if (written > 0) context.count('newHistoryEntries', written)
    if (known > 0) context.count('knownHistoryEntries', known)
    if (open > 0) context.count('stillRunning', open)
    entries = []
    context.heartbeat(checkpoint)
  }
  for await (const one of stream) {
    if ('checkpoint' in one) {
      checkpoint = one.checkpoint
      if (entries.length >= ENTRIES_A_BATCH) await flush()
      else context.heartbeat()
    } else entries.push(entryOf(one))
    if (entries.length >= 2 * ENTRIES_A_BATCH) await flush()
  }
  await flush()
}

/** A source without ids has its executions told apart by what they are. */
function entryOf(record: QueryRecord): HistoryEntry {
  const state = String(record.status ?? '').toUpperCase()
  const id = record.id ?? idOf(record.sql, record.startTime ?? null, record.user ?? null, record.session ?? null)
  return { ...record, id, isOpen: OPEN_STATES.has(state), isFailed: FAILED_STATES.has(state) }
}
