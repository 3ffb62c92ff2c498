import { isUtf8 } from 'node:buffer'
import type { LogFormat } from '../../../contracts/plugin.ts'
import { flatRecord } from './flat-record.ts'
import type { KnownDefaults } from './known-defaults.ts'
import type { PartBuilder } from './part.ts'
import type { Progress } from './progress.ts'
import { parsedRecord, type RecordFields } from './record-fields.ts'
import type { SessionValues } from './session-values.ts'
import type { SessionVariables } from './session-variables.ts'
import type { Sessions } from './sessions.ts'
import type { Skeleton } from './skeleton.ts'
import { failedJudge } from './statuses.ts'
import { storable } from './storable.ts'
import type { Text, Texts } from './texts.ts'
import { dayOf } from './times.ts'

/** What one line is taken apart with. */
export interface RecordTools {
  readonly format: LogFormat
  readonly defaults: KnownDefaults
  readonly texts: Texts
  /** The one that `texts` goes by. */
  readonly skeleton: Skeleton
  readonly values: SessionValues
  readonly sessions: Sessions
  readonly progress: Progress
  /** Null in dialects without such. */
  readonly variables: SessionVariables | null
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
  const { format, texts, values, sessions, progress, variables } = tools
  const { keys } = format
  const parsed = parsedRecord(keys)
  const flat = flatRecord(keys, tools.skeleton)
  const isFailed = format.keys.status === undefined ? null : failedJudge(format.keys.status, format.failedStatuses)
  const measures = { time: 0, durationMs: 0, rows: 0, bytes: 0, cost: 0 }
  /** The line last taken was read where it stands, so that its skeleton is the one last read. */
  let isFlat = false
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
    const fail = (reason: string): null => {
      part.deadLetter({ line, offset, reason, sample: sampleOf(bytes, start, end) })
      return null
    }
    if (!isUtf8Block(bytes) && !isUtf8(bytes.subarray(start, end))) return fail('BAD_UTF8')
    let value: unknown
    try {
      value = JSON.parse(bytes.toString('utf8', start, end))
    } catch {
      return isBlank(bytes, start, end) ? null : fail(cutReason ?? 'BAD_JSON')
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail('NOT_AN_OBJECT')
    return value as Record<string, unknown> // an object that is no array
  }

  /** Blocks are checked whole, which costs next to nothing. */
  function isUtf8Block(bytes: Buffer): boolean {
    if (checked !== bytes) {
      checked = bytes
      checkedIsUtf8 = isUtf8(bytes)
    }
    return checkedIsUtf8
  }

  function measure(part: PartBuilder, fields: RecordFields): void {
    const started = fields.time('startTime')
    const needsEnd = keys.endTime !== undefined && (Number.isNaN(started) || keys.durationMs === undefined)
    const ended = needsEnd ? fields.time('endTime') : Number.NaN
    measures.time = Number.isNaN(started) ? ended : started
    if (Number.isNaN(measures.time) && hasTime(fields)) part.counts.unreadTimes++
    if (keys.durationMs !== undefined) measures.durationMs = fields.number('durationMs')
    else measures.durationMs = ended >= started ? ended - started : 0
    if (keys.rows !== undefined) measures.rows = fields.number('rows')
    if (keys.bytes !== undefined) measures.bytes = fields.number('bytes')
    if (keys.cost !== undefined) measures.cost = fields.number('cost')
  }

  /** Counts an execution of the text; false where the text was not seen in these defaults and this state before and its SQL is not at hand. */
  function count(part: PartBuilder, fields: RecordFields, text: Text, sql: string | null, offset: number): boolean {
    const session = fields.text('session')
    const value = session === null ? values.empty : sessions.enter(session)
    const defaults = tools.defaults.of(fields.text('defaultDatabase'), fields.text('defaultSchema'), value)
    const { core } = value
    let step = texts.step(text, defaults.index, core)
    if (step === undefined) {
      if (sql === null) return false
      progress.begin(segment, offset)
      step = texts.learn(text, sql, defaults.defaults, defaults.index, core)
      progress.done()
    }
    if (session !== null && step.next !== null) sessions.leave(session, values.withVariables(step.next, value.state.variables))
    measure(part, fields)
    part.add(step.process, offset, fields.text('user'), dayOf(measures.time), measures)
    return true
  }

  function takeSql(part: PartBuilder, sql: string, offset: number): void {
    const session = variables === null ? null : parsed.text('session')
    if (variables === null || session === null) {
      count(part, parsed, texts.find(sql, isFlat), sql, offset)
      return
    }
    const whole = variables.put(sql, sessions.enter(session).state)
    const text = texts.find(whole, isFlat && whole === sql)
    count(part, parsed, text, whole, offset)
    text.sets = variables.sets(whole)
    if (!text.sets) return
    const { core, state } = sessions.enter(session)
    const now = variables.after(whole, state.variables)
    if (now !== state.variables) sessions.leave(session, values.withVariables(core, now))
  }

  /** Most records end here. False: the line is to be parsed. */
  function takeKnown(part: PartBuilder, bytes: Buffer, start: number, end: number, offset: number): boolean {
    isFlat = skip.size === 0 && isUtf8Block(bytes) && flat.read(bytes, start, end)
    if (!isFlat) return false
    const text = texts.known()
    if (text === undefined || text.sets) return false
    if (isFailed?.(flat.value('status')) === true) part.counts.failedRecords++
    else if (!count(part, flat, text, null, offset)) return false
    part.counts.records++
    return true
  }

  return {
    take(part, bytes, start, end, offset, line) {
      if (end <= start || takeKnown(part, bytes, start, end, offset)) return
      const record = parse(part, bytes, start, end, offset, line)
      if (record === null) return
      part.counts.records++
      parsed.read(record)
      const sql = parsed.value('sql')
      const fail = (reason: string) => part.deadLetter({ line, offset, reason, sample: sampleOf(bytes, start, end) })
      if (typeof sql !== 'string') return fail('MISSING_SQL')
      if (sql.length < 64 && sql.trim() === '') {
        part.counts.emptySql++
        return
      }
      if (isFailed?.(parsed.value('status')) === true) {
        part.counts.failedRecords++
        return
      }
      if (skip.has(offset)) return fail('SQL_BUDGET')
      takeSql(part, sql, offset)
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

/** A time is told, if not in a form that we know. */
function hasTime(fields: RecordFields): boolean {
  return (['startTime', 'endTime'] as const).some((field) => ![undefined, null, '', 0].includes(fields.value(field) as null)) // whatever JSON has there
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
