import { Cron } from 'croner'

/**
 * When a cron pattern fires in a time zone, as Temporal's schedules do it (server, service/worker/scheduler/calendar.go), which is
 * not how croner does it: a local time that summer time leaps over is left out, and one that comes twice fires at its first, its
 * second or both, by the zone. The pattern is matched against local time written as if it were UTC; what follows turns that into instants.
 */
export interface Calendar {
  /** The first slot after a time; null when there is none left. */
  after(time: Date): Date | null
  /** The last slot before a time; null when there is none. */
  before(time: Date): Date | null
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** So many slots that are leapt over in a row end the search; twenty years of a yearly one. */
const MOST_TRIES = 20

interface LocalTime {
  /** Local time, as milliseconds of the same reading in UTC. */
  read(instant: number): number
  /** The instant at which clocks show it; near a change one that does or nearly does. */
  instantOf(local: number): number
}

export function calendar(pattern: string, timeZone: string): Calendar {
  const cron = new Cron(pattern, { mode: '5-part', timezone: 'UTC', paused: true, domAndDow: true })
  const local = localTime(timeZone)
  const after = (time: number): number | null => slotAfter(cron, local, time)
  return {
    after: (time) => dateOf(after(time.getTime())),
    before: (time) => dateOf(slotBefore(cron, local, after, time.getTime())),
  }
}

function dateOf(time: number | null): Date | null {
  return time === null ? null : new Date(time)
}

function slotAfter(cron: Cron, local: LocalTime, time: number): number | null {
  const now = local.read(time)
  const hour = hourOf(now)
  const second = hourOf(local.read(time - HOUR_MS)) === hour // of an hour that comes twice
  let next = matchAfter(cron, now)
  if (next !== null && hourOf(next) === hour && shows(local, next)) return local.instantOf(next) + (second ? HOUR_MS : 0)
  const again = matchAfter(cron, hour - 1)
  const repeats = !second && local.instantOf(hour + HOUR_MS) - local.instantOf(hour) > HOUR_MS
  if (repeats && again !== null && hourOf(again) === hour) return local.instantOf(again) + HOUR_MS
  for (let tries = 0; next !== null && tries < MOST_TRIES; tries++) {
    if (shows(local, next)) return local.instantOf(next)
    next = matchAfter(cron, hourOf(next) + HOUR_MS - 1) // clocks never showed this hour
  }
  return null
}

/** Walks up to the time from a slot well before it: around a change of clocks what comes next depends on what came before. */
function slotBefore(cron: Cron, local: LocalTime, after: (time: number) => number | null, time: number): number | null {
  let reading = local.read(time) - DAY_MS
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const [earlier] = cron.previousRuns(1, new Date(reading))
    if (earlier === undefined) return null
    reading = earlier.getTime()
    let found: number | null = null
    for (let slot = after(local.instantOf(reading) - DAY_MS); slot !== null && slot < time; slot = after(slot)) found = slot
    if (found !== null) return found
  }
  return null
}

function hourOf(local: number): number {
  return Math.floor(local / HOUR_MS) * HOUR_MS
}

function matchAfter(cron: Cron, local: number): number | null {
  return cron.nextRun(new Date(local))?.getTime() ?? null
}

/** Whether clocks ever show this hour of that day. */
function shows(local: LocalTime, reading: number): boolean {
  return hourOf(local.read(local.instantOf(reading))) === hourOf(reading)
}

function localTime(timeZone: string): LocalTime {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const read = (instant: number): number => {
    const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]))
    const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
    return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'))
  }
  const offset = (instant: number): number => read(instant) - Math.floor(instant / 1000) * 1000
  return {
    read,
    instantOf(local) {
      // The offset is guessed from the reading taken as an instant, and looked up again where the guess is across a change: as Go's time.Date does.
      const guess = offset(local)
      const there = offset(local - guess)
      return local - there
    },
  }
}
