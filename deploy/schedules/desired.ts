import { createHash } from 'node:crypto'
import type { ScheduleDescription, ScheduleOptions, ScheduleOverlapPolicy } from '@temporalio/client'
import type { Pipeline, ScheduleDocument } from '../../contracts/pipeline.ts'
import { CONTROL_QUEUE } from '../../contracts/temporal.ts'
import { durationMs, temporalSpec, timetable } from './spec.ts'

/** What we ask of Temporal for one pipeline, and how to tell whether it still has that. */

const OVERLAP: Readonly<Record<ScheduleDocument['overlap'], ScheduleOverlapPolicy>> = {
  skip: 'SKIP',
  bufferOne: 'BUFFER_ONE',
  bufferAll: 'BUFFER_ALL',
  cancelOther: 'CANCEL_OTHER',
  terminateOther: 'TERMINATE_OTHER',
  allowAll: 'ALLOW_ALL',
}
/** Twice the period is enough to survive an outage of one slot, without running a year of slots after a long one. */
const CATCH_UP_PERIODS = 2
const PERIOD_MS = { hour: 3_600_000, day: 86_400_000, week: 604_800_000, month: 2_678_400_000 }
const CRON_CATCH_UP_MS = 86_400_000
const SHORTEST_CATCH_UP_MS = 60_000
/** Memo key that says the schedule is ours; in the action's memo, which can be updated as the schedule's own cannot, also which intent it carries. */
const MEMO = 'lodeline'

export function scheduleIdOf(pipeline: string): string {
  return `lodeline/${pipeline}`
}

/** The schedule of a pipeline; null for one that is run by hand. Throws SCHEDULE_INVALID for a bad spec. */
export function desiredSchedule(pipeline: Pipeline): ScheduleOptions | null {
  if (pipeline.schedule === undefined) return null
  const schedule = pipeline.schedule
  const scheduleId = scheduleIdOf(pipeline.name)
  return {
    scheduleId,
    spec: temporalSpec(schedule),
    action: {
      type: 'startWorkflow',
      workflowType: pipeline.type,
      workflowId: scheduleId,
      taskQueue: CONTROL_QUEUE,
      args: [{ pipeline: pipeline.name }],
      memo: { [MEMO]: { pipeline: pipeline.name, spec: desiredHash(pipeline) } },
    },
    policies: { overlap: OVERLAP[schedule.overlap], catchupWindow: catchUpMs(schedule), pauseOnFailure: schedule.pauseOnFailure ?? false },
    memo: { [MEMO]: pipeline.name },
    state: { paused: pipeline.paused ?? false, note: `Managed by lodeline: pipeline ${pipeline.name}` },
  }
}

function catchUpMs(schedule: ScheduleDocument): number {
  if (schedule.catchUp !== undefined) return durationMs(schedule.catchUp, 'catchUp')
  const when = timetable(schedule)
  const period = when.kind === 'interval' ? when.everyMs : PERIOD_MS[schedule.every as keyof typeof PERIOD_MS]
  return period === undefined ? CRON_CATCH_UP_MS : Math.max(SHORTEST_CATCH_UP_MS, period * CATCH_UP_PERIODS)
}

/** Changes when the pipeline's schedule in Temporal has to change: not with its options, which a run reads itself. */
export function desiredHash(pipeline: Pipeline): string {
  return hash({ type: pipeline.type, schedule: pipeline.schedule ?? null })
}

/** Changes when what Temporal holds changes, by whomever. Pauses, notes and what has run are not part of it. */
export function observedHash(seen: ScheduleDescription): string {
  const { spec, action, policies } = seen
  return hash({
    spec: { ...spec, startAt: spec.startAt?.toISOString() ?? null, endAt: spec.endAt?.toISOString() ?? null },
    action: {
      type: action.workflowType,
      id: action.workflowId,
      queue: action.taskQueue,
      args: action.args ?? [],
      memo: action.memo?.[MEMO] ?? null,
    },
    policies,
  })
}

/** The intent that the schedule carries, or null where it is not one of ours. */
export function carriedIntent(seen: ScheduleDescription): { readonly pipeline: string; readonly spec: string } | null {
  const memo = seen.action.memo?.[MEMO]
  if (typeof memo !== 'object' || memo === null) return null
  const { pipeline, spec } = memo as { pipeline?: unknown; spec?: unknown } // what a memo holds is unknown until looked at
  return typeof pipeline === 'string' && typeof spec === 'string' ? { pipeline, spec } : null
}

/** Ours by the memo it was made with, which outlives whatever `temporal schedule update` does; one made by an older release, by what it starts. */
export function belongsTo(seen: ScheduleDescription, pipeline: string): boolean {
  if (seen.memo?.[MEMO] === pipeline || carriedIntent(seen)?.pipeline === pipeline) return true
  const argument = seen.action.args?.[0]
  const named = typeof argument === 'object' && argument !== null ? (argument as { pipeline?: unknown }).pipeline : undefined
  return named === pipeline || (seen.action.taskQueue === CONTROL_QUEUE && argument === undefined)
}

function hash(value: unknown): string {
  return createHash('sha256').update(stable(value)).digest('hex').slice(0, 32)
}

/** JSON with sorted keys, so that equal values give equal texts. */
function stable(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
