import type { TaskCall, TaskResult } from '../contracts/activities.ts'
import type { Task } from '../contracts/dag.ts'
import { unreachable } from '../contracts/errors.ts'
import type { RunError } from '../contracts/runs.ts'
import { durationMs } from './durations.ts'
import { substitute } from './inputs.ts'
import { type ItemsProgress, progressOf, taskOf } from './progress.ts'
import { fail, settle } from './settle.ts'
import { flying, mayStart, scopeOf, touch, type Walking, wakeAfter } from './world.ts'

/** With more items than this an activity takes several: each costs some six events of history, of which a run may have 51,200. */
const MOST_ACTIVITIES = 5000
/** So many items may fail, whatever share is allowed, before a hopeless map starts no more. */
const FAILURES_TO_STOP = 20
/** The progress of a map is written down about this often. */
const PROGRESS_STEPS = 50
export const DEFAULT_ATTEMPTS = 10

export function begin(walking: Walking, id: string): void {
  const task = taskOf(walking.begun.dag, id)
  const state = progressOf(walking.progress, id)
  state.state = 'running'
  state.startedAt = walking.world.now()
  touch(walking, id)
  walking.world.phase(id)
  if (task.each === undefined) return
  const list = substitute(task.each, scopeOf(walking))
  const { manifest, items } = isRecord(list) ? list : {}
  if (typeof manifest !== 'string' || typeof items !== 'number') {
    fail(walking, id, { code: 'DAG_INVALID', message: `tasks.${id}.each: ${task.each} did not write a list` })
    return
  }
  const chunk = task.run.startsWith('pipeline:') ? 1 : Math.max(1, Math.ceil(items / MOST_ACTIVITIES))
  state.items = { manifest, total: items, chunk, next: 0, again: [], done: 0, failed: 0 }
}

/** Starts what a running task has left to start. Says whether the task's state changed at once. */
export function launch(walking: Walking, id: string): boolean {
  const task = taskOf(walking.begun.dag, id)
  const state = progressOf(walking.progress, id)
  if (state.items !== undefined && flying(walking, id) === 0 && nothingLeft(state.items, task)) {
    closeMap(walking, id, state.items)
    return true
  }
  if (!mayStart(walking) || (state.wakeAt ?? 0) > walking.world.now()) return false
  delete state.wakeAt
  if (state.items === undefined) {
    if (flying(walking, id) === 0) startPlain(walking, id)
  } else {
    while (flying(walking, id) < task.width && !nothingLeft(state.items, task)) startChunk(walking, id, state.items)
  }
  return false
}

function startPlain(walking: Walking, id: string): void {
  const landed = (result: TaskResult): void => {
    if (typeof result.again === 'string') sleepOn(walking, id, durationMs(result.again))
    else settle(walking, id, 'succeeded', result)
  }
  fly(walking, { id, key: id, call: callOf(walking, id), landed, crashed: (error) => fail(walking, id, error) })
}

function startChunk(walking: Walking, id: string, items: ItemsProgress): void {
  const from = items.again.shift() ?? items.next
  const count = Math.min(items.chunk, items.total - from)
  items.next = Math.max(items.next, from + count)
  const landed = (result: TaskResult): void => {
    if (typeof result.again === 'string') {
      items.again.push(from)
      sleepOn(walking, id, durationMs(result.again))
    } else countItems(walking, id, { done: numberOf(result.done, count), failed: numberOf(result.failed, 0), error: errorOf(result.error) })
  }
  const crashed = (error: RunError): void => countItems(walking, id, { done: 0, failed: count, error })
  const call = { ...callOf(walking, id), items: { manifest: items.manifest, from, count } }
  fly(walking, { id, key: `${id}/${from}`, call, landed, crashed })
}

interface Departure {
  readonly id: string
  readonly key: string
  readonly call: TaskCall
  landed(result: TaskResult): void
  crashed(error: RunError): void
}

function fly(walking: Walking, { id, key, call, landed, crashed }: Departure): void {
  const state = progressOf(walking.progress, id)
  const { round } = state
  const flight = walking.world.start({ key: `${key}/${round}`, task: taskOf(walking.begun.dag, id), call })
  walking.flights.get(id)?.add(flight)
  // A task that was skipped or reset meanwhile takes no notice of what comes back.
  const land = (then: () => void): void => {
    walking.flights.get(id)?.delete(flight)
    walking.changed = true
    if (state.round === round && state.state === 'running') then()
  }
  flight.result.then(
    (result) => land(() => landed(result)),
    (error: unknown) => land(() => crash(walking, id, error, crashed)),
  )
}

function crash(walking: Walking, id: string, error: unknown, crashed: (error: RunError) => void): void {
  const described = walking.world.describe(error)
  if (walking.stopped === null && described.code !== 'RUN_CANCELLED') crashed(described)
  else settle(walking, id, 'cancelled')
}

function callOf(walking: Walking, id: string): TaskCall {
  const task = taskOf(walking.begun.dag, id)
  const input = substitute(task.with, scopeOf(walking))
  return {
    run: walking.begun.run,
    pipeline: walking.begun.pipeline,
    task: id,
    uses: task.run,
    with: isRecord(input) ? input : unreachable('an object became something else'),
    window: walking.begun.window,
    attempts: task.retry?.attempts ?? DEFAULT_ATTEMPTS,
    ...(task.pool === undefined ? {} : { pool: task.pool }),
  }
}

/** "Not yet": the task is asked again later, as long as its `timeouts.total` allows. */
function sleepOn(walking: Walking, id: string, ms: number): void {
  const { timeouts } = taskOf(walking.begun.dag, id)
  const state = progressOf(walking.progress, id)
  const now = walking.world.now()
  if (timeouts?.total !== undefined && now + ms > (state.startedAt ?? now) + durationMs(timeouts.total)) {
    fail(walking, id, { code: 'TASK_TIMEOUT', message: `${id} was not ready within ${timeouts.total}` })
    return
  }
  state.wakeAt = now + ms
  wakeAfter(walking, ms)
}

function countItems(walking: Walking, id: string, chunk: { done: number; failed: number; error: RunError | undefined }): void {
  const state = progressOf(walking.progress, id)
  const { items } = state
  if (items === undefined) return
  const step = Math.max(1, Math.ceil(items.total / PROGRESS_STEPS))
  const before = Math.floor((items.done + items.failed) / step)
  items.done += chunk.done
  items.failed += chunk.failed
  if (chunk.error !== undefined && state.error === undefined) state.error = chunk.error
  if (Math.floor((items.done + items.failed) / step) > before) touch(walking, id)
}

function nothingLeft(items: ItemsProgress, task: Task): boolean {
  const hopeless = items.failed > Math.max(allowedFailures(items, task), FAILURES_TO_STOP)
  return hopeless || (items.next >= items.total && items.again.length === 0)
}

function allowedFailures({ total }: ItemsProgress, { failedItems = 0 }: Task): number {
  return Math.floor(total * failedItems + 1e-9) // 0.1 of 30 is 3, also in binary
}

function closeMap(walking: Walking, id: string, items: ItemsProgress): void {
  const task = taskOf(walking.begun.dag, id)
  const state = progressOf(walking.progress, id)
  const first = state.error
  if (items.failed <= allowedFailures(items, task)) {
    settle(walking, id, 'succeeded', { items: items.total, done: items.done, failed: items.failed })
    return
  }
  const why = first === undefined ? '' : `; the first: ${first.message}`
  fail(walking, id, { ...first, code: first?.code ?? 'TASK_FAILED', message: `${items.failed} of ${items.total} items failed${why}` })
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}

function errorOf(value: unknown): RunError | undefined {
  return isRecord(value) && typeof value.code === 'string' && typeof value.message === 'string'
    ? { code: value.code, message: value.message }
    : undefined
}
