import type { ScheduleDocument } from '../../contracts/pipeline.ts'
import type { Window } from '../../contracts/window.ts'

const HOUR_MS = 3_600_000
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: HOUR_MS, d: 24 * HOUR_MS }

/**
 * The data interval of a schedule's slot: from the slot before it up to it. `before` is the last slot that ran, which is what
 * a cron expression goes by; null (no window) where neither is known.
 */
export function slotWindow(schedule: ScheduleDocument | undefined, scheduledAt: string, before: string | null): Window | null {
  const to = new Date(scheduledAt)
  const from = schedule?.every === undefined ? (before === null ? null : new Date(before)) : slotBefore(schedule.every, to)
  return from === null || from >= to ? null : { from: from.toISOString(), to: to.toISOString() }
}

function slotBefore(every: string, slot: Date): Date {
  if (every === 'month') return monthBefore(slot)
  const named: Readonly<Record<string, number>> = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS }
  const [, amount = '0', unit = ''] = /^(\d+)([mhd])$/.exec(every) ?? []
  return new Date(slot.getTime() - (named[every] ?? Number(amount) * (UNITS[unit] ?? 0)))
}

/** Days of the month are 1 to 28, so that every month has them. */
function monthBefore(slot: Date): Date {
  const before = new Date(slot)
  before.setUTCMonth(before.getUTCMonth() - 1)
  return before
}
