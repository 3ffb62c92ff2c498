import type { TaskState } from '../contracts/runs.ts'
import type { Steered } from './messages.ts'
import { descendants, isSettled, progressOf, resetTask } from './progress.ts'
import { settle } from './settle.ts'
import { statusOf } from './walk.ts'
import { touch, type Walking } from './world.ts'

/** What an operator does to a run. Each `refuse…` gives the reason why not, before anything is accepted. */

export function refusePause({ progress, ended }: Walking): string | null {
  return ended ? 'the run has ended' : progress.paused ? 'the run is paused already' : null
}

export function refuseResume({ progress, ended }: Walking): string | null {
  return ended ? 'the run has ended' : progress.paused ? null : 'the run is not paused'
}

export function setPaused(walking: Walking, paused: boolean): Steered {
  walking.progress.paused = paused
  walking.changed = true
  return { status: statusOf(walking), tasks: [] }
}

export function refuseRetry(walking: Walking, tasks: readonly string[] | undefined): string | null {
  const unknown = refuseTasks(walking, tasks ?? [])
  if (unknown !== null) return unknown
  if (tasks === undefined) return failedTasks(walking).length === 0 ? 'no task has failed' : null
  const busy = tasks.find((id) => !isSettled(stateOf(walking, id)) && stateOf(walking, id) !== 'waiting')
  return busy === undefined ? null : `task ${busy} is ${stateOf(walking, busy)}: only finished, failed and waiting tasks can run again`
}

export function retry(walking: Walking, tasks: readonly string[] | undefined): Steered {
  const named = tasks ?? failedTasks(walking)
  const changed = new Set<string>()
  for (const id of named) {
    const forget = stateOf(walking, id) === 'succeeded'
    for (const after of descendants(walking.begun.dag, id)) {
      if (stateOf(walking, after) !== 'running' && stateOf(walking, after) !== 'none') rerun(walking, after, true, changed)
    }
    rerun(walking, id, forget, changed)
  }
  return { status: statusOf(walking), tasks: [...changed] }
}

export function refuseSkip(walking: Walking, tasks: readonly string[]): string | null {
  if (tasks.length === 0) return 'no task is named'
  const unknown = refuseTasks(walking, tasks)
  if (unknown !== null) return unknown
  const done = tasks.find((id) => ['succeeded', 'skipped'].includes(stateOf(walking, id)))
  return done === undefined ? null : `task ${done} has ${stateOf(walking, done)}`
}

/** A running task is stopped; what did not run because of a failed one may decide again. */
export function skip(walking: Walking, tasks: readonly string[]): Steered {
  const changed = new Set<string>(tasks)
  for (const id of tasks) {
    settle(walking, id, 'skipped')
    for (const flight of walking.flights.get(id) ?? []) flight.cancel()
    for (const after of descendants(walking.begun.dag, id)) {
      if (stateOf(walking, after) === 'upstreamFailed') rerun(walking, after, false, changed)
    }
  }
  return { status: statusOf(walking), tasks: [...changed] }
}

function rerun(walking: Walking, id: string, forgetItems: boolean, changed: Set<string>): void {
  resetTask(progressOf(walking.progress, id))
  touch(walking, id, forgetItems)
  changed.add(id)
}

function refuseTasks(walking: Walking, tasks: readonly string[]): string | null {
  if (walking.ended || walking.stopped !== null) return 'the run has ended'
  const unknown = tasks.find((id) => !Object.hasOwn(walking.begun.dag.tasks, id))
  return unknown === undefined ? null : `there is no task ${unknown}; there are ${Object.keys(walking.begun.dag.tasks).join(', ')}`
}

function failedTasks(walking: Walking): readonly string[] {
  return Object.keys(walking.begun.dag.tasks).filter((id) => ['failed', 'waiting', 'cancelled'].includes(stateOf(walking, id)))
}

function stateOf(walking: Walking, id: string): TaskState {
  return progressOf(walking.progress, id).state
}
