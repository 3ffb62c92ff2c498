import { readManifest, writeManifest } from '../../catalog/manifests.ts'
import { transaction } from '../../catalog/transaction.ts'
import type { BeginRunInput, EndRunInput, RunRecord, RunSummary, TaskCall, TaskRecord, TaskResult } from '../../contracts/activities.ts'
import type { Dag } from '../../contracts/dag.ts'
import type { Connection, Pipeline, WorkflowInput } from '../../contracts/pipeline.ts'
import type { Run, RunCounts, RunError, RunState } from '../../contracts/runs.ts'
import type { Window } from '../../contracts/window.ts'
import { type FlatCounts, nestCounts } from './counts.ts'
import type { HostDeps } from './deps.ts'

/** What the runtime keeps of runs in the catalog. */
type Deps = Pick<HostDeps, 'catalog' | 'now'>

export interface LogLine {
  readonly at: string
  readonly level: string
  readonly message: string
  readonly facts: Readonly<Record<string, unknown>>
}

export interface FoundRun {
  readonly pipeline: string
  readonly input: WorkflowInput
  readonly dag: Dag
  readonly window: Window | null
}

const OPEN = ['queued', 'running', 'waiting', 'paused'] as const
const MOST_WARNINGS = 100

const isoNow = ({ now }: Deps): string => new Date(now()).toISOString()

export async function findPipeline({ catalog }: Deps, name: string): Promise<Pipeline | null> {
  const row = await catalog.db
    .selectFrom('pipelines')
    .select('document')
    .where('name', '=', name)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  return row === undefined ? null : (JSON.parse(row.document) as Pipeline) // written from a checked document
}

export async function pipelineNames({ catalog }: Deps): Promise<readonly string[]> {
  const rows = await catalog.db.selectFrom('pipelines').select('name').where('deleted_at', 'is', null).orderBy('name').execute()
  return rows.map(({ name }) => name)
}

export async function findConnection({ catalog }: Deps, name: string): Promise<Connection | null> {
  const row = await catalog.db.selectFrom('connections').select('document').where('name', '=', name).executeTakeFirst()
  return row === undefined ? null : (JSON.parse(row.document) as Connection) // written from a checked document
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
export async function openRun(deps: Deps, { run, pipeline, begin, input, dag, window, completed }: OpenedRun): Promise<void> {
  const at = isoNow(deps)
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
  await transaction(deps.catalog, async (tx) => {
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

export async function findRun({ catalog }: Deps, run: string): Promise<FoundRun | null> {
  const row = await catalog.db
    .selectFrom('runs')
    .select(['pipeline', 'input', 'dag', 'window_from', 'window_to'])
    .where('id', '=', run)
    .executeTakeFirst()
  if (row === undefined) return null
  const window = row.window_from === null || row.window_to === null ? null : { from: row.window_from, to: row.window_to }
  return { pipeline: row.pipeline, input: JSON.parse(row.input), dag: JSON.parse(row.dag), window }
}

export async function taskOutputs({ catalog }: Deps, run: string): Promise<Readonly<Record<string, TaskResult>>> {
  const rows = await catalog.db
    .selectFrom('task_runs')
    .select(['task', 'output'])
    .where('run', '=', run)
    .where('state', '=', 'succeeded')
    .execute()
  return Object.fromEntries(rows.map(({ task, output }) => [task, output === null ? {} : JSON.parse(output)]))
}

/** End of the newest window of a successful run before a slot; what a cron schedule's window starts from. */
export async function lastSlot({ catalog }: Deps, pipeline: string, before: string): Promise<string | null> {
  const row = await catalog.db
    .selectFrom('runs')
    .select((of) => of.fn.max('window_to').as('slot'))
    .where('pipeline', '=', pipeline)
    .where('status', '=', 'succeeded')
    .where('window_to', '<', before)
    .executeTakeFirst()
  return row?.slot ?? null
}

export async function taskStarted(deps: Deps, call: TaskCall, attempt: number): Promise<void> {
  if (call.items !== undefined && attempt === 1) return // one row for thousands of chunks: the interpreter says that the task runs
  const at = isoNow(deps)
  await deps.catalog.db
    .insertInto('task_runs')
    .values({ ...emptyTask({ run: call.run, task: call.task, state: 'running', attempts: attempt, counts: '{}' }), started_at: at })
    .onConflict((on) =>
      on.columns(['run', 'task']).doUpdateSet((of) => ({
        state: 'running',
        attempts: of.case().when('task_runs.attempts', '>', attempt).then(of.ref('task_runs.attempts')).else(attempt).end(),
        started_at: of.fn.coalesce('task_runs.started_at', 'excluded.started_at'),
      })),
    )
    .execute()
}

export async function taskSucceeded(deps: Deps, call: TaskCall, output: TaskResult): Promise<void> {
  await deps.catalog.db
    .updateTable('task_runs')
    .set({ state: 'succeeded', output: JSON.stringify(output), error: null, ended_at: isoNow(deps) })
    .where('run', '=', call.run)
    .where('task', '=', call.task)
    .execute()
}

/** What the interpreter says overrules what attempts said: only it knows how a task ended for good. */
export async function recordRun(deps: Deps, { run, status, tasks }: RunRecord): Promise<void> {
  const at = isoNow(deps)
  await transaction(deps.catalog, async (tx) => {
    for (const task of tasks) {
      if (task.reset === true) await tx.deleteFrom('task_items').where('run', '=', run).where('task', '=', task.task).execute()
      await tx.updateTable('task_runs').set(taskColumns(task, at)).where('run', '=', run).where('task', '=', task.task).execute()
    }
    if (status !== undefined) {
      await tx.updateTable('runs').set({ status, heartbeat_at: at }).where('id', '=', run).where('ended_at', 'is', null).execute()
    }
  })
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

export interface ItemEnd {
  readonly position: number
  readonly state: 'succeeded' | 'failed'
  readonly counts: FlatCounts
  readonly output?: TaskResult
  readonly error?: RunError
}

export async function itemEnded(
  { catalog }: Deps,
  { run, task }: TaskCall,
  { position, state, counts, output, error }: ItemEnd,
): Promise<void> {
  const row = {
    run,
    task,
    position,
    state,
    counts: JSON.stringify(counts),
    output: output === undefined ? null : JSON.stringify(output),
    error: error === undefined ? null : JSON.stringify(error),
  }
  const { run: _run, task: _task, position: _position, ...changed } = row
  await catalog.db
    .insertInto('task_items')
    .values(row)
    .onConflict((on) => on.columns(['run', 'task', 'position']).doUpdateSet(changed))
    .execute()
}

/**
 * Positions that need not run again: those this run has done, and those of the run it resumes, which become its own so that a
 * run that resumes this one finds them too.
 */
export async function doneItems(
  deps: Deps,
  { run, task }: TaskCall,
  { from, count }: NonNullable<TaskCall['items']>,
  resumed: string | null,
): Promise<ReadonlySet<number>> {
  if (resumed !== null) await adoptItems(deps, { run, task, from, count, resumed })
  const rows = await itemsDone(deps, { run, task, from, count }).select('position').execute()
  return new Set(rows.map(({ position }) => position))
}

interface ItemsOf {
  readonly run: string
  readonly task: string
  readonly from: number
  readonly count: number
}

function itemsDone({ catalog }: Deps, { run, task, from, count }: ItemsOf) {
  return catalog.db
    .selectFrom('task_items')
    .where('run', '=', run)
    .where('task', '=', task)
    .where('position', '>=', from)
    .where('position', '<', from + count)
    .where('state', '=', 'succeeded')
}

async function adoptItems(deps: Deps, { run, task, from, count, resumed }: ItemsOf & { readonly resumed: string }): Promise<void> {
  const rows = await itemsDone(deps, { run: resumed, task, from, count }).select(['position', 'output']).execute()
  if (rows.length === 0) return
  const adopted = rows.map(({ position, output }) => ({ run, task, position, state: 'succeeded', counts: '{}', output, error: null }))
  await deps.catalog.db
    .insertInto('task_items')
    .values(adopted)
    .onConflict((on) => on.columns(['run', 'task', 'position']).doNothing())
    .execute()
}

/** The reference is `RUN/TASK`; a list that was written by an attempt before is replaced. */
export async function writeList(
  { catalog }: Deps,
  { run, task, index }: TaskCall,
  items: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<{ readonly manifest: string; readonly items: number }> {
  const name = index === undefined ? task : `${task}.${index}`
  return { manifest: `${run}/${name}`, items: await writeManifest(catalog, run, name, items) }
}

/** A resumed run reads the lists of the run before it: the reference says whose. */
export async function readList(
  { catalog }: Deps,
  run: string,
  reference: string,
  from: number,
  count: number,
): Promise<readonly unknown[]> {
  const slash = reference.indexOf('/')
  const [owner, manifest] = slash < 0 ? [run, reference] : [reference.slice(0, slash), reference.slice(slash + 1)]
  return readManifest(catalog.db, owner, manifest, from, count)
}

export interface Progress {
  readonly position: number | null
  /** A name that starts with `=` is a total, not to be added up. */
  readonly counts: FlatCounts
  readonly logs: readonly LogLine[]
}

/** Live counts of one attempt, and the run's sum of all. An attempt's row is replaced, never added to: a retry counts once. */
export async function progress(deps: Deps, { run, task }: TaskCall, { position, counts, logs }: Progress): Promise<void> {
  const at = isoNow(deps)
  await transaction(deps.catalog, async (tx) => {
    if (logs.length > 0) {
      await tx
        .insertInto('run_logs')
        .values(
          logs.map(({ facts, ...line }) => ({ run, task, ...line, facts: Object.keys(facts).length === 0 ? null : JSON.stringify(facts) })),
        )
        .execute()
    }
    if (position === null) {
      await tx
        .updateTable('task_runs')
        .set({ counts: JSON.stringify(counts) })
        .where('run', '=', run)
        .where('task', '=', task)
        .execute()
    } else {
      const row = { run, task, position, state: 'running', counts: JSON.stringify(counts), output: null, error: null }
      await tx
        .insertInto('task_items')
        .values(row)
        .onConflict((on) => on.columns(['run', 'task', 'position']).doUpdateSet({ counts: row.counts }))
        .execute()
    }
    await tx.updateTable('runs').set({ heartbeat_at: at }).where('id', '=', run).execute()
  })
  const summed = await sumCounts(deps, run)
  await deps.catalog.db
    .updateTable('runs')
    .set({ counts: JSON.stringify(summed) })
    .where('id', '=', run)
    .execute()
}

async function sumCounts({ catalog }: Deps, run: string): Promise<RunCounts> {
  const tasks = await catalog.db.selectFrom('task_runs').select('counts').where('run', '=', run).where('counts', '<>', '{}').execute()
  const items = await catalog.db.selectFrom('task_items').select('counts').where('run', '=', run).where('counts', '<>', '{}').execute()
  const sum: FlatCounts = {}
  const exact: FlatCounts = {}
  for (const { counts } of [...tasks, ...items]) {
    const flat: FlatCounts = JSON.parse(counts)
    for (const [name, value] of Object.entries(flat)) {
      if (name.startsWith('=')) exact[name.slice(1)] = value
      else sum[name] = (sum[name] ?? 0) + value
    }
  }
  return nestCounts({ ...sum, ...exact })
}

export async function warn({ catalog }: Deps, run: string, message: string): Promise<void> {
  await transaction(catalog, async (tx) => {
    const row = await tx.selectFrom('runs').select('warnings').where('id', '=', run).executeTakeFirst()
    const warnings: string[] = JSON.parse(row?.warnings ?? '[]')
    if (warnings.includes(message) || warnings.length >= MOST_WARNINGS) return
    await tx
      .updateTable('runs')
      .set({ warnings: JSON.stringify([...warnings, message]) })
      .where('id', '=', run)
      .execute()
  })
}

export async function endRun(deps: Deps, { run, status, error, tasks = [] }: EndRunInput): Promise<RunSummary> {
  const counts = await sumCounts(deps, run)
  const at = isoNow(deps)
  await transaction(deps.catalog, async (tx) => {
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

/** The run as webhooks tell it. */
export async function showRun({ catalog }: Deps, run: string): Promise<Run | null> {
  const row = await catalog.db.selectFrom('runs').selectAll().where('id', '=', run).executeTakeFirst()
  if (row === undefined) return null
  return {
    id: row.id,
    pipeline: row.pipeline,
    type: row.type,
    status: row.status as RunState, // written from one
    workflowId: row.workflow_id,
    startedAt: row.started_at,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    counts: JSON.parse(row.counts),
    tasks: [],
    warnings: JSON.parse(row.warnings),
    ...(row.error === null ? {} : { error: JSON.parse(row.error) }),
  }
}

export interface OpenRun {
  readonly id: string
  readonly workflowId: string
  readonly temporalRunId: string
}

export async function openRuns({ catalog }: Deps): Promise<readonly OpenRun[]> {
  const rows = await catalog.db.selectFrom('runs').select(['id', 'workflow_id', 'temporal_run_id']).where('status', 'in', OPEN).execute()
  return rows.map((row) => ({ id: row.id, workflowId: row.workflow_id, temporalRunId: row.temporal_run_id }))
}
