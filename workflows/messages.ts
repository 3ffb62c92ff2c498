import { defineQuery, defineUpdate } from '@temporalio/workflow'
import type { RunError, RunState, TaskState } from '../contracts/runs.ts'

/** How a running pipeline is asked and steered. Every Update is validated before it is accepted; pass an `updateId` of your own to be able to repeat it. */

/** What the query `status` gives. Answers also for closed runs, as long as a worker is up. */
export interface RunStatus {
  /** Catalog id of the run; empty until it is written down. */
  readonly run: string
  readonly pipeline: string
  readonly status: RunState
  readonly paused: boolean
  readonly tasks: readonly TaskStatus[]
  readonly error?: RunError
}

export interface TaskStatus {
  readonly id: string
  readonly state: TaskState
  /** For mapped tasks. */
  readonly items?: { readonly total: number; readonly done: number; readonly failed: number; readonly running: number }
  readonly error?: RunError
}

/** Answer of every Update: what it changed, by task id, and the run's state after it. */
export interface Steered {
  readonly status: RunState
  readonly tasks: readonly string[]
}

export const statusQuery = defineQuery<RunStatus>('status')

/** Starts nothing new; what runs is finished. */
export const pauseUpdate = defineUpdate<Steered, [{ readonly reason?: string }]>('pause')
export const resumeUpdate = defineUpdate<Steered, []>('resume')
/** Runs failed or waiting tasks again, with what depends on them; all of them when none is named. A finished task that is named runs again too. */
export const retryUpdate = defineUpdate<Steered, [{ readonly tasks?: readonly string[] }]>('retry')
/** Marks tasks that have not finished as skipped. */
export const skipUpdate = defineUpdate<Steered, [{ readonly tasks: readonly string[] }]>('skip')
/** Stops the run, tasks under way included, and ends it as cancelled. */
export const cancelUpdate = defineUpdate<Steered, [{ readonly reason?: string }]>('cancel')
