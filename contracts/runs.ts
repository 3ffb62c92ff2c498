/**
 * A run as the catalog keeps it and `runs show --json`, `pipeline run --wait --json` print it. `stalled` is never written down: it
 * is what is shown of a running one while no worker is up. `cancelling`: it was told to stop, or its time is over, and its tasks still end.
 */
export const RUN_STATES = [
  'queued',
  'running',
  'stalled',
  'waiting',
  'paused',
  'cancelling',
  'succeeded',
  'failed',
  'cancelled',
  'lost',
] as const
export type RunState = (typeof RUN_STATES)[number]
/** `upstreamFailed`: did not run, because a task it comes after failed. `waiting`: failed, and an operator decides. */
export const TASK_STATES = [
  'none',
  'queued',
  'running',
  'waiting',
  'succeeded',
  'failed',
  'skipped',
  'upstreamFailed',
  'cancelled',
] as const
export type TaskState = (typeof TASK_STATES)[number]

export interface RunError {
  readonly code: string
  readonly message: string
  readonly hint?: string
}

export interface TaskRun {
  readonly id: string
  readonly state: TaskState
  readonly attempts: number
  readonly startedAt?: string
  readonly endedAt?: string
  readonly items?: { readonly total: number; readonly done: number; readonly failed: number }
  /** Small result of the task: counters and references. */
  readonly output?: Readonly<Record<string, unknown>>
  readonly error?: RunError
}

/** Counters of a run. Absent means the pipeline type has no such thing. */
export interface RunCounts {
  objects?: number
  skippedObjects?: number
  bytes?: number
  records?: number
  statements?: number
  distinct?: number
  edges?: number
  assets?: number
  deadLetters?: Record<string, number>
  [other: string]: number | Record<string, number> | undefined
}

export interface Run {
  readonly id: string
  readonly pipeline: string
  readonly type: string
  readonly status: RunState
  readonly workflowId: string
  readonly startedAt: string
  readonly endedAt?: string
  readonly window?: { readonly from: string; readonly to: string }
  readonly counts: RunCounts
  readonly tasks: readonly TaskRun[]
  readonly warnings: readonly string[]
  readonly error?: RunError
}
