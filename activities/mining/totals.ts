import { countsOfRun, deadLettersOfRun, distinctOfRun, lineageTotals, sessionsOfRun } from '../../catalog/mining/totals.ts'
import { LodelineError } from '../../contracts/errors.ts'
import type { RecordKeys } from '../../contracts/query-record.ts'
import type { Mining } from './mining.ts'

/** Dead letters that were no records: the line could not be read as one. */
const NO_RECORDS = ['BAD_JSON', 'BAD_UTF8', 'CORRUPT', 'LINE_TOO_LONG', 'NOT_AN_OBJECT', 'TRUNCATED']

/** Sets the run's counts to what its objects hold in the catalog, whatever attempts and restarts counted before. */
export async function scanTotals(mining: Mining): Promise<void> {
  const { catalog, log, report, run, queryLog } = mining
  const { objects, counts } = await countsOfRun(catalog, log.pipeline, run)
  report.total('objects', objects)
  for (const name of ['bytes', 'records', 'failedRecords', 'emptySql', 'unreadTimes', 'statements'])
    report.total(name, numberIn(counts[name]))
  for (const [kind, times] of Object.entries(recordIn(counts['noise']))) report.total(`noise.${kind}`, times)
  const letters = recordIn(counts['deadLetters'])
  for (const [reason, times] of Object.entries(letters)) report.total(`deadLetters.${reason}`, times)
  const sessions = await sessionsOfRun(catalog, log.pipeline, run)
  report.total('sessions', sessions)
  const unread = numberIn(counts['unreadTimes'])
  if (unread > 0)
    report.warn(
      `The time of ${unread} records cannot be read: their usage counts on no day. ISO 8601 and epoch numbers are read; ${told(queryLog.format.keys)} has something else.`,
    )
  const resumed = numberIn(counts['sessionRuns']) - sessions
  if (resumed > 0) {
    report.total('resumedSessions', resumed)
    report.warn(
      `Records of one session are not always next to each other: sessions were taken up again ${resumed} times. They are followed all the same.`,
    )
  }
  checkThreshold(mining, numberIn(counts['records']), letters)
}

const told = ({ startTime, endTime }: RecordKeys): string => [startTime, endTime].filter((key) => key !== undefined).join(' or ')

function checkThreshold({ options, queryLog }: Mining, records: number, letters: Readonly<Record<string, number>>): void {
  const dead = Object.values(letters).reduce((sum, times) => sum + times, 0)
  const lines = records + NO_RECORDS.reduce((sum, reason) => sum + (letters[reason] ?? 0), 0)
  if (dead === 0 || dead <= options.maxDeadLetterShare * lines) return
  const reasons = Object.entries(letters).map(([reason, times]) => `${times} ${reason}`)
  const noKey = (letters['MISSING_SQL'] ?? 0) === records && records > 0
  const advice = noKey ? ` No record has the SQL under the key ${queryLog.format.keys.sql}.` : ''
  throw new LodelineError(
    'THRESHOLD_EXCEEDED',
    `${dead} of ${lines} lines are dead letters (${reasons.join(', ')}), more than the share of ${options.maxDeadLetterShare} allows.${advice}`,
    {
      deadLetters: dead,
      lines,
    },
  )
}

export async function lineageCounts(mining: Mining): Promise<void> {
  const { catalog, log, report, run } = mining
  const { edges, assets } = await lineageTotals(catalog, log)
  report.total('distinct', await distinctOfRun(catalog, log.pipeline, run))
  report.total('edges', edges)
  report.total('assets', assets)
  const letters = await deadLettersOfRun(catalog, log.pipeline, run)
  for (const [reason, times] of Object.entries(letters)) report.total(`deadLetters.${reason}`, times)
}

function numberIn(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

function recordIn(value: unknown): Readonly<Record<string, number>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, number>) : {} // counts by kind
}
