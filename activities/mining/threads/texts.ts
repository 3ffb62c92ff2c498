import type { Defaults, SessionState } from '../../../contracts/lineage.ts'
import { bitsOfNames } from '../../../lineage/dependencies.ts'
import { digestOfJson } from './digest.ts'
import { type Observation, observe, observeAgain, type TextFacts, type TextMarks, type TextShape } from './engine.ts'
import { hashTable } from './hash-table.ts'
import { DEFAULTS_BELOW } from './known-defaults.ts'
import type { SessionValue, SessionValues } from './session-values.ts'
import { storable } from './storable.ts'

/** A process of this thread: a normalised text with the defaults and temp tables in force. */
export interface Process {
  readonly id: string
  readonly shape: TextShape
  /** What its row in the catalog says beside; let go when the row was sent, since most of a thread's memory would be that. */
  told: Told | null
  /** Where it is known to be committed, or was sent to be; null while it is new. */
  claimedIn: string | null
  claimedAt: number
  /** Row in the part in the making, -1 when it is not in it. */
  index: number
}

export interface Told extends Pick<Observation, 'tables' | 'temps'> {
  readonly fingerprint: string
  readonly sql: string
  readonly defaults: Defaults
}

/** What a record with this text, these defaults and this session's state is, and the state it leaves. */
export interface Step {
  /** Numbers of the defaults and of the state. */
  readonly defaults: number
  readonly state: number
  readonly process: Process
  /** Null: the text leaves any state as it is. */
  readonly next: SessionValue | null
}

/** All texts of one fingerprint. */
export interface Text {
  readonly fingerprint: string
  /** The step last taken: most texts have no other. */
  last: Step | null
  /** By state and defaults, where there are more. */
  steps: Map<number, Step> | null
  /** Null until it was read. */
  facts: TextFacts | null
  /** States without a bit in common with these are the empty one to this text. */
  bits: number
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
  /** `isRead`: its skeleton is the one last read. */
  find(sql: string, isRead: boolean): Text
  step(text: Text, defaultsIndex: number, session: SessionValue): Step | undefined
  learn(text: Text, sql: string, defaults: Defaults, defaultsIndex: number, session: SessionValue): Step
  /** Forgets everything when it has grown too large; only between parts, since a part holds on to its processes. */
  trim(): void
}

const MOST_PROCESSES = 40_000
const MOST_SKELETONS = 80_000
const MOST_TEXT = 32 * 1024 * 1024
const ALL_STATES = -1

export function knownTexts(context: TextContext, values: SessionValues): Texts {
  const { skeleton } = context.marks
  const bySkeleton = hashTable<Text>()
  const byFingerprint = new Map<string, Text>()
  const processes = new Map<string, Process>()
  let textSize = 0

  function processOf(fingerprint: string, sql: string, defaults: Defaults, { shape, tables, temps }: Observation): Process {
    const id = processId(context, fingerprint, defaults, temps)
    const known = processes.get(id)
    if (known !== undefined) return known
    const text = storable(context.keepFullText ? sql : context.marks.normalise(sql))
    const told = { fingerprint, sql: text, defaults, tables, temps }
    const process: Process = { id, shape, told, claimedIn: null, claimedAt: 0, index: -1 }
    processes.set(id, process)
    textSize += text.length
    return process
  }

  function textOf(sql: string): Text {
    const fingerprint = context.marks.fingerprint(sql)
    const known = byFingerprint.get(fingerprint)
    if (known !== undefined) return known
    const text: Text = { fingerprint, last: null, steps: null, facts: null, bits: ALL_STATES, sets: false }
    byFingerprint.set(fingerprint, text)
    return text
  }

  function observation(text: Text, sql: string, defaults: Defaults, state: SessionState): Observation {
    const again = text.facts === null ? null : observeAgain(text.facts, defaults, state)
    if (again !== null) return again
    const { facts, observation } = observe(sql, context.dialect, defaults, state, context.marks)
    // What was quiet once is so in all states but those that hold a temp table it names.
    if (text.facts === null || text.facts.quiet === null) {
      text.facts = facts
      text.bits = facts.quiet === null ? ALL_STATES : bitsOfNames(facts.named)
    }
    return observation
  }

  return {
    known: () => bySkeleton.get(skeleton.high, skeleton.low),
    find(sql, isRead) {
      if (!isRead && !skeleton.readText(sql)) return textOf(sql)
      const known = bySkeleton.get(skeleton.high, skeleton.low)
      if (known !== undefined) return known
      const text = textOf(sql)
      // A text with a literal that counts is told by its fingerprint alone.
      if (context.marks.isCovered(skeleton.places())) bySkeleton.add(skeleton.high, skeleton.low, text)
      return text
    },
    step(text, defaultsIndex, session) {
      const { last, steps } = text
      const state = stateFor(text, session)
      if (last?.defaults === defaultsIndex && last.state === state) return last
      const step = steps?.get(stepKey(defaultsIndex, state))
      if (step !== undefined) text.last = step
      return step
    },
    learn(text, sql, defaults, defaultsIndex, session) {
      const seenAs = observation(text, sql, defaults, session.state)
      const process = processOf(text.fingerprint, sql, defaults, seenAs)
      const next = seenAs.next === null ? null : values.of(seenAs.next(process.id))
      const step = { defaults: defaultsIndex, state: stateFor(text, session), process, next }
      addStep(text, step)
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

/** Number of the state that the text is to be looked up by: what it does depends on nothing in the others. */
function stateFor({ bits }: Text, session: SessionValue): number {
  return (bits & session.bits) === 0 ? 0 : session.index
}

function stepKey(defaults: number, state: number): number {
  return state * DEFAULTS_BELOW + defaults
}

function addStep(text: Text, step: Step): void {
  const { last } = text
  if (last !== null) {
    text.steps ??= new Map([[stepKey(last.defaults, last.state), last]])
    text.steps.set(stepKey(step.defaults, step.state), step)
  }
  text.last = step
}

/** Content-addressed: the same text in the same context is the same process, whatever log, object or run it comes from. */
function processId(
  { connection, dialect }: TextContext,
  fingerprint: string,
  { database, schema }: Defaults,
  temps: Observation['temps'],
): string {
  const inForce = temps.map(({ table, columns, madeBy }) => [table.parts, columns, madeBy])
  return digestOfJson([connection, dialect, fingerprint, database ?? null, schema ?? null, inForce])
}
