import type { BegunRun, RunRecord, TaskCall, TaskResult } from '../contracts/activities.ts'
import type { Task } from '../contracts/dag.ts'
import type { RunError } from '../contracts/runs.ts'
import type { Scope } from './inputs.ts'
import { progressOf, type RunProgress } from './progress.ts'

/** What a walk needs of Temporal, so that it can be tested without. Time comes from here too. */
export interface World {
  now(): number
  /** Starts a task, some of its items, or a child pipeline. `key` is unique in the run. */
  start(flight: { readonly key: string; readonly task: Task; readonly call: TaskCall }): Flight
  record(record: RunRecord): Promise<void>
  /** Resolves when the condition holds; rejects when the run is cancelled. */
  until(holds: () => boolean): Promise<void>
  /** As `until`, but goes on waiting in a cancelled run. */
  untilDone(holds: () => boolean): Promise<void>
  sleep(ms: number): Promise<void>
  describe(error: unknown): RunError
  /** `should`: the history has grown long; `must`: it nears what is allowed. */
  historyIsLong(): { readonly should: boolean; readonly must: boolean }
  /** Shown in Temporal's lists. */
  phase(phase: string): void
}

export interface Flight {
  readonly result: Promise<TaskResult>
  cancel(): void
}

/** A walk under way. What must outlive continue-as-new is in `progress`; the rest is empty whenever the walk continues as new. */
export interface Walking {
  readonly begun: BegunRun
  readonly progress: RunProgress
  readonly world: World
  readonly flights: Map<string, Set<Flight>>
  /** Tasks whose state is to be written down; true: what their items gave is to be forgotten. */
  readonly dirty: Map<string, boolean>
  changed: boolean
  recording: boolean
  draining: boolean
  stopped: null | 'cancelled' | 'timedOut'
  /** Nothing is accepted from outside any more. */
  ended: boolean
  recordedStatus: string
}

export function startWalking(begun: BegunRun, progress: RunProgress, world: World): Walking {
  return {
    begun,
    progress,
    world,
    flights: new Map(Object.keys(begun.dag.tasks).map((id) => [id, new Set()])),
    dirty: new Map(),
    changed: false,
    recording: false,
    draining: false,
    stopped: null,
    ended: false,
    recordedStatus: 'running',
  }
}

export function flying(walking: Walking, id: string): number {
  return walking.flights.get(id)?.size ?? 0
}

export function inFlight(walking: Walking): number {
  let sum = 0
  for (const flights of walking.flights.values()) sum += flights.size
  return sum
}

export function mayStart({ progress, draining, stopped }: Walking): boolean {
  return !progress.paused && !draining && stopped === null
}

/** The task's state changed: it is to be written down, and the walk to look again. */
export function touch(walking: Walking, id: string, forgetItems = false): void {
  walking.dirty.set(id, forgetItems || walking.dirty.get(id) === true)
  walking.changed = true
}

/** Has the walk look again after a time. A timer ends early only with the run itself. */
export function wakeAfter(walking: Walking, ms: number): void {
  const look = (): void => {
    walking.changed = true
  }
  walking.world.sleep(Math.max(0, ms)).then(look, () => undefined)
}

export function scopeOf({ begun, progress }: Walking): Scope {
  const outputs = Object.keys(begun.dag.tasks).map((id) => [id, progressOf(progress, id).output])
  return { params: begun.params, window: begun.window, outputs: Object.fromEntries(outputs) }
}
