import type { ScheduleSpec } from '@temporalio/client'
import { Cron } from 'croner'
import { LodelineError } from '../../contracts/errors.ts'
import type { ScheduleDocument } from '../../contracts/pipeline.ts'
import { instantOf } from '../../contracts/window.ts'
import { type Calendar, calendar } from './calendar.ts'

/**
 * From the schedule of a pipeline document to what Temporal takes, and to the next runs.
 * Everything is brought to one of two forms first, so that a spec is validated, shown and sent from the same data:
 * a cron pattern of five fields (in a time zone) or an interval from the Unix epoch.
 */
export type Timetable =
  | { readonly kind: 'cron'; readonly pattern: string; readonly timeZone: string }
  | { readonly kind: 'interval'; readonly everyMs: number; readonly offsetMs: number }

export interface Bounds {
  readonly startAt?: Date
  readonly endAt?: Date
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
/** Temporal's calendar years (server, service/worker/scheduler/calendar.go). */
const FIRST_YEAR = 2000
const LAST_YEAR = 2100
const FIRST_DAY = new Date(Date.UTC(FIRST_YEAR, 0, 1))
/** The part of cron that Temporal and croner read alike: no L, W, #, ? and no nicknames. */
const CRON_TEXT = /^(\d|\*|[ ,/-]|sun|mon|tue|wed|thu|fri|sat|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)+$/i
/** Below it a schedule would start runs faster than a run begins. */
const SHORTEST_INTERVAL_MS = 60_000
/** Temporal's minimum (server, CurrentTweakablePolicies). */
const SHORTEST_CATCH_UP_MS = 10_000

function refuse(field: string, why: string): never {
  throw new LodelineError('SCHEDULE_INVALID', `schedule.${field}: ${why}`, { field })
}

/** Milliseconds of `90s`, `15m`, `2h`, `1d`. */
export function durationMs(text: string, field: string): number {
  const match = /^(\d+)([smhd])$/.exec(text)
  if (match === null) refuse(field, `"${text}" is no duration such as 30s, 15m, 2h or 1d`)
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS] // the pattern allows only these units
}

/** When a schedule fires, or a plain error saying what is wrong with it. */
export function timetable(schedule: ScheduleDocument): Timetable {
  checkTimeZone(schedule.timeZone)
  if (schedule.cron !== undefined) return cronTimetable(schedule.cron, schedule)
  const every = schedule.every ?? refuse('every', 'either `every` or `cron` is needed')
  const [hour, minute] = timeOfDay(schedule, every)
  const at = (pattern: string): Timetable => ({ kind: 'cron', pattern, timeZone: schedule.timeZone })
  refuseUnused(schedule, every)
  if (every === 'hour') return at(`${minute} * * * *`)
  if (every === 'day') return at(`${minute} ${hour} * * *`)
  if (every === 'week') return at(`${minute} ${hour} * * ${WEEKDAYS.indexOf(schedule.weekday ?? 'monday')}`)
  if (every === 'month') return at(`${minute} ${hour} ${schedule.day ?? 1} * *`)
  const everyMs = durationMs(every, 'every')
  if (everyMs < SHORTEST_INTERVAL_MS) refuse('every', `${every} is shorter than a minute`)
  return { kind: 'interval', everyMs, offsetMs: 0 }
}

/** A field that would be silently ignored is a mistake in the document. */
function refuseUnused(schedule: ScheduleDocument, every: string): void {
  if (schedule.weekday !== undefined && every !== 'week') refuse('weekday', 'only goes with `every: week`')
  if (schedule.day !== undefined && every !== 'month') refuse('day', 'only goes with `every: month`')
  if (schedule.at !== undefined && !['hour', 'day', 'week', 'month'].includes(every)) {
    refuse('at', `an interval (${every}) counts from 1970-01-01T00:00Z; use \`every: hour|day|week|month\` for a time of day`)
  }
}

function timeOfDay(schedule: ScheduleDocument, every: string): readonly [number, number] {
  if (schedule.at === undefined) return [0, 0]
  const pattern = every === 'hour' ? /^()?:(\d{2})$/ : /^(\d{1,2}):(\d{2})$/
  const match = pattern.exec(schedule.at)
  const example = every === 'hour' ? '":15"' : '"02:30"'
  if (match === null) refuse('at', `"${schedule.at}" is not of the form ${example}`)
  const hour = Number(match[1] ?? 0)
  const minute = Number(match[2])
  if (hour > 23 || minute > 59) refuse('at', `"${schedule.at}" is no time of day`)
  return [hour, minute]
}

function cronTimetable(cron: string, schedule: ScheduleDocument): Timetable {
  for (const field of ['at', 'weekday', 'day'] as const) {
    if (schedule[field] !== undefined) refuse(field, 'goes with `every`, not with `cron`')
  }
  const pattern = cron.trim().split(/\s+/).join(' ')
  // What both Temporal and we read alike: numbers, names, ranges, steps and lists in five fields.
  if (pattern.split(' ').length !== 5 || !CRON_TEXT.test(pattern)) {
    refuse('cron', `"${cron}" is not five fields (minute hour day month weekday) of numbers, names, ranges, steps and lists`)
  }
  try {
    const read = new Cron(pattern, { mode: '5-part', timezone: 'UTC', paused: true, domAndDow: true })
    if (read.nextRun(FIRST_DAY) === null) refuse('cron', `"${cron}" never comes: no such day is in the calendar`)
  } catch (error) {
    if (error instanceof LodelineError) throw error
    refuse('cron', `"${cron}": ${error instanceof Error ? error.message.replace(/^CronPattern: /, '') : 'cannot be read'}`)
  }
  return { kind: 'cron', pattern, timeZone: schedule.timeZone }
}

function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
  } catch {
    refuse('timeZone', `"${timeZone}" is not known; use a name such as UTC or Europe/Berlin`)
  }
}

/** `startAt` and `endAt`, checked. */
export function bounds(schedule: ScheduleDocument): Bounds {
  const startAt = instant(schedule.startAt, 'startAt')
  const endAt = instant(schedule.endAt, 'endAt')
  if (startAt !== undefined && endAt !== undefined && endAt <= startAt) refuse('endAt', 'is not after startAt')
  return { ...(startAt === undefined ? {} : { startAt }), ...(endAt === undefined ? {} : { endAt }) }
}

function instant(text: string | undefined, field: string): Date | undefined {
  if (text === undefined) return undefined
  const at = new Date(instantOf(text))
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(at.getTime())) refuse(field, `"${text}" is no ISO time such as 2026-01-01T00:00:00Z`)
  const year = at.getUTCFullYear()
  if (year < FIRST_YEAR || year > LAST_YEAR) refuse(field, `the year must be ${FIRST_YEAR} to ${LAST_YEAR}`)
  return at
}

/** The spec as Temporal takes it. Throws SCHEDULE_INVALID for whatever Temporal would refuse. */
export function temporalSpec(schedule: ScheduleDocument): ScheduleSpec {
  const when = timetable(schedule)
  const spec: ScheduleSpec = { ...bounds(schedule) }
  const { startAt } = spec
  if (startAt !== undefined && nextRuns(schedule, new Date(startAt.getTime() - 1), 1).length === 0)
    refuse('endAt', 'is before the first run: there is none from startAt to endAt')
  if (schedule.jitter !== undefined) spec.jitter = durationMs(schedule.jitter, 'jitter')
  if (schedule.catchUp !== undefined && durationMs(schedule.catchUp, 'catchUp') < SHORTEST_CATCH_UP_MS)
    refuse('catchUp', 'is shorter than 10 s')
  if (when.kind === 'interval') return { ...spec, intervals: [{ every: when.everyMs, offset: when.offsetMs }] }
  return { ...spec, cronExpressions: [when.pattern], timezone: when.timeZone }
}

/** Up to `count` times at which the schedule fires after `after`; fewer when it ends. */
export function nextRuns(schedule: ScheduleDocument, after: Date, count = 5): readonly Date[] {
  const slots = slotsOf(timetable(schedule))
  const { startAt, endAt } = bounds(schedule)
  const runs: Date[] = []
  // startAt is inclusive: the slot at that very moment counts.
  let last = startAt !== undefined && startAt > after ? new Date(startAt.getTime() - 1) : after
  while (runs.length < count) {
    const next = slots.after(last)
    if (next === null || (endAt !== undefined && next > endAt)) break
    runs.push(next)
    last = next
  }
  return runs
}

/** The slot before a time, by the schedule's own calendar, also where it began later; null when there is none. */
export function previousSlot(schedule: ScheduleDocument, time: Date): Date | null {
  return slotsOf(timetable(schedule)).before(time)
}

function slotsOf(when: Timetable): Calendar {
  return when.kind === 'cron' ? calendar(when.pattern, when.timeZone) : intervalSlots(when)
}

function intervalSlots({ everyMs, offsetMs }: { readonly everyMs: number; readonly offsetMs: number }): Calendar {
  const slot = (number: number): Date => new Date(number * everyMs + offsetMs)
  return {
    after: (time) => slot(Math.floor((time.getTime() - offsetMs) / everyMs) + 1),
    before: (time) => slot(Math.ceil((time.getTime() - offsetMs) / everyMs) - 1),
  }
}
