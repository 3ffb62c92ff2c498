import type { TaskResult } from '../contracts/activities.ts'
import type { RunError, TaskState } from '../contracts/runs.ts'
import { descendants, progressOf, taskOf } from './progress.ts'
import { touch, type Walking, wakeAfter } from './world.ts'

/** How long a run waits for an operator before a waiting task counts as failed. */
const OPERATOR_WAIT_MS = 7 * 24 * 3600 * 1000

export function settle(walking: Walking, id: string, state: TaskState, output?: TaskResult): void {
  const task = progressOf(walking.progress, id)
  task.state = state
  if (output !== undefined) task.output = output
  touch(walking, id)
  const cutsShort = state === 'succeeded' && taskOf(walking.begun.dag, id).shortCircuit === true && output?.continue === false
  if (cutsShort) skipAfter(walking, id)
}

/** The task failed for good, or waits for an operator where it says so. */
export function fail(walking: Walking, id: string, error: RunError): void {
  const task = progressOf(walking.progress, id)
  task.error = error
  task.state = 'failed'
  if (taskOf(walking.begun.dag, id).onFailure === 'wait' && walking.stopped === null) {
    task.state = 'waiting'
    task.waitUntil = walking.world.now() + OPERATOR_WAIT_MS
    wakeAfter(walking, OPERATOR_WAIT_MS)
  }
  touch(walking, id)
}

/** Nobody came: the waiting task counts as failed. Says whether it did. */
export function giveUpWaiting(walking: Walking, id: string): boolean {
  const task = progressOf(walking.progress, id)
  if ((task.waitUntil ?? 0) > walking.world.now()) return false
  task.state = 'failed'
  touch(walking, id)
  return true
}

/** A short circuit skips everything after it, whatever the trigger rules say, as Airflow's does. */
function skipAfter(walking: Walking, id: string): void {
  for (const after of descendants(walking.begun.dag, id)) {
    if (progressOf(walking.progress, after).state === 'none') settle(walking, after, 'skipped')
  }
}
