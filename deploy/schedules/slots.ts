import { LodelineError } from '../../contracts/errors.ts'
import type { Pipeline } from '../../contracts/pipeline.ts'
import { nextRuns } from './spec.ts'

/** Temporal's limit for one backfill (server, schedule buffer). */
const MOST_SLOTS = 1000

/** The slots that a backfill of `[from, to]` runs again, both ends included; DOCUMENT_INVALID or OPTION_UNKNOWN where there are none or too many. */
export function backfillSlots({ name, schedule }: Pipeline, from: Date, to: Date): readonly Date[] {
  if (schedule === undefined)
    throw new LodelineError(
      'DOCUMENT_INVALID',
      `pipeline "${name}" has no schedule; \`lodeline pipeline run ${name} --window FROM/TO\` runs one window`,
      {
        pipeline: name,
      },
    )
  const interval = `${from.toISOString()}/${to.toISOString()}`
  const slots = nextRuns(schedule, new Date(from.getTime() - 1), MOST_SLOTS + 1).filter((slot) => slot <= to)
  if (slots.length === 0)
    throw new LodelineError('OPTION_UNKNOWN', `the schedule of "${name}" has no slot in ${interval}`, { pipeline: name })
  if (slots.length > MOST_SLOTS)
    throw new LodelineError('OPTION_UNKNOWN', `${interval} has more than ${MOST_SLOTS} slots; backfill it in parts`, { pipeline: name })
  return slots
}
