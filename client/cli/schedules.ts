import type { Deployment } from '../../contracts/deployments.ts'
import { LodelineError } from '../../contracts/errors.ts'
import type { ScheduleDocument } from '../../contracts/pipeline.ts'
import { nextRuns } from '../../deploy/schedules/spec.ts'

/** `every day at 02:30`, `cron 0 4 * * 1 Europe/Berlin`, `by hand`. */
export function scheduleText(schedule: ScheduleDocument | undefined): string {
  if (schedule === undefined) return 'by hand'
  const zone = schedule.timeZone === 'UTC' ? '' : ` ${schedule.timeZone}`
  if (schedule.cron !== undefined) return `cron ${schedule.cron}${zone}`
  const day = schedule.weekday === undefined ? (schedule.day === undefined ? '' : ` on day ${schedule.day}`) : ` on ${schedule.weekday}`
  return `every ${schedule.every}${day}${schedule.at === undefined ? '' : ` at ${schedule.at}`}${zone}`
}

/** The next run as Temporal told it; a slot that has passed since it was asked, some 30 seconds ago, is not the next any more. */
export function nextRunAt(
  { nextRunAt: told }: Pick<Deployment, 'nextRunAt'>,
  schedule: ScheduleDocument | undefined,
  now: number,
): string | null {
  if (told === null || Date.parse(told) > now) return told
  return comingRuns(schedule, now, 1)[0] ?? null
}

/** A schedule that has become invalid since is shown without its next runs; `apply` says why. */
export function comingRuns(schedule: ScheduleDocument | undefined, now: number, count?: number): readonly string[] {
  if (schedule === undefined) return []
  try {
    return nextRuns(schedule, new Date(now), count).map((date) => date.toISOString())
  } catch (error) {
    if (error instanceof LodelineError) return []
    throw error
  }
}
