import type { ScheduleClient } from '@temporalio/client'
import { LodelineError } from '../contracts/errors.ts'
import { isNotFound } from './errors.ts'
import { scheduleIdOf } from './schedules/desired.ts'

/** Has Temporal run the slots of `[from, to]` of a pipeline's schedule again, one after the other. */
export async function backfillSchedule(schedules: ScheduleClient, pipeline: string, from: Date, to: Date): Promise<void> {
  try {
    await schedules.getHandle(scheduleIdOf(pipeline)).backfill({ start: from, end: to, overlap: 'BUFFER_ALL' })
  } catch (error) {
    if (!isNotFound(error)) throw error
    throw new LodelineError('SCHEDULE_ABSENT', `pipeline "${pipeline}" is not deployed to Temporal yet`, { pipeline }, error)
  }
}
