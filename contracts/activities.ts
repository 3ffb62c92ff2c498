import type { Dag } from './dag.ts'
import type { Window } from './plugin.ts'
import type { RunError, RunState, TaskState } from './runs.ts'
import type { WorkflowInput } from './pipeline.ts'

/**
 * What the interpreter workflow asks of the worker. Payloads are references and counters only (< 50 KiB).
 * The interpreter knows these few; every task of a DAG goes through `runTask`.
 */
export interface Activities {
  /** First activity of a run: validates the input, reads the pipeline, writes the run down, gives the DAG to execute. */
  beginRun(input: BeginRunInput): Promise<BegunRun>
  runTask(call: TaskCall): Promise<TaskResult>
  /** Items [from, from + count) of a manifest that a task wrote. */
  readItems(input: {
    readonly run: string
    readonly manifest: string
    readonly from: number
    readonly count: number
  }): Promise<readonly unknown[]>
  recordTask(input: TaskRecord): Promise<void>
  endRun(input: EndRunInput): Promise<Readonly<Record<string, unknown>>>
}

export interface BeginRunInput {
  readonly workflowType: string
  readonly workflowId: string
  readonly runId: string
  readonly input: WorkflowInput
  /** Nominal time of the schedule's slot (TemporalScheduledStartTime), ISO. */
  readonly scheduledAt?: string
}

export interface BegunRun {
  readonly run: string
  readonly pipeline: string
  readonly dag: Dag
  readonly window: Window | null
  readonly params: Readonly<Record<string, unknown>>
  /** Outputs of tasks that a resumed run need not repeat. */
  readonly completed: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** Temporal task queue of each queue class. */
  readonly queues: Readonly<Record<string, string>>
}

export interface TaskCall {
  readonly run: string
  readonly pipeline: string
  readonly task: string
  readonly uses: string
  readonly with: Readonly<Record<string, unknown>>
  readonly window: Window | null
  readonly item?: unknown
  /** Position of the item in its manifest. */
  readonly index?: number
}

/** A list for `each` comes back as `{manifest: REF, items: N}`; the list itself lies in the catalog. */
export type TaskResult = Readonly<Record<string, unknown>>

export interface TaskRecord {
  readonly run: string
  readonly task: string
  readonly state: TaskState
  readonly output?: TaskResult
  readonly error?: RunError
  readonly items?: { readonly total: number; readonly done: number; readonly failed: number }
}

export interface EndRunInput {
  readonly run: string
  readonly status: RunState
  readonly error?: RunError
}
