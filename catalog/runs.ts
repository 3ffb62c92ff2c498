import type { Selectable } from 'kysely'
import type { Dag } from '../contracts/dag.ts'
import type { Run, RunState, TaskRun, TaskState } from '../contracts/runs.ts'
import type { RunsTable, TaskRunsTable } from './schema.ts'
import type { Db } from './transaction.ts'
import { silentSince } from './worker-signs.ts'

/** Runs as they are shown; the host of the activities writes them. */

/** States of a run that needs a worker to go on by itself. */
const GOING: readonly string[] = ['queued', 'running', 'cancelling'] satisfies readonly RunState[]

export async function getRun(db: Db, id: string, now = Date.now()): Promise<Run | null> {
  const row = await db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) return null
  const tasks = await db.selectFrom('task_runs').selectAll().where('run', '=', id).execute()
  return { ...summaryOf(row, await silentSince(db, now)), tasks: inOrderOf(row.dag, tasks).map(taskOf) }
}

export interface RunFilter {
  readonly pipeline?: string
  readonly status?: readonly RunState[]
  readonly limit?: number
  /** Runs that started before this time; for the next page. */
  readonly before?: string
  readonly now?: number
}

/** A run without its tasks. */
export type RunSummary = Omit<Run, 'tasks'>

/** The newest first. */
export async function listRuns(
  db: Db,
  { pipeline, status, limit = 50, before, now = Date.now() }: RunFilter = {},
): Promise<readonly RunSummary[]> {
  const silent = await silentSince(db, now)
  const rows = await db
    .selectFrom('runs')
    .selectAll()
    .$if(pipeline !== undefined, (query) => query.where('pipeline', '=', pipeline ?? ''))
    .$if(status !== undefined, (query) => query.where('status', 'in', writtenStates(status ?? [], silent !== null)))
    .$if(before !== undefined, (query) => query.where('started_at', '<', before ?? ''))
    .orderBy('started_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => summaryOf(row, silent))
}

/** The newest run of each pipeline. */
export async function lastRuns(db: Db, now = Date.now()): Promise<ReadonlyMap<string, RunSummary>> {
  const newest = db
    .selectFrom('runs')
    .select(['pipeline', (of) => of.fn.max('started_at').as('at')])
    .groupBy('pipeline')
    .as('newest')
  const [rows, silent] = await Promise.all([
    db
      .selectFrom('runs')
      .innerJoin(newest, (join) => join.onRef('newest.pipeline', '=', 'runs.pipeline').onRef('newest.at', '=', 'runs.started_at'))
      .selectAll('runs')
      .execute(),
    silentSince(db, now),
  ])
  return new Map(rows.map((row) => [row.pipeline, summaryOf(row, silent)]))
}

/** Without a worker everything that goes is stalled; with one nothing is. */
function writtenStates(wanted: readonly RunState[], silent: boolean): readonly string[] {
  if (!silent) return wanted
  const others = wanted.filter((state) => !GOING.includes(state))
  return others.includes('stalled') ? [...others, ...GOING] : others
}

export interface LogEntry {
  /** Grows within the run; give the last one to go on from there. */
  readonly number: number
  readonly task: string | null
  readonly at: string
  readonly level: string
  readonly message: string
  readonly facts: Readonly<Record<string, unknown>>
}

export interface LogFilter {
  readonly after?: number
  readonly task?: string
  readonly levels?: readonly string[]
  readonly limit?: number
}

/** Oldest first. */
export async function runLogs(
  db: Db,
  run: string,
  { after = 0, task, levels, limit = 1_000 }: LogFilter = {},
): Promise<readonly LogEntry[]> {
  const rows = await db
    .selectFrom('run_logs')
    .selectAll()
    .where('run', '=', run)
    .where('id', '>', after)
    .$if(task !== undefined, (query) => query.where('task', '=', task ?? ''))
    .$if(levels !== undefined, (query) => query.where('level', 'in', levels ?? []))
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(({ id, facts, ...row }) => ({
    number: id,
    task: row.task,
    at: row.at,
    level: row.level,
    message: row.message,
    facts: facts === null ? {} : JSON.parse(facts),
  }))
}

function summaryOf(row: Selectable<RunsTable>, silent: string | null): RunSummary {
  const stalled = silent !== null && GOING.includes(row.status)
  const warnings: readonly string[] = JSON.parse(row.warnings)
  return {
    id: row.id,
    pipeline: row.pipeline,
    type: row.type,
    status: stalled ? 'stalled' : (row.status as RunState), // written from one
    workflowId: row.workflow_id,
    startedAt: row.started_at,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    ...(row.window_from === null || row.window_to === null ? {} : { window: { from: row.window_from, to: row.window_to } }),
    counts: JSON.parse(row.counts),
    warnings: stalled ? [...warnings, `No worker has been up since ${silent}; the run goes on when one is (\`lodeline up\`)`] : warnings,
    ...(row.error === null ? {} : { error: JSON.parse(row.error) }),
  }
}

/** As the DAG names them. */
function inOrderOf(dag: string, tasks: readonly Selectable<TaskRunsTable>[]): readonly Selectable<TaskRunsTable>[] {
  const order = Object.keys((JSON.parse(dag) as Dag).tasks) // written from one
  return [...tasks].sort((one, other) => order.indexOf(one.task) - order.indexOf(other.task))
}

function taskOf(row: Selectable<TaskRunsTable>): TaskRun {
  return {
    id: row.task,
    state: row.state as TaskState, // written from one
    attempts: row.attempts,
    ...(row.started_at === null ? {} : { startedAt: row.started_at }),
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    ...(row.items_total === null ? {} : { items: { total: row.items_total, done: row.items_done ?? 0, failed: row.items_failed ?? 0 } }),
    ...(row.output === null ? {} : { output: JSON.parse(row.output) }),
    ...(row.error === null ? {} : { error: JSON.parse(row.error) }),
  }
}
