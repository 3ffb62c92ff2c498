import { activityInfo, heartbeat as beat, Context } from '@temporalio/activity'
import { addCount, type FlatCounts } from '../../catalog/run-counts.ts'
import { addWarning, doneItems, itemEnded, type LogLine, readList, writeList, writeProgress } from '../../catalog/run-progress.ts'
import { attemptFailed, taskStarted, taskSucceeded } from '../../catalog/run-state.ts'
import type { TaskCall, TaskResult } from '../../contracts/activities.ts'
import type { RunError } from '../../contracts/runs.ts'
import type { LogLevel, TaskContext } from '../task.ts'
import type { HostDeps } from './deps.ts'
import { type Classified, classify, isAbort, toFailure } from './failures.ts'
import { type LoadedRun, loadRun } from './load-run.ts'
import { blotter, type Redact, redactFacts, redactor } from './redact.ts'
import { resolveSecrets } from './secrets.ts'
import { startWatchdog, type Watchdog } from './watchdog.ts'

/** One attempt at one call: what it beats, counts, logs and writes down. */
export interface Attempt {
  readonly call: TaskCall
  readonly redact: Redact
  /** No further attempt follows. */
  readonly isLast: boolean
  readonly signal: AbortSignal
  /** What a task gives, without the secrets that it was given: a result is kept in clear. */
  withoutSecrets(result: TaskResult): TaskResult
  context(call: TaskCall): TaskContext
  classify(error: unknown): Classified
  doneItems(items: ItemRange): Promise<ReadonlySet<number>>
  readItems(items: ItemRange): Promise<readonly unknown[]>
  itemEnded(
    position: number,
    end: { readonly state: 'succeeded' | 'failed'; readonly output?: TaskResult; readonly error?: RunError },
  ): Promise<void>
  succeeded(result: TaskResult): Promise<void>
  failed(error: unknown): Promise<void>
  /** Stops its timers and writes what is left. */
  close(): Promise<void>
}

type ItemRange = NonNullable<TaskCall['items']>

/** What travels in heartbeats: the task's checkpoint, and what was counted up to it. */
interface Beat {
  readonly v: 1
  readonly item: number | null
  readonly checkpoint: unknown
  readonly counts: FlatCounts
}

interface AttemptState {
  readonly deps: HostDeps
  readonly call: TaskCall
  readonly loaded: LoadedRun
  readonly secrets: Set<string>
  readonly redact: Redact
  readonly startedAt: number
  /** Counts of the item at hand, or of the task. */
  counts: FlatCounts
  totals: FlatCounts
  position: number | null
  dirty: boolean
  lastBeat: Beat
  readonly logs: LogLine[]
  readonly watchdog: Watchdog
  flushing: Promise<void>
}

export async function startAttempt(deps: HostDeps, call: TaskCall): Promise<Attempt> {
  const loaded = await loadRun(deps, call.run)
  const secrets = new Set<string>()
  const state: AttemptState = {
    deps,
    call,
    loaded,
    secrets,
    redact: redactor(secrets),
    startedAt: deps.now(),
    counts: {},
    totals: {},
    position: null,
    dirty: false,
    lastBeat: previousBeat(),
    logs: [],
    watchdog: startWatchdog(deps.now, deps.settings.stuckAfterMs, (silentMs) => warnOfSilence(state, silentMs)),
    flushing: Promise.resolve(),
  }
  const { attempt } = activityInfo()
  await taskStarted(deps, call, attempt)
  const connection = await loaded.connect(deps, secrets).catch((error: unknown) => {
    throw toFailure(error, state.redact) // a complaint about a setting may quote a secret that was just resolved
  })
  const beating = setInterval(() => {
    beat(state.lastBeat)
    state.watchdog.look()
  }, deps.settings.beatEveryMs)
  const flushing = setInterval(() => void flush(state), deps.settings.flushEveryMs)
  return {
    call,
    redact: state.redact,
    isLast: call.attempts > 0 && attempt >= call.attempts,
    signal: Context.current().cancellationSignal,
    withoutSecrets: (result) => (secrets.size === 0 ? result : redactFacts(result, blotter(secrets))),
    context: (one) => contextOf(state, connection, one),
    classify: (error) => classify(error, state.redact, attempt),
    doneItems: (items) => doneItems(deps, call, items, loaded.itemsFrom(call.task, items.manifest)),
    readItems: ({ manifest, from, count }) => readList(deps, call.run, manifest, from, count),
    itemEnded: async (position, end) => {
      state.watchdog.moved()
      await (state.logs.length > 0 ? flush(state) : state.flushing) // what the item logged last would be forgotten with its counts
      await itemEnded(deps, call, { position, counts: { ...state.counts, ...exact(state.totals) }, ...end })
      state.counts = {}
      state.dirty = false
    },
    succeeded: (result) => finish(state, 'succeeded', result),
    failed: (error) => crash(state, error),
    close: async () => {
      clearInterval(beating)
      clearInterval(flushing)
      await flush(state)
    },
  }
}

/** Totals are kept beside counts, under a name that says so. */
function exact(totals: FlatCounts): FlatCounts {
  return Object.fromEntries(Object.entries(totals).map(([name, value]) => [`=${name}`, value]))
}

function previousBeat(): Beat {
  const details: unknown = activityInfo().heartbeatDetails
  const known = typeof details === 'object' && details !== null && 'v' in details && details.v === 1
  return known ? (details as Beat) : { v: 1, item: null, checkpoint: undefined, counts: {} } // written by `heartbeatOf` below
}

function contextOf(state: AttemptState, connection: TaskContext['connection'], call: TaskCall): TaskContext {
  const { deps, loaded, lastBeat } = state
  const position = call.index ?? null
  const goesOn = lastBeat.item === position
  state.position = position
  state.counts = goesOn ? { ...lastBeat.counts } : {}
  if (!goesOn) state.lastBeat = { v: 1, item: position, checkpoint: undefined, counts: {} }
  const { cancellationSignal: signal } = Context.current()
  const log = (level: LogLevel, message: string, facts?: Readonly<Record<string, unknown>>): void => writeLog(state, level, message, facts)
  const count = (name: string, by = 1): void => {
    addCount(state.counts, name, by)
    state.watchdog.moved()
    state.dirty = true
  }
  return {
    call,
    input: loaded.input,
    pipeline: loaded.pipeline,
    connection,
    catalog: deps.catalog,
    registry: deps.registry,
    threads: deps.threads,
    signal,
    host: { signal, log, count, now: deps.now },
    checkpoint: goesOn ? lastBeat.checkpoint : undefined,
    attempt: activityInfo().attempt,
    heartbeat: (checkpoint) => heartbeatOf(state, position, checkpoint),
    log,
    count,
    total: (name, value) => {
      state.totals[name] = value
      state.watchdog.moved()
      state.dirty = true
    },
    warn: (message) => warn(state, message),
    manifest: {
      write: (items) => writeList(deps, call, state.secrets.size === 0 ? items : blotted(items, blotter(state.secrets))),
      read: (manifest, from, number) => readList(deps, call.run, manifest, from, number),
    },
    resolveSecrets: (config) => resolveSecrets(config, deps.secrets, state.secrets),
  }
}

async function* blotted(items: Iterable<unknown> | AsyncIterable<unknown>, blot: Redact): AsyncGenerator<unknown> {
  for await (const item of items) yield redactFacts({ item }, blot)['item']
}

function warn(state: AttemptState, message: string): void {
  void addWarning(state.deps, state.call.run, state.redact(message))
  writeLog(state, 'warn', message)
}

/** A sensor or a task that has nothing to count may be silent too: it is a warning, no failure. */
function warnOfSilence(state: AttemptState, silentMs: number): void {
  warn(state, `Task ${state.call.task} has moved nothing for ${Math.round(silentMs / 1000)} s (attempt ${activityInfo().attempt})`)
}

function heartbeatOf(state: AttemptState, position: number | null, checkpoint: unknown): void {
  if (checkpoint !== undefined) state.watchdog.moved()
  state.lastBeat = { v: 1, item: position, checkpoint: checkpoint ?? state.lastBeat.checkpoint, counts: { ...state.counts } }
  beat(state.lastBeat)
}

function writeLog(state: AttemptState, level: LogLevel, message: string, facts: Readonly<Record<string, unknown>> = {}): void {
  const clean = state.redact(message)
  const cleanFacts = redactFacts(facts, state.redact)
  const { run, task, pipeline } = state.call
  state.deps.log(level, clean, { run, task, pipeline, ...cleanFacts })
  if (!state.loaded.keepsLog(level)) return
  state.logs.push({ at: new Date(state.deps.now()).toISOString(), level, message: clean, facts: cleanFacts })
  state.dirty = true
}

/** Writes live counts and logs; a catalog that is away for a moment loses neither. */
async function flush(state: AttemptState): Promise<void> {
  if (!state.dirty) return state.flushing
  state.dirty = false
  const logs = state.logs.splice(0)
  const write = async (): Promise<void> => {
    try {
      await writeProgress(state.deps, state.call, {
        position: state.position,
        counts: { ...state.counts, ...exact(state.totals) },
        logs,
      })
    } catch {
      state.logs.unshift(...logs)
      state.dirty = true
    }
  }
  state.flushing = state.flushing.then(write)
  return state.flushing
}

async function finish(state: AttemptState, outcome: string, result: TaskResult): Promise<void> {
  await flush(state)
  if (state.call.items === undefined && typeof result.again !== 'string') await taskSucceeded(state.deps, state.call, result)
  state.deps.taskEnded(state.call.uses, outcome, (state.deps.now() - state.startedAt) / 1000)
}

/** What was counted since the last checkpoint is forgotten: the next attempt counts it again. */
async function crash(state: AttemptState, error: unknown): Promise<void> {
  const stopped = isAbort(error)
  const { code, message } = classify(error, state.redact)
  if (!stopped) {
    writeLog(state, 'error', message, { code, attempt: activityInfo().attempt })
    await attemptFailed(state.deps, state.call, { code, message }).catch(() => undefined) // shown, not relied on
  }
  state.counts = { ...state.lastBeat.counts }
  state.dirty = true
  state.deps.taskEnded(state.call.uses, stopped ? 'stopped' : 'failed', (state.deps.now() - state.startedAt) / 1000)
}
