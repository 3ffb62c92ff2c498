import type { Dag } from '../contracts/dag.ts'
import type { RunCounts, RunError } from '../contracts/runs.ts'
import { type FlatCounts, nestCounts } from './run-counts.ts'
import type { Db } from './transaction.ts'

/** One item of a mapped task, and what became of it. */
export interface TaskItem {
  readonly task: string
  readonly position: number
  readonly state: string
  /** As the task before it listed it; absent where the list is gone. */
  readonly item?: unknown
  readonly counts: RunCounts
  readonly output?: Readonly<Record<string, unknown>>
  readonly error?: RunError
}

export interface ItemFilter {
  readonly task?: string
  readonly state?: string
  readonly limit?: number
}

/** Items that have ended, or are under way, in the order of their lists. */
export async function taskItems(db: Db, run: string, { task, state, limit = 100 }: ItemFilter = {}): Promise<readonly TaskItem[]> {
  const rows = await db
    .selectFrom('task_items')
    .selectAll()
    .where('run', '=', run)
    .$if(task !== undefined, (query) => query.where('task', '=', task ?? ''))
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? ''))
    .orderBy('task')
    .orderBy('position')
    .limit(limit)
    .execute()
  const lists = await listsOf(db, run)
  const items = new Map<string, ReadonlyMap<number, unknown>>()
  for (const of of new Set(rows.map((row) => row.task))) {
    const positions = rows.filter((row) => row.task === of).map(({ position }) => position)
    items.set(of, await listed(db, lists.get(of), positions))
  }
  return rows.map((row) => ({
    task: row.task,
    position: row.position,
    state: row.state,
    ...(items.get(row.task)?.has(row.position) ? { item: items.get(row.task)?.get(row.position) } : {}),
    counts: nestCounts(JSON.parse(row.counts) as FlatCounts), // written by `itemEnded`
    ...(row.output === null ? {} : { output: JSON.parse(row.output) }),
    ...(row.error === null ? {} : { error: JSON.parse(row.error) }),
  }))
}

interface List {
  readonly run: string
  readonly manifest: string
}

/** Mapped task to the list it went over: `each` names the task that wrote it, whose output says where. */
async function listsOf(db: Db, run: string): Promise<ReadonlyMap<string, List>> {
  const row = await db.selectFrom('runs').select('dag').where('id', '=', run).executeTakeFirst()
  const { tasks }: Dag = row === undefined ? { tasks: {} } : JSON.parse(row.dag)
  const outputs = await db.selectFrom('task_runs').select(['task', 'output']).where('run', '=', run).execute()
  const found = Object.entries(tasks).flatMap(([task, { each }]) => {
    const written = outputs.find((one) => `$task.${one.task}` === each)?.output ?? null
    const { manifest }: { readonly manifest?: unknown } = written === null ? {} : JSON.parse(written)
    const slash = typeof manifest === 'string' ? manifest.indexOf('/') : -1
    return typeof manifest === 'string' && slash > 0
      ? [[task, { run: manifest.slice(0, slash), manifest: manifest.slice(slash + 1) }] as const]
      : []
  })
  return new Map(found)
}

async function listed(db: Db, list: List | undefined, positions: readonly number[]): Promise<ReadonlyMap<number, unknown>> {
  if (list === undefined || positions.length === 0) return new Map()
  const rows = await db
    .selectFrom('manifests')
    .select(['position', 'item'])
    .where('run', '=', list.run)
    .where('manifest', '=', list.manifest)
    .where('position', '>=', Math.min(...positions))
    .where('position', '<=', Math.max(...positions))
    .execute()
  const wanted = new Set(positions)
  return new Map(rows.flatMap(({ position, item }) => (wanted.has(position) ? [[position, JSON.parse(item)]] : [])))
}
