import type { TaskCall, TaskResult } from '../contracts/activities.ts'
import type { RunCounts, RunError } from '../contracts/runs.ts'
import { readManifest, writeManifest } from './manifests.ts'
import type { Catalog } from './open.ts'
import { type FlatCounts, nestCounts } from './run-counts.ts'
import { transaction } from './transaction.ts'

/** What running tasks write as they go: items, lists, counts, logs and warnings. */

/** The catalog, and the time of what is written. */
export interface RunStore {
  readonly catalog: Catalog
  readonly now: () => number
}

const MOST_WARNINGS = 100

const isoNow = ({ now }: RunStore): string => new Date(now()).toISOString()

export interface ItemEnd {
  readonly position: number
  readonly state: 'succeeded' | 'failed'
  readonly counts: FlatCounts
  readonly output?: TaskResult
  readonly error?: RunError
}

export async function itemEnded(
  { catalog }: RunStore,
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
  store: RunStore,
  { run, task }: TaskCall,
  { from, count }: NonNullable<TaskCall['items']>,
  resumed: string | null,
): Promise<ReadonlySet<number>> {
  if (resumed !== null) await adoptItems(store, { run, task, from, count, resumed })
  const rows = await itemsDone(store, { run, task, from, count }).select('position').execute()
  return new Set(rows.map(({ position }) => position))
}

interface ItemsOf {
  readonly run: string
  readonly task: string
  readonly from: number
  readonly count: number
}

function itemsDone({ catalog }: RunStore, { run, task, from, count }: ItemsOf) {
  return catalog.db
    .selectFrom('task_items')
    .where('run', '=', run)
    .where('task', '=', task)
    .where('position', '>=', from)
    .where('position', '<', from + count)
    .where('state', '=', 'succeeded')
}

async function adoptItems(store: RunStore, { run, task, from, count, resumed }: ItemsOf & { readonly resumed: string }): Promise<void> {
  const rows = await itemsDone(store, { run: resumed, task, from, count }).select(['position', 'output']).execute()
  if (rows.length === 0) return
  const adopted = rows.map(({ position, output }) => ({ run, task, position, state: 'succeeded', counts: '{}', output, error: null }))
  await store.catalog.db
    .insertInto('task_items')
    .values(adopted)
    .onConflict((on) => on.columns(['run', 'task', 'position']).doNothing())
    .execute()
}

/** The reference is `RUN/TASK`; a list that was written by an attempt before is replaced. */
export async function writeList(
  { catalog }: RunStore,
  { run, task, index }: TaskCall,
  items: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<{ readonly manifest: string; readonly items: number }> {
  const name = index === undefined ? task : `${task}.${index}`
  return { manifest: `${run}/${name}`, items: await writeManifest(catalog, run, name, items) }
}

/** A resumed run reads the lists of the run before it: the reference says whose. */
export async function readList(
  { catalog }: RunStore,
  run: string,
  reference: string,
  from: number,
  count: number,
): Promise<readonly unknown[]> {
  const slash = reference.indexOf('/')
  const [owner, manifest] = slash < 0 ? [run, reference] : [reference.slice(0, slash), reference.slice(slash + 1)]
  return readManifest(catalog.db, owner, manifest, from, count)
}

export interface LogLine {
  readonly at: string
  readonly level: string
  readonly message: string
  readonly facts: Readonly<Record<string, unknown>>
}

export interface Progress {
  readonly position: number | null
  /** A name that starts with `=` is a total, not to be added up. */
  readonly counts: FlatCounts
  readonly logs: readonly LogLine[]
}

/** Live counts of one attempt, and the run's sum of all. An attempt's row is replaced, never added to: a retry counts once. */
export async function writeProgress(store: RunStore, { run, task }: TaskCall, { position, counts, logs }: Progress): Promise<void> {
  const at = isoNow(store)
  await transaction(store.catalog, async (tx) => {
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
  const summed = await sumCounts(store, run)
  await store.catalog.db
    .updateTable('runs')
    .set({ counts: JSON.stringify(summed) })
    .where('id', '=', run)
    .execute()
}

/** The run's counts: those of its tasks and items added up, with totals in place of sums. */
export async function sumCounts({ catalog }: RunStore, run: string): Promise<RunCounts> {
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

export async function addWarning({ catalog }: RunStore, run: string, message: string): Promise<void> {
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
