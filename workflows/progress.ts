import type { BegunRun, TaskResult } from '../contracts/activities.ts'
import type { Dag, Task } from '../contracts/dag.ts'
import { unreachable } from '../contracts/errors.ts'
import type { RunError, TaskState } from '../contracts/runs.ts'

/** All a run knows of itself: plain JSON, so that continue-as-new carries it over. */
export interface RunProgress {
  readonly startedAt: number
  paused: boolean
  readonly tasks: Record<string, TaskProgress>
}

export interface TaskProgress {
  state: TaskState
  /** How often an operator had it run again; keeps the ids of child runs apart. */
  round: number
  output?: TaskResult
  error?: RunError
  startedAt?: number
  /** A task that said "not yet" is asked again at this time. */
  wakeAt?: number
  /** A waiting task counts as failed from this time on. */
  waitUntil?: number
  items?: ItemsProgress
}

export interface ItemsProgress {
  readonly manifest: string
  readonly total: number
  /** Items of one activity: more of them the more items there are, so that the history stays small. */
  readonly chunk: number
  next: number
  /** Starts of chunks that a full pool gave back. */
  readonly again: number[]
  done: number
  failed: number
}

const SETTLED: ReadonlySet<TaskState> = new Set(['succeeded', 'failed', 'skipped', 'upstreamFailed', 'cancelled'])

export function isSettled(state: TaskState): boolean {
  return SETTLED.has(state)
}

export function startProgress({ dag, completed }: BegunRun, now: number): RunProgress {
  const tasks = Object.keys(dag.tasks).map((id): [string, TaskProgress] => {
    const output = completed[id]
    return [id, output === undefined ? { state: 'none', round: 0 } : { state: 'succeeded', round: 0, output }]
  })
  return { startedAt: now, paused: false, tasks: Object.fromEntries(tasks) }
}

export function taskOf(dag: Dag, id: string): Task {
  return dag.tasks[id] ?? unreachable(`no task ${id}`)
}

export function progressOf(progress: RunProgress, id: string): TaskProgress {
  return progress.tasks[id] ?? unreachable(`no progress of ${id}`)
}

/** All tasks that come after `id`, at any distance. */
export function descendants(dag: Dag, id: string): readonly string[] {
  const found = new Set<string>([id])
  for (let grown = true; grown; ) {
    grown = false
    for (const [other, { after }] of Object.entries(dag.tasks)) {
      if (found.has(other) || !after.some((one) => found.has(one))) continue
      found.add(other)
      grown = true
    }
  }
  found.delete(id)
  return [...found]
}

/** The task is to run once more; its items that succeeded stay done unless `forget`. */
export function resetTask(task: TaskProgress): void {
  const { round } = task
  for (const key of ['output', 'error', 'startedAt', 'wakeAt', 'waitUntil', 'items'] as const) delete task[key]
  task.state = 'none'
  task.round = round + 1
}
