import type { PipelineType, WorkflowInput } from '../../contracts/pipeline.ts'
import type { RunCounts, RunError } from '../../contracts/runs.ts'
import type { RunStatus, Steered } from '../../workflows/messages.ts'

/** What programs start, follow and steer. */

export interface StartOptions extends Omit<WorkflowInput, 'pipeline'> {
  readonly pipeline: string
  /** The pipeline's type, which is the workflow's type. */
  readonly type: PipelineType | (string & {})
  /** A start with the same id again gives the same run, also after it has ended. Absent: a new one each time. */
  readonly requestId?: string
  readonly taskQueue?: string
}

export interface ListOptions {
  readonly pipeline?: string
  readonly limit?: number
}

export interface RunListing {
  readonly workflowId: string
  readonly type: string
  readonly state: 'running' | 'succeeded' | 'failed' | 'cancelled' | 'lost'
  readonly startedAt: string
  readonly endedAt?: string
}

export interface RunOutcome {
  readonly run: string
  readonly workflowId: string
  readonly status: 'succeeded' | 'failed' | 'cancelled'
  /** Of a run that succeeded; of another one the catalog has them (`lodeline runs show`). */
  readonly counts: RunCounts
  readonly error?: RunError
}

/** Repeating a message with the same `updateId` changes nothing more and gives the same answer. */
export interface SteerOptions {
  readonly updateId?: string
}

export interface WaitOptions {
  readonly signal?: AbortSignal
}

export interface RetryOptions extends SteerOptions {
  /** Absent: all that failed. What comes after them runs again too. */
  readonly tasks?: readonly string[]
}

export interface Retried {
  /** The run that goes on: this one, or a new one where this one had ended. */
  readonly run: RunHandle
  readonly isNew: boolean
}

export interface RunHandle {
  readonly workflowId: string
  /** Tasks and their states, as the run itself says. Needs a worker that is up. */
  status(): Promise<RunStatus>
  /** The status whenever it has changed, until the run ends. */
  progress(options?: { readonly everyMs?: number; readonly signal?: AbortSignal }): AsyncIterable<RunStatus>
  /** Waits until the run ends, its webhooks included; a failed run is an outcome, not an exception. The signal ends the waiting, with an error. */
  wait(options?: WaitOptions): Promise<RunOutcome>
  /** The same under the name that other clients use. */
  result(options?: WaitOptions): Promise<RunOutcome>
  /** Stops the run, tasks under way included; resolves when the request is accepted. */
  cancel(): Promise<void>
  /** Starts nothing new; what runs is finished. */
  pause(options?: SteerOptions & { readonly reason?: string }): Promise<Steered>
  resume(options?: SteerOptions): Promise<Steered>
  /** In a run that has ended: a new run that keeps what succeeded. */
  retry(options?: RetryOptions): Promise<Retried>
  /** Marks tasks that have not finished as skipped; those under way stop. */
  skip(tasks: readonly string[], options?: SteerOptions): Promise<Steered>
}

export interface Lodeline {
  start(options: StartOptions): Promise<RunHandle>
  /** A run by its workflow id. */
  run(workflowId: string): RunHandle
  list(options?: ListOptions): Promise<readonly RunListing[]>
  /** Workers that asked for work lately; a run that is started with none waits until one is up. */
  workers(): Promise<number>
  close(): Promise<void>
}
