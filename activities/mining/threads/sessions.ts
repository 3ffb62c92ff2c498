import { type SessionValue, type SessionValues, type StoredState, storedState } from './session-values.ts'

/** The sessions of a shard as its records come: each with its own state, interleaved or not. */
export interface Sessions {
  /** A segment is gone on with: its session's state where it stopped, and at the segment's start. */
  restore(row: ResumedSession): void
  /** The state before this record, empty where the session is new. */
  enter(session: string): SessionValue
  /** The state after it. */
  leave(session: string, value: SessionValue): void
  /** A new segment begins: what the sessions have now is what they start it with. */
  startSegment(lastSession: string | null): void
  /** Stretches of records of one session since the last call. */
  takeRuns(): number
  readonly lastSession: string | null
  takePart(): SessionRows
}

export interface SessionRows {
  /** Hashes of the sessions seen since the last part. */
  readonly seen: readonly number[]
  readonly changed: readonly SessionRow[]
}

/** A session of a segment whose start or present state is not empty. */
export interface SessionRow {
  readonly session: string
  /** Digest of the state it was taken to have before the segment. */
  readonly start: string
  readonly startState: StoredState | null
  readonly digest: string
  readonly state: StoredState | null
}

export interface ResumedSession {
  readonly session: string
  readonly startState: StoredState | null
  readonly state: StoredState | null
}

interface Slot {
  value: SessionValue
  start: SessionValue
  /** In this segment, and in this part of it. */
  inSegment: boolean
  inPart: boolean
  /** Its row differs from what the last part told. */
  changed: boolean
}

/** `before`: states that sessions have before the shard, as JSON; most of them end there, so each is read when its session goes on. */
export function followSessions(values: SessionValues, before: ReadonlyMap<string, string>): Sessions {
  const slots = new Map<string, Slot>()
  /** Those of `before` that went on: what they had before is no longer what they have. */
  const wentOn = new Set<string>()
  let inPart: (readonly [string, Slot])[] = []
  let runs = 0
  let last: string | null = null
  let lastSlot: Slot | null = null

  function firstValue(session: string): SessionValue {
    const state = wentOn.has(session) ? undefined : before.get(session)
    if (state === undefined) return values.empty
    wentOn.add(session)
    return values.restore(JSON.parse(state) as StoredState) // what an earlier scan wrote
  }

  function slotOf(session: string): Slot {
    let slot = slots.get(session)
    if (slot === undefined) {
      const value = firstValue(session)
      slot = { value, start: value, inSegment: false, inPart: false, changed: false }
      slots.set(session, slot)
    }
    if (!slot.inSegment) {
      slot.inSegment = true
      slot.start = slot.value
      slot.changed = slot.value !== values.empty
    }
    if (!slot.inPart) {
      slot.inPart = true
      inPart.push([session, slot])
    }
    return slot
  }

  function row(session: string, { start, value }: Slot): SessionRow {
    return {
      session,
      start: start.digest,
      startState: start === values.empty ? null : storedState(start.state),
      digest: value.digest,
      state: value === values.empty ? null : storedState(value.state),
    }
  }

  return {
    restore({ session, startState, state }) {
      wentOn.add(session)
      const start = startState === null ? values.empty : values.restore(startState)
      const value = state === null ? values.empty : values.restore(state)
      slots.set(session, { value, start, inSegment: true, inPart: false, changed: false })
    },
    enter(session) {
      if (session !== last || lastSlot === null) {
        runs += session === last ? 0 : 1
        last = session
        lastSlot = slotOf(session)
      }
      return lastSlot.value
    },
    leave(session, value) {
      const slot = lastSlot ?? slotOf(session)
      if (slot.value === value) return
      slot.value = value
      slot.changed = true
    },
    startSegment(lastSession) {
      last = lastSession
      lastSlot = null
      for (const [session, slot] of slots) {
        if (slot.value === values.empty) slots.delete(session)
        else slot.inSegment = false
      }
    },
    takeRuns() {
      const taken = runs
      runs = 0
      return taken
    },
    get lastSession() {
      return last
    },
    takePart() {
      const changed: SessionRow[] = []
      for (const [session, slot] of inPart) {
        if (slot.changed) changed.push(row(session, slot))
        slot.inPart = false
        slot.changed = false
        if (slot.value === values.empty && slot.start === values.empty) slots.delete(session)
      }
      const seen = inPart.map(([session]) => sessionHash(session))
      inPart = []
      lastSlot = null
      return { seen, changed }
    },
  }
}

/** 53 bits, exact in JSON: two FNV-1a hashes put together. Two sessions with one hash cost a needless second look, nothing else. */
export function sessionHash(session: string): number {
  let a = 0x811c9dc5
  let b = 0x9e3779b9
  for (let i = 0; i < session.length; i++) {
    const code = session.charCodeAt(i)
    a = Math.imul(a ^ code, 0x01000193)
    b = Math.imul(b ^ code, 0x5bd1e995)
  }
  return (a >>> 0) * 2 ** 21 + (b >>> 11)
}
