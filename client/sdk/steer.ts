import {
  ApplicationFailure,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client'
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/codec-helpers.js'
import { LodelineError } from '../../contracts/errors.ts'
import { type WorkflowInput, workflowInputSchema } from '../../contracts/pipeline.ts'
import type { RunStatus, Steered } from '../../workflows/messages.ts'
import type { TemporalClient } from './connect.ts'
import type { Retried, RetryOptions, RunHandle, StartOptions } from './runs.ts'

/** Without a worker an Update waits for one; so long we do too. */
const ANSWER_WITHIN_MS = 20_000

export interface Message {
  readonly name: 'pause' | 'resume' | 'retry' | 'skip'
  readonly input?: object
  readonly updateId?: string | undefined
}

/** One Update of an open run; what a run refuses is a plain error with its reason. */
export async function steer(
  { client, connection }: TemporalClient,
  workflowId: string,
  { name, input, updateId }: Message,
): Promise<Steered> {
  const handle = client.workflow.getHandle(workflowId)
  const { status } = await handle.describe()
  if (status.name !== 'RUNNING') throw closed(workflowId, name)
  try {
    return await connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      handle.executeUpdate<Steered, [object]>(name, { args: [input ?? {}], ...(updateId === undefined ? {} : { updateId }) }),
    )
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw closed(workflowId, name) // it ended meanwhile
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
      throw new LodelineError(
        'WORKER_ABSENT',
        `the run ${workflowId} did not answer within ${ANSWER_WITHIN_MS / 1000} s; when a worker is back it may still ${name}`,
        { workflowId },
        error,
      )
    }
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
      throw new LodelineError('RUN_REFUSED', `the run cannot ${name}: ${error.cause.message}`, { workflowId }, error)
    }
    throw error
  }
}

function closed(workflowId: string, name: string): LodelineError {
  return new LodelineError('RUN_CLOSED', `the run ${workflowId} has ended: there is nothing to ${name}`, { workflowId })
}

export interface RetryMeans extends RetryOptions {
  self(): RunHandle
  start(options: StartOptions): Promise<RunHandle>
}

/** An open run is asked; a closed one is followed by a new one with the same input, which keeps what succeeded. */
export async function retry(temporal: TemporalClient, workflowId: string, { tasks, updateId, self, start }: RetryMeans): Promise<Retried> {
  const handle = temporal.client.workflow.getHandle(workflowId)
  const { status, type } = await handle.describe()
  if (status.name === 'RUNNING') {
    await steer(temporal, workflowId, { name: 'retry', input: tasks === undefined ? {} : { tasks }, updateId })
    return { run: self(), isNew: false }
  }
  const { run } = await handle.query<RunStatus, []>('status')
  const input = await inputOf(temporal, workflowId)
  const next = run === '' ? input : resuming(input, run, tasks) // a run that never began has nothing to keep
  return { run: await start({ type, ...next, ...(updateId === undefined ? {} : { requestId: updateId }) }), isNew: true }
}

/** The input of a run that goes on where `run`, which had `input`, ended. */
export function resuming(input: WorkflowInput, run: string, tasks: readonly string[] | undefined): WorkflowInput {
  return { ...fresh(input), resumeFrom: run, ...(tasks === undefined ? {} : { rerun: [...tasks] }) }
}

/** The same input for a run from the start. */
export function fresh({ resumeFrom: _resumeFrom, rerun: _rerun, ...input }: WorkflowInput): WorkflowInput {
  return input
}

/** What the run was started with, from the first event of its history. */
async function inputOf({ client, connection }: TemporalClient, workflowId: string): Promise<WorkflowInput> {
  const { history } = await connection.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId },
    maximumPageSize: 1,
  })
  const payloads = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads
  return workflowInputSchema.parse(await decodeFromPayloadsAtIndex(client.options.loadedDataConverter, 0, payloads))
}
