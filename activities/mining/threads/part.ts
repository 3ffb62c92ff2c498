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

/** `isMasked`: a text is the same wherever it stands; else the earliest one is kept. */
export function partBuilder(pipeline: string, object: string, isMasked: boolean): PartBuilder {
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
  const first: number[] = []
  const last: number[] = []
  const users = new Map<string, number>()
  const usage = usageColumns()
  const letters: DeadLetter[] = []
  let textSize = 0
  let lastUser: string | null = null
  let lastUserIndex = -1

  /** Records of one user follow one another. */
  function userIndex(user: string | null): number {
    if (user === lastUser && lastUserIndex >= 0) return lastUserIndex
    const name = user ?? ''
    lastUser = user
    lastUserIndex = users.get(name) ?? users.size
    if (lastUserIndex === users.size) users.set(name, lastUserIndex)
    return lastUserIndex
  }

  function enter(process: Process, offset: number): void {
    process.index = processes.length
    processes.push(process)
    first.push(offset)
    last.push(offset)
    textSize += process.told?.sql.length ?? 0
  }

  return {
    counts,
    add(process, offset, user, day, measures) {
      if (process.index < 0) enter(process, offset)
      last[process.index] = offset
      usage.add(process.index, userIndex(user), day, measures)
    },
    deadLetter(letter) {
      counts.deadLetters[letter.reason] = (counts.deadLetters[letter.reason] ?? 0) + 1
      letters.push(letter)
    },
    get size() {
      return textSize + usage.rows * 64 + letters.length * 256
    },
    finish(place, { seen, changed }) {
      const executions = usage.executions(processes.length)
      processes.forEach((process, index) => {
        countStatements(counts, process, executions[index] as number) // one for each
      })
      const isBefore = placesBefore(object)
      const news = processes.filter(({ claimedIn, claimedAt, index }) => isBefore(first[index] as number, claimedIn, claimedAt)) // as above
      const part: ScannedPart = {
        ...place,
        counts,
        processes: JSON.stringify(news.map((process) => processRow(process, positionOf(pipeline, object, first[process.index] as number)))), // as above
        members: JSON.stringify({ id: processes.map(({ id }) => id), first }),
        usage: usage.toJson([...users.keys()].map(storable)),
        rows: usage.rows,
        firstDay: dayName(usage.firstDay),
        lastDay: dayName(usage.lastDay),
        occurrences: JSON.stringify(
          processes
            .filter(({ shape }) => shape.changesAssets)
            .map(({ id, index }) => [id, positionOf(pipeline, object, last[index] as number)]), // as above
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
      for (const process of news) {
        process.claimedIn = object
        process.claimedAt = first[process.index] as number // as above
        if (isMasked) process.told = null
      }
      for (const process of processes) process.index = -1
      return part
    },
  }
}

function countStatements(counts: PartCounts, { shape: { statements, noise } }: Process, executions: number): void {
  counts.statements += executions * statements
  for (const [kind, times] of Object.entries(noise)) counts.noise[kind] = (counts.noise[kind] ?? 0) + executions * times
}

/**
 * Whether a place in this object is before the one that a process' row was sent with, if it was: the row is sent again then, since the earliest place
 * gives its text. Objects are in the order of their keys' UTF-8 bytes, as S3 lists them.
 */
function placesBefore(object: string): (offset: number, claimedIn: string | null, claimedAt: number) => boolean {
  const key = Buffer.from(object)
  const before = new Map<string, boolean>()
  return (offset, claimedIn, claimedAt) => {
    if (claimedIn === null) return true
    if (claimedIn === object) return offset < claimedAt
    let isBefore = before.get(claimedIn)
    if (isBefore === undefined) {
      isBefore = Buffer.compare(key, Buffer.from(claimedIn)) < 0
      before.set(claimedIn, isBefore)
    }
    return isBefore
  }
}

/** Sent again, for an earlier place, it is the place alone: a masked text is the same wherever it stands. */
function processRow({ id, shape, told }: Process, position: string): unknown[] {
  return [
    id,
    told?.fingerprint ?? '',
    told?.sql ?? '',
    storable(told?.defaults.database ?? ''),
    storable(told?.defaults.schema ?? ''),
    JSON.stringify(told?.temps ?? []),
    position,
    shape.isNoise ? 'noise' : 'new',
    JSON.stringify(shape.kinds),
    JSON.stringify(told?.tables ?? []),
  ]
}
