import type { BeginRunInput, EndRunInput, RunRecord, RunSummary, TaskCall, TaskRecord, TaskResult } from '../contracts/activities.ts'
import type { Dag } from '../contracts/dag.ts'
import type { Pipeline, WorkflowInput } from '../contracts/pipeline.ts'
import type { RunError } from '../contracts/runs.ts'
import type { Window } from '../contracts/window.ts'
import { type RunStore, sumCounts } from './run-progress.ts'
import { type Tx, transaction } from './transaction.ts'

/** Runs and their tasks as the runtime writes them down; runs.ts shows them. */

const OPEN = ['queued', 'running', 'waiting', 'paused', 'cancelling'] as const

const isOpen = (status: string): boolean => OPEN.some((state) => state === status)

const isoNow = ({ now }: RunStore): string => new Date(now()).toISOString()

export interface FoundRun {
  readonly pipeline: string
  readonly input: WorkflowInput
  readonly dag: Dag
  readonly window: Window | null
}

export interface OpenedRun {
  readonly run: string
  readonly pipeline: Pipeline
  readonly begin: BeginRunInput
  readonly input: WorkflowInput
  readonly dag: Dag
  readonly window: Window | null
  /** Outputs of tasks that the run it resumes had finished: they are this run's too. */
  readonly completed: Readonly<Record<string, TaskResult>>
}

/** Again for the same run: leaves it as it is. A run that was written down before its start (by a client) becomes running. */
export async function openRun(store: RunStore, { run, pipeline, begin, input, dag, window, completed }: OpenedRun): Promise<void> {
  const at = isoNow(store)
  const row = {
    id: run,
    pipeline: pipeline.name,
    type: pipeline.type,
    workflow_id: begin.workflowId,
    temporal_run_id: begin.runId,
    status: 'running',
    window_from: window?.from ?? null,
    window_to: window?.to ?? null,
    input: JSON.stringify(input),
    dag: JSON.stringify(dag),
    counts: '{}',
    warnings: '[]',
    error: null,
    started_at: at,
    ended_at: null,
    heartbeat_at: at,
  }
  await transaction(store.catalog, async (tx) => {
    await tx
      .insertInto('runs')
      .values(row)
      .onConflict((on) => on.column('id').doNothing())
      .execute()
    if (Object.keys(dag.tasks).length === 0) return
    const tasks = Object.keys(dag.tasks).map((task) => {
      const output = completed[task]
      const row = emptyTask({ run, task, state: output === undefined ? 'none' : 'succeeded', attempts: 0, counts: '{}' })
      return { ...row, output: output === undefined ? null : JSON.stringify(output) }
    })
    await tx
      .insertInto('task_runs')
      .values(tasks)
      .onConflict((on) => on.columns(['run', 'task']).doNothing())
      .execute()
  })
}

function emptyTask(task: { run: string; task: string; state: string; attempts: number; counts: string }) {
  return { ...task, started_at: null, ended_at: null, items_total: null, items_done: null, items_failed: null, output: null, error: null }
}

export async function findRun({ catalog }: RunStore, run: string): Promise<FoundRun | null> {
  const row = await catalog.db
    .selectFrom('runs')
    .select(['pipeline', 'input', 'dag', 'window_from', 'window_to'])
    .where('id', '=', run)
    .executeTakeFirst()
  if (row === undefined) return null
  const window = row.window_from === null || row.window_to === null ? null : { from: row.window_from, to: row.window_to }
  return { pipeline: row.pipeline, input: JSON.parse(row.input), dag: JSON.parse(row.dag), window }
}

export async function taskOutputs({ catalog }: RunStore, run: string): Promise<Readonly<Record<string, TaskResult>>> {
  const rows = await catalog.db
    .selectFrom('task_runs')
    .select(['task', 'output'])
    .where('run', '=', run)
    .where('state', '=', 'succeeded')
    .execute()
  return Object.fromEntries(rows.map(({ task, output }) => [task, output === null ? {} : JSON.parse(output)]))
}

export async function hasSucceeded({ catalog }: RunStore, pipeline: string): Promise<boolean> {
  const row = await catalog.db
    .selectFrom('runs')
    .select('id')
    .where('pipeline', '=', pipeline)
    .where('status', '=', 'succeeded')
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export async function taskStarted(store: RunStore, call: TaskCall, attempt: number): Promise<void> {
  if (call.items !== undefined && attempt === 1) return // one row for thousands of chunks: the interpreter says that the task runs
  const at = isoNow(store)
  await store.catalog.db
    .insertInto('task_runs')
    .values({ ...emptyTask({ run: call.run, task: call.task, state: 'running', attempts: attempt, counts: '{}' }), started_at: at })
    .onConflict((on) =>
      on.columns(['run', 'task']).doUpdateSet((of) => ({
        state: 'running',
        attempts: of.case().when('task_runs.attempts', '>', attempt).then(of.ref('task_runs.attempts')).else(attempt).end(),
        // Until its first attempt it only waited for a worker.
        started_at: of
          .case()
          .when('task_runs.attempts', '=', 0)
          .then(of.ref('excluded.started_at'))
          .else(of.fn.coalesce('task_runs.started_at', 'excluded.started_at'))
          .end(),
      })),
    )
    .execute()
}

/** Why an attempt failed, for as long as the task is tried again; how it ends for good the interpreter says. */
export async function attemptFailed({ catalog }: RunStore, { run, task }: TaskCall, error: RunError): Promise<void> {
  await catalog.db
    .updateTable('task_runs')
    .set({ error: JSON.stringify(error) })
    .where('run', '=', run)
    .where('task', '=', task)
    .where('state', '=', 'running')
    .execute()
}

export async function taskSucceeded(store: RunStore, call: TaskCall, output: TaskResult): Promise<void> {
  await store.catalog.db
    .updateTable('task_runs')
    .set({ state: 'succeeded', output: JSON.stringify(output), error: null, ended_at: isoNow(store) })
    .where('run', '=', call.run)
    .where('task', '=', call.task)
    .execute()
}

/** What the interpreter says overrules what attempts said: only it knows how a task ended for good. */
export async function recordRun(store: RunStore, { run, status, tasks }: RunRecord): Promise<void> {
  const at = isoNow(store)
  await transaction(store.catalog, async (tx) => {
    for (const task of tasks) {
      if (task.reset === true) await tx.deleteFrom('task_items').where('run', '=', run).where('task', '=', task.task).execute()
      await tx.updateTable('task_runs').set(taskColumns(task, at)).where('run', '=', run).where('task', '=', task.task).execute()
      if (task.state === 'running') await itemsStarted(tx, run, task, at)
    }
    // A run that was told to stop has not ended while its tasks still do: only `endRun` says that it has.
    if (status !== undefined) {
      const shown = isOpen(status) ? status : 'cancelling'
      await tx.updateTable('runs').set({ status: shown, heartbeat_at: at }).where('id', '=', run).where('ended_at', 'is', null).execute()
    }
  })
}

/** The attempts of a mapped task's items are written down from the second on: its start is the interpreter's to tell, as a child pipeline's is. */
async function itemsStarted(tx: Tx, run: string, { task, items }: TaskRecord, at: string): Promise<void> {
  await tx
    .updateTable('task_runs')
    .set({ started_at: at, ...(items === undefined ? {} : { attempts: 1 }) })
    .where('run', '=', run)
    .where('task', '=', task)
    .where('started_at', 'is', null)
    .execute()
}

function taskColumns(record: TaskRecord, at: string) {
  const { state, output, error, items } = record
  const ended = !['none', 'queued', 'running', 'waiting'].includes(state)
  return {
    state,
    error: error === undefined ? null : JSON.stringify(error),
    ended_at: ended ? at : null,
    ...(state === 'none' ? { output: null, started_at: null } : {}),
    ...(output === undefined ? {} : { output: JSON.stringify(output) }),
    ...(items === undefined ? {} : { items_total: items.total, items_done: items.done, items_failed: items.failed }),
  }
}

export async function endRun(store: RunStore, { run, status, error, tasks = [] }: EndRunInput): Promise<RunSummary> {
  const counts = await sumCounts(store, run)
  const at = isoNow(store)
  await transaction(store.catalog, async (tx) => {
    await tx
      .updateTable('runs')
      .set({
        status,
        error: error === undefined ? null : JSON.stringify(error),
        counts: JSON.stringify(counts),
        ended_at: at,
        heartbeat_at: at,
      })
      .where('id', '=', run)
      .execute()
    for (const task of tasks) {
      const { ended_at: _endedAt, ...state } = taskColumns(task, at)
      await tx.updateTable('task_runs').set(state).where('run', '=', run).where('task', '=', task.task).execute()
    }
    const left = status === 'succeeded' ? 'skipped' : 'cancelled'
    await tx
      .updateTable('task_runs')
      .set({ state: left, ended_at: at })
      .where('run', '=', run)
      .where('state', 'in', ['running', 'queued', 'waiting'])
      .execute()
  })
  return { run, status, counts: { ...counts } }
}

export interface OpenRun {
  readonly id: string
  readonly workflowId: string
  readonly temporalRunId: string
}

export async function openRuns({ catalog }: RunStore): Promise<readonly OpenRun[]> {
  const rows = await catalog.db.selectFrom('runs').select(['id', 'workflow_id', 'temporal_run_id']).where('status', 'in', OPEN).execute()
  return rows.map((row) => ({ id: row.id, workflowId: row.workflow_id, temporalRunId: row.temporal_run_id }))
}
