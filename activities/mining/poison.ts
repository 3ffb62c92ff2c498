import { segmentAt } from '../../catalog/mining/objects.ts'
import { type Place, placeOf } from '../../catalog/mining/positions.ts'
import { LodelineError } from '../../contracts/errors.ts'
import type { Mining } from './mining.ts'
import { splitLines } from './threads/lines.ts'

/** A text that broke its budget while it was resolved: kept as a dead letter at its first place in the log, and not tried again. */
export async function budgetLetters(mining: Mining, process: string): Promise<void> {
  const { catalog, report } = mining
  const found = await catalog.db.selectFrom('processes').select(['position']).where('id', '=', process).executeTakeFirst()
  if (found === undefined) return
  const place = placeOf(found.position)
  const { pipeline, object, offset } = place
  const line = await lineOf(mining, place)
  const letter = { pipeline, object, line, at_offset: offset, reason: 'SQL_BUDGET', sample: '' }
  await catalog.db
    .insertInto('dead_letters')
    .values(letter)
    .onConflict((on) => on.doNothing())
    .execute()
  await catalog.db.updateTable('processes').set({ state: 'dead' }).where('id', '=', process).execute()
  report.count('deadLetters.SQL_BUDGET')
  report.log('warn', 'A text broke its budget of time or memory and is a dead letter', { object, line, offset })
}

/**
 * A process knows its offset alone, since lines are known only when all before them are read: they are counted from the beginning of its
 * segment. 0 where the object is of another log, or is no longer what was mined.
 */
async function lineOf({ catalog, log, queryLog, report }: Mining, { pipeline, object, offset }: Place): Promise<number> {
  const segment = pipeline === log.pipeline ? await segmentAt(catalog, pipeline, object, offset) : undefined
  if (segment === undefined) return 0
  const { from_offset: from, line_base: base, etag, bytes, seekable } = segment
  let found = 0
  const note = (at: number, line: number) => {
    if (at === offset) found = line
  }
  const range = { from, to: null, skipFirst: from > 0, maxLineBytes: queryLog.format.maxLineBytes, line: base, inArray: false }
  const splitter = splitLines(range, { line: (_bytes, _start, _end, at, line) => note(at, line), tooLong: note })
  try {
    for await (const block of queryLog.read({ key: object, etag, bytes, seekable: seekable === 1 }, { from })) {
      splitter.push(Buffer.from(block.buffer, block.byteOffset, block.byteLength))
      report.heartbeat()
      if (found > 0) return found
    }
  } catch (error) {
    // A busy or denied store is met again by the scan, where it can be mended; one line number is not worth the run.
    if (!(error instanceof LodelineError)) throw error
  }
  splitter.end()
  return found
}
