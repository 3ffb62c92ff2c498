import type { Pipeline } from '../../contracts/pipeline.ts'
import type { Window } from '../../contracts/window.ts'
import type { HostDeps } from './deps.ts'

/**
 * The data interval of a scheduled run: from the slot before its own, by the schedule's calendar in its time zone, up to its own. Null
 * for a pipeline that has no schedule any more. A Schedule that is triggered by hand gives the interval since its last slot.
 */
export function slotWindow({ previousSlot }: Pick<HostDeps, 'previousSlot'>, { schedule }: Pipeline, scheduledAt: string): Window | null {
  if (schedule === undefined) return null
  const to = new Date(scheduledAt)
  const from = previousSlot(schedule, to)
  return from === null ? null : { from: from.toISOString(), to: to.toISOString() }
}
