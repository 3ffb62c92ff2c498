import type { BegunRun, RunRecord, TaskCall, TaskResult } from '../../contracts/activities.ts'
import { checkDag } from '../../contracts/dag-check.ts'
import type { RunError } from '../../contracts/runs.ts'
import { type RunProgress, startProgress } from '../../workflows/progress.ts'
import { type WalkEnd, walk } from '../../workflows/walk.ts'
import { startWalking, type Walking, type World } from '../../workflows/world.ts'

/** What a task of a test does: a result, an error code to fail with, or a function of the call. */
export type Behaviour = TaskResult | `!${string}` | ((call: TaskCall, signal: { cancelled: boolean }) => TaskResult | Promise<TaskResult>)

export interface Played {
  readonly end: WalkEnd
  readonly states: Readonly<Record<string, string>>
  readonly calls: readonly TaskCall[]
  readonly records: readonly RunRecord[]
  readonly walking: Walking
  readonly mostAtOnce: number
  readonly slept: number
}

export interface Play {
  readonly dag: unknown
  readonly tasks?: Readonly<Record<string, Behaviour>>
  readonly params?: Readonly<Record<string, unknown>>
  readonly completed?: BegunRun['completed']
  readonly progress?: RunProgress
  /** Called after each record is written: the place to steer from. */
  readonly onRecord?: (walking: Walking, record: RunRecord) => void
  readonly historyIsLong?: (calls: number) => { should: boolean; must: boolean }
  /** Rejects every `until` after so many calls, as a cancelled run does. */
  readonly cancelAfter?: number
}

export function begunRun({ dag, params = {}, completed = {} }: Play): BegunRun {
  const checked = checkDag(dag)
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems))
  return {
    run: 'r1',
    pipeline: 'p',
    connection: null,
    dag: checked.dag,
    window: { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' },
    params,
    completed,
    queues: {},
    children: {},
    searchAttributes: [],
    heartbeat: '30s',
  }
}

/** Plays a DAG with time that jumps: a sleep ends when nothing else moves. */
export async function play(input: Play): Promise<Played> {
  const begun = begunRun(input)
  const calls: TaskCall[] = []
  const records: RunRecord[] = []
  const clock = { now: 0, slept: 0, atOnce: 0, most: 0 }
  const sleepers: { at: number; wake: () => void }[] = []
  const world: World = {
    now: () => clock.now,
    start: ({ call }) => {
      calls.push(call)
      clock.most = Math.max(clock.most, ++clock.atOnce)
      const signal = { cancelled: false }
      const cancelled = Promise.withResolvers<never>()
      const run = (async () => act(input.tasks?.[call.task] ?? {}, call, signal))()
      const result = Promise.race([run, cancelled.promise]).finally(() => clock.atOnce--)
      return {
        result,
        cancel: () => {
          signal.cancelled = true
          cancelled.reject(new Error('RUN_CANCELLED'))
        },
      }
    },
    record: async (record) => {
      records.push(record)
      input.onRecord?.(walking, record)
    },
    until: (holds) =>
      input.cancelAfter !== undefined && calls.length >= input.cancelAfter ? Promise.reject(new Error('cancelled')) : wait(holds),
    untilDone: wait,
    sleep: (ms) => new Promise((wake) => sleepers.push({ at: clock.now + ms, wake })),
    describe,
    historyIsLong: () => input.historyIsLong?.(calls.length) ?? { should: false, must: false },
    phase: () => undefined,
  }
  async function wait(holds: () => boolean): Promise<void> {
    const deadline = Date.now() + 60_000
    for (let idle = 0; !holds(); idle++) {
      await new Promise((done) => setImmediate(done))
      if (idle > 3 && clock.atOnce === 0) idle = wakeNext() ? 0 : idle
      if (Date.now() > deadline) throw new Error('nothing moves')
    }
  }
  function wakeNext(): boolean {
    sleepers.sort((a, b) => a.at - b.at)
    const next = sleepers.shift()
    if (next === undefined) return false
    clock.now = Math.max(clock.now, next.at)
    clock.slept = clock.now
    next.wake()
    return true
  }
  const progress = input.progress ?? startProgress(begun, 0)
  const walking = startWalking(begun, progress, world)
  const end = await walk(walking)
  const states = Object.fromEntries(Object.entries(progress.tasks).map(([id, { state }]) => [id, state]))
  return { end, states, calls, records, walking, mostAtOnce: clock.most, slept: clock.slept }
}

async function act(behaviour: Behaviour, call: TaskCall, signal: { cancelled: boolean }): Promise<TaskResult> {
  await new Promise((done) => setImmediate(done))
  if (typeof behaviour === 'function') return behaviour(call, signal)
  if (typeof behaviour === 'string') throw new Error(behaviour.slice(1))
  return behaviour
}

function describe(error: unknown): RunError {
  const code = error instanceof Error ? error.message : String(error)
  return { code, message: `failed with ${code}` }
}
