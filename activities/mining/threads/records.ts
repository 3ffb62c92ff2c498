import { isUtf8 } from 'node:buffer'
import type { LogFormat } from '../../../contracts/plugin.ts'
import type { KnownDefaults } from './known-defaults.ts'
import type { PartBuilder } from './part.ts'
import type { Progress } from './progress.ts'
import { numberOf, recordReader, textOf } from './record-keys.ts'
import type { SessionValue, SessionValues } from './session-values.ts'
import type { Sessions } from './sessions.ts'
import { failedJudge } from './statuses.ts'
import { storable } from './storable.ts'
import type { Step, Texts } from './texts.ts'
import { dayOf, timeOf } from './times.ts'

/** What one line is taken apart with. */
export interface RecordTools {
  readonly format: LogFormat
  readonly defaults: KnownDefaults
  readonly texts: Texts
  readonly values: SessionValues
  readonly sessions: Sessions
  readonly progress: Progress
}

/** Takes the lines of a segment; the part in the making is told by the caller. */
export interface Records {
  take(part: PartBuilder, bytes: Buffer, start: number, end: number, offset: number, line: number): void
  startSegment(segment: number, skip: readonly number[]): void
  /** The bytes came too early to their end: what is left of them is a dead letter for this reason, not a broken line. */
  cut(reason: string): void
}

const SAMPLE_LENGTH = 200

export function readRecords(tools: RecordTools): Records {
  const { format, texts, values, sessions, progress } = tools
  const keys = recordReader(format.keys)
  const isFailed = format.keys.status === undefined ? null : failedJudge(format.keys.status, format.failedStatuses)
  const measures = { time: 0, durationMs: 0, rows: 0, bytes: 0, cost: 0 }
  let segment = 0
  let skip: ReadonlySet<number> = new Set()
  let cutReason: string | null = null
  let checked: Buffer | null = null
  let checkedIsUtf8 = true

  function parse(
    part: PartBuilder,
    bytes: Buffer,
    start: number,
    end: number,
    offset: number,
    line: number,
  ): Record<string, unknown> | null {
    if (checked !== bytes) {
      checked = bytes
      checkedIsUtf8 = isUtf8(bytes)
    }
    const fail = (reason: string): null => {
      part.deadLetter({ line, offset, reason, sample: sampleOf(bytes, start, end) })
      return null
    }
    if (!checkedIsUtf8 && !isUtf8(bytes.subarray(start, end))) return fail('BAD_UTF8')
    let value: unknown
    try {
      value = JSON.parse(bytes.toString('utf8', start, end))
    } catch {
      return isBlank(bytes, start, end) ? null : fail(cutReason ?? 'BAD_JSON')
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail('NOT_AN_OBJECT')
    return value as Record<string, unknown> // an object that is no array
  }

  function measure(record: Record<string, unknown>): void {
    const started = keys.startTime === null ? Number.NaN : timeOf(keys.startTime(record))
    const needsEnd = keys.endTime !== null && (Number.isNaN(started) || keys.durationMs === null)
    const ended = needsEnd && keys.endTime !== null ? timeOf(keys.endTime(record)) : Number.NaN
    measures.time = Number.isNaN(started) ? ended : started
    if (keys.durationMs !== null) measures.durationMs = numberOf(keys.durationMs(record))
    else measures.durationMs = ended >= started ? ended - started : 0
    if (keys.rows !== null) measures.rows = numberOf(keys.rows(record))
    if (keys.bytes !== null) measures.bytes = numberOf(keys.bytes(record))
    if (keys.cost !== null) measures.cost = numberOf(keys.cost(record))
  }

  /** The look-up that most records end with, or else the reading of a new text. */
  function stepOf(record: Record<string, unknown>, sql: string, value: SessionValue, offset: number): Step {
    const database = keys.defaultDatabase === null ? null : textOf(keys.defaultDatabase(record))
    const schema = keys.defaultSchema === null ? null : textOf(keys.defaultSchema(record))
    const defaults = tools.defaults.of(database, schema, value)
    const text = texts.find(sql)
    const known = texts.step(text, defaults.index, value)
    if (known !== undefined) return known
    progress.begin(segment, offset)
    const step = texts.learn(text, sql, defaults.defaults, defaults.index, value)
    progress.done()
    return step
  }

  function takeSql(part: PartBuilder, record: Record<string, unknown>, sql: string, offset: number): void {
    const session = keys.session === null ? null : textOf(keys.session(record))
    const value = session === null ? values.empty : sessions.enter(session)
    const step = stepOf(record, sql, value, offset)
    if (session !== null && step.next !== value) sessions.leave(session, step.next)
    measure(record)
    part.add(step.process, offset, keys.user === null ? null : textOf(keys.user(record)), dayOf(measures.time), measures)
  }

  return {
    take(part, bytes, start, end, offset, line) {
      if (end <= start) return
      const record = parse(part, bytes, start, end, offset, line)
      if (record === null) return
      part.counts.records++
      const sql = keys.sql === null ? undefined : keys.sql(record)
      const fail = (reason: string) => part.deadLetter({ line, offset, reason, sample: sampleOf(bytes, start, end) })
      if (typeof sql !== 'string') return fail('MISSING_SQL')
      if (sql.length < 64 && sql.trim() === '') {
        part.counts.emptySql++
        return
      }
      if (isFailed?.(keys.status?.(record)) === true) {
        part.counts.failedRecords++
        return
      }
      if (skip.has(offset)) return fail('SQL_BUDGET')
      takeSql(part, record, sql, offset)
    },
    startSegment(number, skipped) {
      segment = number
      skip = new Set(skipped)
      cutReason = null
    },
    cut(reason) {
      cutReason = reason
    },
  }
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] as number) > 32) return false
  return true
}

/** The line's beginning, with what may be a literal masked. */
export function sampleOf(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, Math.min(end, start + 4 * SAMPLE_LENGTH))
  const masked = text.replaceAll(/'[^']*('|$)/g, "'?'").replaceAll(/\d+/g, '?')
  return storable(masked.slice(0, SAMPLE_LENGTH))
}
