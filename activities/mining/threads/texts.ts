import { hash } from 'node:crypto'
import type { Defaults, SessionState } from '../../../contracts/lineage.ts'
import { type Observation, observe, observeAgain, type TextFacts, type TextMarks } from './engine.ts'
import { DEFAULTS_BELOW } from './known-defaults.ts'
import type { SessionValue, SessionValues } from './session-values.ts'
import { storable } from './storable.ts'
import type { LastRow } from './usage-columns.ts'

/** A process of this thread: a normalised text with the defaults and temp tables in force. */
export interface Process {
  readonly id: string
  readonly fingerprint: string
  readonly defaults: Defaults
  readonly statements: number
  readonly noise: Readonly<Record<string, number>>
  readonly isNoise: boolean
  readonly changesAssets: boolean
  /** What its row in the catalog says beside; let go when the row was sent, since most of a thread's memory would be that. */
  told: Told | null
  /** The text is the same wherever it stands; else the earliest one is kept. */
  readonly isMasked: boolean
  /** Where it is known to be committed, or was sent to be; null while it is new. */
  claimed: { readonly object: string; readonly offset: number } | null
  /** Row in the part in the making, -1 when it is not in it. */
  index: number
  /** Its first and last place in that part. */
  first: number
  last: number
  executions: number
  /** In the part's columns. */
  readonly lastRow: LastRow
}

export interface Told extends Pick<Observation, 'kinds' | 'tables' | 'temps'> {
  readonly sql: string
}

/** What a record with this text, these defaults and this session's state is, and the state it leaves. */
export interface Step {
  readonly process: Process
  readonly next: SessionValue
}

/** All texts of one fingerprint. */
export interface Text {
  readonly fingerprint: string
  /** By session and defaults. */
  readonly steps: Map<number, Step>
  /** Kept of the first texts, and of others from the second time on that they are read: of the texts of many logs most are read once. */
  facts: TextFacts | null
  isRead: boolean
  /** It may set variables of its session: its literals count for that. */
  sets: boolean
}

export interface TextContext {
  readonly connection: string
  readonly dialect: string
  readonly keepFullText: boolean
  readonly marks: TextMarks
}

/** What is known of the texts seen so far: most records of a log are repeats and cost two look-ups here. */
export interface Texts {
  /** The text of the skeleton last read, where it is known. */
  known(): Text | undefined
  find(sql: string): Text
  step(text: Text, defaultsIndex: number, session: SessionValue): Step | undefined
  learn(text: Text, sql: string, defaults: Defaults, defaultsIndex: number, session: SessionValue): Step
  /** Forgets everything when it has grown too large; only between parts, since a part holds on to its processes. */
  trim(): void
}

const MOST_PROCESSES = 40_000
const MOST_FACTS = 10_000
const MOST_SKELETONS = 80_000
const MOST_TEXT = 32 * 1024 * 1024

export function knownTexts(context: TextContext, values: SessionValues): Texts {
  const bySkeleton = new Map<number, Text>()
  const byFingerprint = new Map<string, Text>()
  const processes = new Map<string, Process>()
  let textSize = 0

  function processOf(fingerprint: string, sql: string, defaults: Defaults, seenAs: Observation): Process {
    const id = processId(context, fingerprint, defaults, seenAs)
    const known = processes.get(id)
    if (known !== undefined) return known
    const text = storable(context.keepFullText ? sql : context.marks.normalise(sql))
    const { statements, noise, isNoise, changesAssets, kinds, tables, temps } = seenAs
    const process: Process = {
      id,
      fingerprint,
      defaults,
      statements,
      noise,
      isNoise,
      changesAssets,
      told: { sql: text, kinds, tables, temps },
      isMasked: !context.keepFullText,
      claimed: null,
      index: -1,
      first: 0,
      last: 0,
      executions: 0,
      lastRow: { row: -1, key: 0 },
    }
    processes.set(id, process)
    textSize += text.length
    return process
  }

  function textOf(sql: string): Text {
    const fingerprint = context.marks.fingerprint(sql)
    const known = byFingerprint.get(fingerprint)
    if (known !== undefined) return known
    const text = { fingerprint, steps: new Map<number, Step>(), facts: null, isRead: false, sets: false }
    byFingerprint.set(fingerprint, text)
    return text
  }

  function observation(text: Text, sql: string, defaults: Defaults, state: SessionState): Observation {
    const again = text.facts === null ? null : observeAgain(text.facts, defaults, state)
    if (again !== null) return again
    const { facts, observation } = observe(sql, context.dialect, defaults, state, context.marks)
    if (text.isRead || byFingerprint.size < MOST_FACTS) text.facts = facts
    text.isRead = true
    return observation
  }

  return {
    known: () => bySkeleton.get(context.marks.skeleton.hash),
    find(sql) {
      const { skeleton } = context.marks
      if (!skeleton.readText(sql)) return textOf(sql)
      const known = bySkeleton.get(skeleton.hash)
      if (known !== undefined) return known
      const text = textOf(sql)
      // A text with a literal that counts is told by its fingerprint alone.
      if (context.marks.isCovered(skeleton.places())) bySkeleton.set(skeleton.hash, text)
      return text
    },
    step: (text, defaultsIndex, session) => text.steps.get(session.index * DEFAULTS_BELOW + defaultsIndex),
    learn(text, sql, defaults, defaultsIndex, session) {
      const seenAs = observation(text, sql, defaults, session.state)
      const process = processOf(text.fingerprint, sql, defaults, seenAs)
      const next = seenAs.next === null ? session : values.of(seenAs.next(process.id))
      const step = { process, next }
      text.steps.set(session.index * DEFAULTS_BELOW + defaultsIndex, step)
      return step
    },
    trim() {
      if (processes.size < MOST_PROCESSES && bySkeleton.size < MOST_SKELETONS && textSize < MOST_TEXT && values.size < MOST_PROCESSES)
        return
      bySkeleton.clear()
      byFingerprint.clear()
      processes.clear()
      values.forget()
      textSize = 0
    },
  }
}

/** Content-addressed: the same text in the same context is the same process, whatever log, object or run it comes from. */
function processId(
  { connection, dialect }: TextContext,
  fingerprint: string,
  { database, schema }: Defaults,
  { temps }: Observation,
): string {
  const inForce = temps.map(({ table, columns, madeBy }) => [table.parts, columns, madeBy])
  return hash('sha256', JSON.stringify([connection, dialect, fingerprint, database ?? null, schema ?? null, inForce])).slice(0, 32)
}
