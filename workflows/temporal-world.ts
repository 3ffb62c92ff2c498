import { defineSearchAttributeKey } from '@temporalio/common'
import {
  CancellationScope,
  condition,
  executeChild,
  proxyActivities,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import type { Activities, BegunRun, RunRecord, TaskCall, TaskResult } from '../contracts/activities.ts'
import type { Task } from '../contracts/dag.ts'
import type { SEARCH_ATTRIBUTES } from '../contracts/temporal.ts'
import { describeFailure } from './failures.ts'
import { substitute } from './inputs.ts'
import { CONTROL, RECORDING, taskOptions } from './policies.ts'
import type { Flight, World } from './world.ts'

/** Past this a history is not let grow, whatever is under way: half of what keeps Temporal's warnings (10,240 events, 10 MiB) away. */
const MOST_EVENTS = 7000
const MOST_BYTES = 4_500_000

const control = proxyActivities<Activities>(CONTROL)
const recording = proxyActivities<Activities>(RECORDING)

export function temporalWorld(begun: BegunRun): World {
  return {
    now: () => Date.now(),
    start: ({ key, task, call }) =>
      inScope(() => (task.run.startsWith('pipeline:') ? runChild(begun, key, task, call) : runTask(begun, task, call))),
    record: (record: RunRecord) => CancellationScope.nonCancellable(() => recording.recordRun(record)),
    until: (holds) => condition(holds),
    untilDone: (holds) => CancellationScope.nonCancellable(() => condition(holds)),
    sleep: (ms) => sleep(ms),
    describe: describeFailure,
    historyIsLong,
    phase: (phase) => setPhase(begun, phase),
  }
}

/** Its own scope, so that one task can be stopped while the others go on. */
function inScope(run: () => Promise<TaskResult>): Flight {
  const scope = new CancellationScope()
  return { result: scope.run(run), cancel: () => scope.cancel() }
}

function runTask(begun: BegunRun, task: Task, call: TaskCall): Promise<TaskResult> {
  return proxyActivities<Activities>(taskOptions(task, call, begun)).runTask(call)
}

async function runChild(begun: BegunRun, key: string, task: Task, call: TaskCall): Promise<TaskResult> {
  const pipeline = task.run.slice('pipeline:'.length)
  const params = call.items === undefined ? call.with : await itemParams(call, call.items)
  const type = begun.children[pipeline] ?? 'pipeline'
  const input = { pipeline, params, ...(begun.window === null ? {} : { window: begun.window }) }
  const summary: TaskResult = await executeChild(type, {
    args: [input],
    workflowId: `${workflowInfo().workflowId}/${key}`,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    parentClosePolicy: 'REQUEST_CANCEL',
  })
  return summary
}

async function itemParams(call: TaskCall, { manifest, from }: { manifest: string; from: number }): Promise<TaskCall['with']> {
  const [value] = await control.readItems({ run: call.run, manifest, from, count: 1 })
  const scope = { params: {}, window: null, outputs: {}, item: { value } }
  return substitute(call.with, scope) as TaskCall['with'] // an object stays an object
}

function historyIsLong(): { should: boolean; must: boolean } {
  const { continueAsNewSuggested, historyLength, historySize } = workflowInfo()
  return { should: continueAsNewSuggested, must: historyLength > MOST_EVENTS || historySize > MOST_BYTES }
}

/** What the run is for, once at its start. */
export function describeRun(begun: BegunRun): void {
  setAttributes(begun, {
    LodelinePipeline: begun.pipeline,
    LodelineType: workflowInfo().workflowType,
    LodelineRun: begun.run,
    ...(begun.connection === null ? {} : { LodelineConnection: begun.connection }),
  })
}

export function setPhase(begun: BegunRun, phase: string): void {
  setAttributes(begun, { LodelinePhase: phase })
}

function setAttributes({ searchAttributes }: BegunRun, values: Partial<Record<keyof typeof SEARCH_ATTRIBUTES, string>>): void {
  const pairs = searchAttributes.flatMap((name) => {
    const value = values[name]
    return value === undefined ? [] : [{ key: defineSearchAttributeKey(name, 'KEYWORD'), value }]
  })
  if (pairs.length > 0) upsertSearchAttributes(pairs)
}
