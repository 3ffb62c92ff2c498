import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionInfo,
  WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client'
import type { RunSummary } from '../../contracts/activities.ts'
import type { PipelineType, WorkflowInput } from '../../contracts/pipeline.ts'
import type { RunCounts, RunError } from '../../contracts/runs.ts'
import { CONTROL_QUEUE, workflowIdOf } from '../../contracts/temporal.ts'
import type { RunStatus, Steered } from '../../workflows/messages.ts'
import type { TemporalClient } from './connect.ts'
import { runErrorOf, translate, wasCancelled } from './failures.ts'
import { retry, steer } from './steer.ts'

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
  /** Waits until the run ends; a failed run is an outcome, not an exception. */
  wait(): Promise<RunOutcome>
  /** The same under the name that other clients use. */
  result(): Promise<RunOutcome>
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

const LIST_LIMIT = 20
const PROGRESS_EVERY_MS = 500

export function lodelineOver(temporal: TemporalClient): Lodeline {
  return {
    start: (options) => start(temporal, options),
    run: (workflowId) => handleOf(temporal, workflowId),
    list: (options = {}) => list(temporal, options),
    workers: () => workers(temporal),
    close: () => temporal.close(),
  }
}

async function start(temporal: TemporalClient, { type, requestId, taskQueue = CONTROL_QUEUE, ...input }: StartOptions): Promise<RunHandle> {
  const workflowId = workflowIdOf(input.pipeline, requestId ?? randomUUID())
  try {
    await temporal.client.workflow.start(type, {
      workflowId,
      taskQueue,
      args: [input],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
    })
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw translate(error, temporal.target.address, workflowId)
  }
  return handleOf(temporal, workflowId)
}

function retriedAs(temporal: TemporalClient, workflowId: string, self: () => RunHandle, options: RetryOptions): Promise<Retried> {
  return retry(temporal, workflowId, {
    ...options,
    self,
    start: (input) => start(temporal, input),
  })
}

function handleOf(temporal: TemporalClient, workflowId: string): RunHandle {
  const handle = temporal.client.workflow.getHandle(workflowId)
  const asked = async <Value>(ask: () => Promise<Value>): Promise<Value> => {
    try {
      return await ask()
    } catch (error) {
      throw translate(error, temporal.target.address, workflowId)
    }
  }
  const status = () => asked(() => handle.query<RunStatus, []>('status'))
  const wait = () => asked(() => outcome(handle, status))
  return {
    workflowId,
    status,
    progress: ({ everyMs = PROGRESS_EVERY_MS, signal } = {}) => watch(handle, status, everyMs, signal),
    wait,
    result: wait,
    cancel: () => asked(() => cancel(handle)),
    pause: ({ reason, updateId } = {}) =>
      asked(() => steer(temporal, workflowId, { name: 'pause', input: reason === undefined ? {} : { reason }, updateId })),
    resume: ({ updateId } = {}) => asked(() => steer(temporal, workflowId, { name: 'resume', updateId })),
    retry: (options = {}) => asked(() => retriedAs(temporal, workflowId, () => handleOf(temporal, workflowId), options)),
    skip: (tasks, { updateId } = {}) => asked(() => steer(temporal, workflowId, { name: 'skip', input: { tasks }, updateId })),
  }
}

async function outcome(handle: WorkflowHandle, status: () => Promise<RunStatus>): Promise<RunOutcome> {
  const { workflowId } = handle
  try {
    const summary = (await handle.result()) as RunSummary // every workflow type gives one
    return { run: summary.run, workflowId, status: 'succeeded', counts: summary.counts as RunCounts }
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error
    const run = await status().then(
      (last) => last.run,
      () => '', // no worker is up to answer
    )
    if (wasCancelled(error))
      return { run, workflowId, status: 'cancelled', counts: {}, error: { code: 'RUN_CANCELLED', message: 'The run was cancelled' } }
    return { run, workflowId, status: 'failed', counts: {}, error: runErrorOf(error) }
  }
}

async function* watch(
  handle: WorkflowHandle,
  status: () => Promise<RunStatus>,
  everyMs: number,
  signal?: AbortSignal,
): AsyncGenerator<RunStatus> {
  let last = ''
  while (signal?.aborted !== true) {
    const { status: phase } = await handle.describe()
    const now = await status()
    const text = JSON.stringify(now)
    if (text !== last) yield now
    last = text
    if (phase.name !== 'RUNNING') return
    await sleep(everyMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Of a run that has ended: nothing to do, and no error. */
async function cancel(handle: WorkflowHandle): Promise<void> {
  const { status } = await handle.describe()
  if (status.name === 'RUNNING') await handle.cancel()
}

async function list({ client }: TemporalClient, { pipeline, limit = LIST_LIMIT }: ListOptions): Promise<readonly RunListing[]> {
  const found: RunListing[] = []
  for await (const info of client.workflow.list({ query: queryOf(pipeline), pageSize: Math.min(limit, 200) })) {
    found.push(listingOf(info))
    if (found.length >= limit) break
  }
  return found
}

/** By workflow id, which runs by hand and by schedule both begin with; search attributes may not be registered. */
function queryOf(pipeline: string | undefined): string {
  const startsWith = (prefix: string) => `WorkflowId STARTS_WITH ${JSON.stringify(prefix)}`
  if (pipeline === undefined) return startsWith('lodeline/')
  return `${startsWith(`lodeline/${pipeline}/`)} OR ${startsWith(`lodeline/${pipeline}-20`)}` // a scheduled run's id ends with its slot's date
}

/** 1: workflow tasks. */
const WORKFLOW_QUEUE = 1

async function workers({ client, connection }: TemporalClient): Promise<number> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: CONTROL_QUEUE },
    taskQueueType: WORKFLOW_QUEUE,
  })
  return pollers.length
}

const STATES: Readonly<Record<string, RunListing['state']>> = {
  RUNNING: 'running',
  CONTINUED_AS_NEW: 'running',
  COMPLETED: 'succeeded',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
}

function listingOf({ workflowId, type, status, startTime, closeTime }: WorkflowExecutionInfo): RunListing {
  return {
    workflowId,
    type,
    state: STATES[status.name] ?? 'lost',
    startedAt: startTime.toISOString(),
    ...(closeTime === undefined ? {} : { endedAt: closeTime.toISOString() }),
  }
}
