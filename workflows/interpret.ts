import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import type { Activities, BeginRunInput, BegunRun, RunSummary } from '../contracts/activities.ts'
import type { WorkflowInput } from '../contracts/pipeline.ts'
import type { RunError, RunState } from '../contracts/runs.ts'
import { describeFailure, plainFailure, runFailure } from './failures.ts'
import { cancelUpdate, pauseUpdate, type RunStatus, resumeUpdate, retryUpdate, type Steered, skipUpdate, statusQuery } from './messages.ts'
import { CALLBACK, CONTROL, ENDING } from './policies.ts'
import { type RunProgress, startProgress } from './progress.ts'
import { refusePause, refuseResume, refuseRetry, refuseSkip, retry, setPaused, skip } from './steer.ts'
import { describeRun, setPhase, temporalWorld } from './temporal-world.ts'
import { failureOf, finalRecords, statusOf, walk } from './walk.ts'
import { flying, startWalking, type Walking } from './world.ts'

const control = proxyActivities<Activities>(CONTROL)
const ending = proxyActivities<Activities>(ENDING)
const calling = proxyActivities<Activities>(CALLBACK)

/** What a run hands to itself when it continues as new. */
export interface Carried {
  readonly begun: BegunRun
  readonly progress: RunProgress
}

/** The one workflow: every exported type is it, and the pipeline's DAG decides what happens. */
export async function interpret(input: WorkflowInput, carried?: Carried): Promise<RunSummary> {
  const state: { walking: Walking | null } = { walking: null }
  answer(state)
  const { begun, progress } = carried ?? (await begin(input))
  const walking = startWalking(begun, progress, temporalWorld(begun))
  state.walking = walking
  if (carried === undefined) describeRun(begun)
  const end = await walk(walking)
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished))
  if (end === 'continue') return continueAsNew<typeof interpret>(input, { begun, progress })
  if (end === 'cancelled')
    return CancellationScope.nonCancellable(() => close(walking, 'cancelled', { code: 'RUN_CANCELLED', message: 'The run was cancelled' }))
  if (end === 'timedOut') {
    return CancellationScope.nonCancellable(() =>
      close(walking, 'failed', { code: 'RUN_TIMEOUT', message: `The run took longer than ${begun.dag.timeout}` }),
    )
  }
  const failure = failureOf(walking)
  return CancellationScope.nonCancellable(() => close(walking, failure === undefined ? 'succeeded' : 'failed', failure))
}

async function begin(input: WorkflowInput): Promise<Carried> {
  const { workflowType, workflowId, firstExecutionRunId, typedSearchAttributes } = workflowInfo()
  const slot = typedSearchAttributes.getAll().find(({ key }) => key.name === 'TemporalScheduledStartTime')?.value
  const call: BeginRunInput = {
    workflowType,
    workflowId,
    runId: firstExecutionRunId,
    input,
    ...(slot instanceof Date ? { scheduledAt: slot.toISOString() } : {}),
  }
  try {
    const begun = await control.beginRun(call)
    return { begun, progress: startProgress(begun, Date.now()) }
  } catch (error) {
    const described = describeFailure(error)
    throw described.code === 'RUN_CANCELLED' ? error : runFailure(described)
  }
}

async function close(walking: Walking, status: RunState, error: RunError | undefined): Promise<RunSummary> {
  const { begun } = walking
  setPhase(begun, status)
  const summary = await ending.endRun({ run: begun.run, status, tasks: finalRecords(walking), ...(error === undefined ? {} : { error }) })
  if (status !== 'cancelled') await callBack(begun, status === 'succeeded' ? 'onSuccess' : 'onFailure')
  if (status === 'cancelled') throw new CancelledFailure('The run was cancelled')
  if (error !== undefined) throw runFailure(error)
  return summary
}

/** A receiver that is away does not fail the run: the activity leaves a warning. */
async function callBack({ run, dag }: BegunRun, on: 'onSuccess' | 'onFailure'): Promise<void> {
  const calls = (dag[on] ?? []).map((_, index) => calling.callBack({ run, on, index }))
  await Promise.allSettled(calls)
}

function answer(state: { readonly walking: Walking | null }): void {
  setHandler(statusQuery, () => describeStatus(state.walking))
  const begun = (): Walking => state.walking ?? refuse('the run has not begun yet')
  const accept = (reason: string | null): void => {
    if (reason !== null) refuse(reason)
  }
  setHandler(pauseUpdate, (_input) => setPaused(begun(), true), { validator: (_input) => accept(refusePause(begun())) })
  setHandler(resumeUpdate, () => setPaused(begun(), false), { validator: () => accept(refuseResume(begun())) })
  setHandler(retryUpdate, (input) => retry(begun(), input?.tasks), { validator: (input) => accept(refuseRetry(begun(), input?.tasks)) })
  setHandler(skipUpdate, (input) => skip(begun(), input.tasks), { validator: (input) => accept(refuseSkip(begun(), listOf(input?.tasks))) })
  setHandler(cancelUpdate, (input) => cancel(begun(), input?.reason ?? ''), {
    validator: (_input) => accept(begun().ended || begun().stopped !== null ? 'the run has ended' : null),
  })
}

function listOf(tasks: unknown): readonly string[] {
  return Array.isArray(tasks) ? tasks.map(String) : []
}

/** Temporal itself is asked to cancel, so that the run closes as cancelled there too. */
async function cancel(walking: Walking, reason: string): Promise<Steered> {
  await CancellationScope.nonCancellable(() =>
    control.requestCancel({ run: walking.begun.run, workflowId: workflowInfo().workflowId, reason }),
  )
  return { status: statusOf(walking), tasks: [] }
}

function refuse(reason: string): never {
  throw plainFailure('UPDATE_REFUSED', reason)
}

function describeStatus(walking: Walking | null): RunStatus {
  if (walking === null) return { run: '', pipeline: '', status: 'queued', paused: false, tasks: [] }
  const { begun, progress, ended, stopped } = walking
  const failure = failureOf(walking)
  const closed: RunState = failure === undefined ? 'succeeded' : 'failed'
  return {
    run: begun.run,
    pipeline: begun.pipeline,
    status: ended && stopped === null ? closed : statusOf(walking),
    paused: progress.paused,
    tasks: Object.entries(progress.tasks).map(([id, { state, items, error }]) => ({
      id,
      state,
      ...(items === undefined
        ? {}
        : { items: { total: items.total, done: items.done, failed: items.failed, running: flying(walking, id) } }),
      ...(error === undefined || state === 'succeeded' ? {} : { error }),
    })),
    ...(failure === undefined ? {} : { error: failure }),
  }
}
