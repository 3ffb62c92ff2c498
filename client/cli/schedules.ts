import type { ScheduleDocument } from '../../contracts/pipeline.ts'

/** `every day at 02:30`, `cron 0 4 * * 1 Europe/Berlin`, `by hand`. */
export function scheduleText(schedule: ScheduleDocument | undefined): string {
  if (schedule === undefined) return 'by hand'
  const zone = schedule.timeZone === 'UTC' ? '' : ` ${schedule.timeZone}`
  if (schedule.cron !== undefined) return `cron ${schedule.cron}${zone}`
  const day = schedule.weekday === undefined ? (schedule.day === undefined ? '' : ` on day ${schedule.day}`) : ` on ${schedule.weekday}`
  return `every ${schedule.every}${day}${schedule.at === undefined ? '' : ` at ${schedule.at}`}${zone}`
}
