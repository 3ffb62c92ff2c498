import type { TaskRecord } from '../contracts/activities.ts'
import type { RunError, RunState } from '../contracts/runs.ts'
import { durationMs } from './durations.ts'
import { holds } from './inputs.ts'
import { begin, launch } from './launch.ts'
import { isSettled, progressOf, taskOf } from './progress.ts'
import { giveUpWaiting, settle } from './settle.ts'
import { verdict } from './trigger-rules.ts'
import { flying, inFlight, mayStart, scopeOf, type Walking, wakeAfter } from './world.ts'

export type WalkEnd = 'finished' | 'continue' | 'cancelled' | 'timedOut'

/**
 * Executes a DAG: starts what may start, waits until something happens, and so on until nothing is left. `continue` means that
 * the history is long and nothing is under way, so that the run can continue as new with its progress.
 */
export async function walk(walking: Walking): Promise<WalkEnd> {
  resumeTimers(walking)
  for (;;) {
    walking.changed = false
    walking.draining ||= shouldDrain(walking)
    startWhatMay(walking)
    writeDown(walking)
    if (inFlight(walking) === 0 && !walking.recording && walking.dirty.size === 0) {
      const end = endOf(walking)
      if (end !== null) return end
    }
    await nextChange(walking)
  }
}

function endOf(walking: Walking): WalkEnd | null {
  if (walking.stopped !== null) return walking.stopped
  if (Object.values(walking.progress.tasks).every(({ state }) => isSettled(state))) {
    walking.ended = true
    return 'finished'
  }
  return walking.draining ? 'continue' : null
}

async function nextChange(walking: Walking): Promise<void> {
  if (walking.stopped !== null) return walking.world.untilDone(() => walking.changed)
  try {
    await walking.world.until(() => walking.changed)
    if (timeLeft(walking) <= 0) stop(walking, 'timedOut')
  } catch {
    stop(walking, 'cancelled') // `until` rejects for nothing else
  }
}

/** What is under way is asked to stop, and waited for. */
function stop(walking: Walking, why: 'cancelled' | 'timedOut'): void {
  walking.stopped = why
  for (const flights of walking.flights.values()) for (const flight of flights) flight.cancel()
  for (const [id, task] of Object.entries(walking.progress.tasks)) {
    if (task.state === 'waiting' || (task.state === 'running' && flying(walking, id) === 0)) settle(walking, id, 'cancelled')
  }
}

/** Goes on until nothing moves: a task that is skipped lets the next decide. */
function startWhatMay(walking: Walking): void {
  if (walking.stopped !== null) return
  for (let moved = true; moved; ) {
    moved = false
    for (const id of Object.keys(walking.begun.dag.tasks)) if (advance(walking, id)) moved = true
  }
}

function advance(walking: Walking, id: string): boolean {
  const { state } = progressOf(walking.progress, id)
  if (state === 'none') return decide(walking, id)
  if (state === 'running') return launch(walking, id)
  return state === 'waiting' && giveUpWaiting(walking, id)
}

function decide(walking: Walking, id: string): boolean {
  const { dag } = walking.begun
  const task = taskOf(dag, id)
  const upstream = task.after.map((other) => ({
    state: progressOf(walking.progress, other).state,
    tolerated: taskOf(dag, other).onFailure === 'continue',
  }))
  const decision = verdict(task.trigger, upstream)
  if (decision === 'wait') return false
  if (decision === 'upstreamFailed') settle(walking, id, 'upstreamFailed')
  else if (decision === 'skip') settle(walking, id, 'skipped')
  else if (!mayStart(walking) || flying(walking, id) > 0) return false
  else if (holds(task.when, scopeOf(walking))) begin(walking, id)
  else settle(walking, id, 'skipped')
  return true
}

/** A long history continues as new once nothing but items is under way; near the limit everything else is waited for as well. */
function shouldDrain(walking: Walking): boolean {
  const { should, must } = walking.world.historyIsLong()
  if (must || !should) return must
  return Object.keys(walking.begun.dag.tasks).every(
    (id) => flying(walking, id) === 0 || progressOf(walking.progress, id).items !== undefined,
  )
}

/** Timers do not outlive continue-as-new: they are set again from the times in the progress. */
function resumeTimers(walking: Walking): void {
  const now = walking.world.now()
  for (const { wakeAt, waitUntil, state } of Object.values(walking.progress.tasks)) {
    if (state === 'running' && wakeAt !== undefined) wakeAfter(walking, wakeAt - now)
    if (state === 'waiting' && waitUntil !== undefined) wakeAfter(walking, waitUntil - now)
  }
  if (walking.begun.dag.timeout !== undefined) wakeAfter(walking, timeLeft(walking))
}

function timeLeft({ begun, progress, world }: Walking): number {
  return begun.dag.timeout === undefined ? 1 : progress.startedAt + durationMs(begun.dag.timeout) - world.now()
}

/** One record at a time, in order; what changes meanwhile goes with the next. */
function writeDown(walking: Walking): void {
  const status = statusOf(walking)
  if (walking.recording || (walking.dirty.size === 0 && status === walking.recordedStatus)) return
  const tasks = [...walking.dirty].map(([id, forgetItems]) => recordOf(walking, id, forgetItems))
  walking.dirty.clear()
  walking.recording = true
  if (status !== walking.recordedStatus && status !== 'running') walking.world.phase(status)
  walking.recordedStatus = status
  const written = (): void => {
    walking.recording = false
    walking.changed = true
  }
  // A catalog that is away does not stop the run: its last word, `endRun`, is tried without end.
  walking.world.record({ run: walking.begun.run, status, tasks }).then(written, written)
}

function recordOf(walking: Walking, id: string, reset: boolean): TaskRecord {
  const { state, output, error, items } = progressOf(walking.progress, id)
  return {
    task: id,
    state,
    ...(output === undefined ? {} : { output }),
    ...(error === undefined || state === 'succeeded' ? {} : { error }),
    ...(items === undefined ? {} : { items: { total: items.total, done: items.done, failed: items.failed } }),
    ...(reset ? { reset } : {}),
  }
}

export function statusOf(walking: Walking): RunState {
  const { progress, stopped } = walking
  if (stopped !== null) return stopped === 'cancelled' ? 'cancelled' : 'failed'
  if (progress.paused) return 'paused'
  const waits = Object.values(progress.tasks).some(({ state }) => state === 'waiting')
  return waits && inFlight(walking) === 0 ? 'waiting' : 'running'
}

/** How all tasks ended. Outputs are left out: attempts wrote them down themselves. */
export function finalRecords(walking: Walking): readonly TaskRecord[] {
  return Object.keys(walking.begun.dag.tasks).map((id) => {
    const { output: _output, ...record } = recordOf(walking, id, false)
    return record
  })
}

/** What failed the run, if anything did: the first task that failed and is not tolerated. */
export function failureOf({ begun, progress }: Walking): RunError | undefined {
  const failed = Object.entries(progress.tasks).filter(
    ([id, { state }]) => (state === 'failed' || state === 'cancelled') && taskOf(begun.dag, id).onFailure !== 'continue',
  )
  const [first] = failed
  if (first === undefined) return undefined
  const [id, { error }] = first
  const others = failed.length === 1 ? '' : ` (and ${failed.length - 1} more failed)`
  return { code: error?.code ?? 'TASK_FAILED', message: `Task ${id} failed: ${error?.message ?? 'no reason given'}${others}` }
}
