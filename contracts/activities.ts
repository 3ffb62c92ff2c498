import type { Dag } from './dag.ts'
import type { WorkflowInput } from './pipeline.ts'
import type { RunError, RunState, TaskState } from './runs.ts'
import type { SearchAttribute } from './temporal.ts'
import type { Window } from './window.ts'

/**
 * What the interpreter workflow asks of the worker. Payloads are references and counters only (< 50 KiB).
 * The interpreter knows these few; every task of a DAG goes through `runTask`.
 */
export interface Activities {
  /** First activity of a run: validates the input, reads the pipeline, writes the run down, gives the DAG to execute. */
  beginRun(input: BeginRunInput): Promise<BegunRun>
  /** One task, or some items of a mapped one. Writes down that it runs, and its result. */
  runTask(call: TaskCall): Promise<TaskResult>
  /** Items [from, from + count) of a manifest that a task wrote; only where the interpreter must see one, for a child pipeline. */
  readItems(input: ReadItemsInput): Promise<readonly unknown[]>
  /** What only the interpreter knows: tasks skipped, failed for good or waiting, and the run's state. */
  recordRun(input: RunRecord): Promise<void>
  /** Asks Temporal to cancel the run, for the Update `cancel`. */
  requestCancel(input: { readonly run: string; readonly workflowId: string; readonly reason: string }): Promise<void>
  /** Closes the run in the catalog; its summary is the workflow's result. */
  endRun(input: EndRunInput): Promise<RunSummary>
  /** One webhook of the DAG's `onSuccess` or `onFailure`. */
  callBack(input: { readonly run: string; readonly on: 'onSuccess' | 'onFailure'; readonly index: number }): Promise<void>
}

export interface BeginRunInput {
  readonly workflowType: string
  readonly workflowId: string
  readonly runId: string
  /** As given by whoever started the workflow: to be validated. */
  readonly input: WorkflowInput
  /** Nominal time of the schedule's slot (TemporalScheduledStartTime), ISO. */
  readonly scheduledAt?: string
}

export interface BegunRun {
  readonly run: string
  readonly pipeline: string
  readonly connection: string | null
  readonly dag: Dag
  readonly window: Window | null
  readonly params: Readonly<Record<string, unknown>>
  /** Outputs of tasks that a resumed run need not repeat. */
  readonly completed: Readonly<Record<string, TaskResult>>
  /** Temporal task queue of each queue class. */
  readonly queues: Readonly<Record<string, string>>
  /** Workflow type of every pipeline that the DAG starts as a child. */
  readonly children: Readonly<Record<string, string>>
  /** Those the server knows: setting an unknown one would hang the run. */
  readonly searchAttributes: readonly SearchAttribute[]
  /** For tasks that say nothing themselves. */
  readonly heartbeat: string
}

export interface TaskCall {
  readonly run: string
  readonly pipeline: string
  readonly task: string
  readonly uses: string
  readonly with: Readonly<Record<string, unknown>>
  readonly window: Window | null
  /** Of a mapped task: items [from, from + count) of the manifest, one after the other. */
  readonly items?: { readonly manifest: string; readonly from: number; readonly count: number }
  /** The item at hand, and its position in the manifest; set by the runtime for the task's code. */
  readonly item?: unknown
  readonly index?: number
  readonly pool?: string
  /** Attempts in all, 0 without limit: the last one records what failed instead of throwing. */
  readonly attempts: number
}

/**
 * A list for `each` comes back as `{manifest: REF, items: N}`; the list itself lies in the catalog.
 * `{again: "30s"}` means not yet: the task is asked again after that time (sensors, full pools).
 * `{continue: false}` of a task with `shortCircuit` skips what comes after it.
 * Of a mapped task: `{done, failed, error?}`.
 */
export type TaskResult = Readonly<Record<string, unknown>>

export interface ReadItemsInput {
  readonly run: string
  readonly manifest: string
  readonly from: number
  readonly count: number
}

export interface RunRecord {
  readonly run: string
  readonly status?: RunState
  readonly tasks: readonly TaskRecord[]
}

export interface TaskRecord {
  readonly task: string
  readonly state: TaskState
  readonly output?: TaskResult
  readonly error?: RunError
  readonly items?: { readonly total: number; readonly done: number; readonly failed: number }
  /** The task is to run from the start: what its items gave is forgotten. */
  readonly reset?: boolean
}

export interface EndRunInput {
  readonly run: string
  readonly status: RunState
  readonly error?: RunError
  /** How every task ended, without outputs: what was said before may not have reached the catalog. */
  readonly tasks?: readonly TaskRecord[]
}

/** Small on purpose: Temporal hands it to the next scheduled run. */
export interface RunSummary {
  readonly run: string
  readonly status: RunState
  readonly counts: Readonly<Record<string, unknown>>
}
