import { placeOf } from '../../catalog/mining/positions.ts'
import type { Mining } from './mining.ts'

/** A text that broke its budget while it was resolved: kept as a dead letter at its first place in the log, and not tried again. */
export async function budgetLetters({ catalog, report }: Mining, process: string): Promise<void> {
  const found = await catalog.db.selectFrom('processes').select(['position']).where('id', '=', process).executeTakeFirst()
  if (found === undefined) return
  const { pipeline, object, offset } = placeOf(found.position)
  const letter = { pipeline, object, line: 0, at_offset: offset, reason: 'SQL_BUDGET', sample: '' }
  await catalog.db
    .insertInto('dead_letters')
    .values(letter)
    .onConflict((on) => on.doNothing())
    .execute()
  await catalog.db.updateTable('processes').set({ state: 'dead' }).where('id', '=', process).execute()
  report.count('deadLetters.SQL_BUDGET')
  report.log('warn', 'A text broke its budget of time or memory and is a dead letter', { object, offset })
}
