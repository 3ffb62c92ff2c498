import { positionOf } from '../../../catalog/mining/positions.ts'
import type { PartCounts, ScannedPart } from './scan-messages.ts'
import { type SessionRows, sessionHash } from './sessions.ts'
import { storable } from './storable.ts'
import type { Process } from './texts.ts'
import { dayName } from './times.ts'
import { type Measures, usageColumns } from './usage-columns.ts'

/** What a part of a segment has given so far. */
export interface PartBuilder {
  readonly counts: PartCounts
  /** One successful execution of a process. */
  add(process: Process, offset: number, user: string | null, day: number, measures: Measures): void
  deadLetter(letter: DeadLetter): void
  /** Roughly, what it holds in memory. */
  readonly size: number
  finish(place: PartPlace, sessions: SessionRows): ScannedPart
}

export interface DeadLetter {
  readonly line: number
  readonly offset: number
  readonly reason: string
  readonly sample: string
}

export type PartPlace = Pick<ScannedPart, 'part' | 'object' | 'from' | 'start' | 'offset' | 'line' | 'inArray' | 'lastSession' | 'isLast'>

export function partBuilder(pipeline: string, object: string): PartBuilder {
  const counts: PartCounts = {
    bytes: 0,
    records: 0,
    failedRecords: 0,
    emptySql: 0,
    unreadTimes: 0,
    statements: 0,
    sessionRuns: 0,
    deadLetters: {},
    noise: {},
  }
  const processes: Process[] = []
  const users = new Map<string, number>()
  const usage = usageColumns()
  const letters: DeadLetter[] = []
  let textSize = 0

  function userIndex(user: string | null): number {
    const name = user ?? ''
    const known = users.get(name)
    if (known !== undefined) return known
    users.set(name, users.size)
    return users.size - 1
  }

  function enter(process: Process, offset: number): void {
    process.index = processes.length
    process.first = offset
    process.executions = 0
    processes.push(process)
    textSize += process.told?.sql.length ?? 0
  }

  return {
    counts,
    add(process, offset, user, day, measures) {
      if (process.index < 0) enter(process, offset)
      process.last = offset
      process.executions++
      usage.add(process.lastRow, process.index, userIndex(user), day, measures)
    },
    deadLetter(letter) {
      counts.deadLetters[letter.reason] = (counts.deadLetters[letter.reason] ?? 0) + 1
      letters.push(letter)
    },
    get size() {
      return textSize + usage.rows * 64 + letters.length * 256
    },
    finish(place, { seen, changed }) {
      for (const process of processes) countStatements(counts, process)
      const fresh = processes.filter((process) => isNews(process, object))
      const part: ScannedPart = {
        ...place,
        counts,
        processes: JSON.stringify(fresh.map((process) => processRow(process, positionOf(pipeline, object, process.first)))),
        members: JSON.stringify({ id: processes.map(({ id }) => id), first: processes.map(({ first }) => first) }),
        usage: usage.toJson([...users.keys()].map(storable)),
        rows: usage.rows,
        firstDay: dayName(usage.firstDay),
        lastDay: dayName(usage.lastDay),
        occurrences: JSON.stringify(
          processes.filter(({ changesAssets }) => changesAssets).map(({ id, last }) => [id, positionOf(pipeline, object, last)]),
        ),
        deadLetters: JSON.stringify(letters.map(({ line, offset, reason, sample }) => [line, offset, reason, sample])),
        seen: JSON.stringify(seen),
        sessions: JSON.stringify(
          changed.map(({ session, start, startState, digest, state }) => [
            storable(session),
            sessionHash(session),
            start,
            startState === null ? null : JSON.stringify(startState),
            digest,
            state === null ? null : JSON.stringify(state),
          ]),
        ),
      }
      for (const process of processes) {
        process.claimed = earlier(process, object)
        process.index = -1
        process.lastRow.row = -1
        if (process.isMasked) process.told = null
      }
      return part
    },
  }
}

function countStatements(counts: PartCounts, { executions, statements, noise }: Process): void {
  counts.statements += executions * statements
  for (const [kind, times] of Object.entries(noise)) counts.noise[kind] = (counts.noise[kind] ?? 0) + executions * times
}

/** The row of a process is sent once, and again when this place is before the one that was sent: the earliest gives its text. */
function isNews({ claimed, first }: Process, object: string): boolean {
  return claimed === null || comparePlaces(object, first, claimed.object, claimed.offset) < 0
}

function earlier(process: Process, object: string): { readonly object: string; readonly offset: number } {
  return process.claimed !== null && !isNews(process, object) ? process.claimed : { object, offset: process.first }
}

/** Objects in the order of their keys' UTF-8 bytes, as S3 lists them. */
function comparePlaces(a: string, offsetA: number, b: string, offsetB: number): number {
  return a === b ? offsetA - offsetB : Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** Sent again, for an earlier place, it is the place alone: a masked text is the same wherever it stands. */
function processRow({ id, fingerprint, defaults, isNoise, told }: Process, position: string): unknown[] {
  return [
    id,
    fingerprint,
    told?.sql ?? '',
    storable(defaults.database ?? ''),
    storable(defaults.schema ?? ''),
    JSON.stringify(told?.temps ?? []),
    position,
    isNoise ? 'noise' : 'new',
    JSON.stringify(told?.kinds ?? []),
    JSON.stringify(told?.tables ?? []),
  ]
}
