import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionInfo,
  WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client'
import type { RunSummary } from '../../contracts/activities.ts'
import type { RunCounts } from '../../contracts/runs.ts'
import { CONTROL_QUEUE, workflowIdOf } from '../../contracts/temporal.ts'
import type { RunStatus } from '../../workflows/messages.ts'
import type { TemporalClient } from './connect.ts'
import { runErrorOf, translate, wasCancelled } from './failures.ts'
import type { ListOptions, Lodeline, Retried, RetryOptions, RunHandle, RunListing, RunOutcome, StartOptions } from './runs.ts'
import { retry, steer } from './steer.ts'

const LIST_LIMIT = 20
const PROGRESS_EVERY_MS = 500

export function lodelineOver(temporal: TemporalClient): Lodeline {
  return {
    start: (options) => start(temporal, options),
    run: (workflowId) => handleOf(temporal, workflowId),
    list: (options = {}) => list(temporal, options),
    workers: () =>
      workers(temporal).catch((error: unknown) => {
        throw translate(error, temporal.target.address)
      }),
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
  const wait: RunHandle['wait'] = ({ signal } = {}) => {
    const waited = () => asked(() => outcome(handle, status))
    return signal === undefined ? waited() : temporal.connection.withAbortSignal(signal, waited)
  }
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
/** A worker asks again after at most a minute; the server names those that did not for five, dead ones too. */
const POLL_MS = 70_000

async function workers({ client, connection }: TemporalClient): Promise<number> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: CONTROL_QUEUE },
    taskQueueType: WORKFLOW_QUEUE,
  })
  const asked = pollers.flatMap(({ identity, lastAccessTime }) =>
    Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000 < POLL_MS ? [identity] : [],
  )
  return new Set(asked).size
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
