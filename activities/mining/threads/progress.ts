/**
 * Where a scanning thread is, in memory that main reads while the thread is busy: which text it has been reading, and since which tick. A thread
 * that stays at one text for longer than its budget is ended, and the text is a dead letter.
 */
export const PROGRESS_BYTES = 4 * Float64Array.BYTES_PER_ELEMENT

const BUSY = 0
const TICK = 1
const SEGMENT = 2
const OFFSET = 3

export interface Progress {
  begin(segment: number, offset: number): void
  done(): void
}

export function progressOf(shared: SharedArrayBuffer): Progress {
  const cells = new Float64Array(shared)
  return {
    begin(segment, offset) {
      cells[SEGMENT] = segment
      cells[OFFSET] = offset
      cells[TICK] = (cells[TICK] ?? 0) + 1
      cells[BUSY] = 1
    },
    done() {
      cells[BUSY] = 0
    },
  }
}

export interface At {
  readonly tick: number
  readonly segment: number
  readonly offset: number
}

/** Null while the thread is between texts. */
export function readProgress(shared: SharedArrayBuffer): At | null {
  const cells = new Float64Array(shared)
  if (cells[BUSY] !== 1) return null
  return { tick: cells[TICK] ?? 0, segment: cells[SEGMENT] ?? 0, offset: cells[OFFSET] ?? 0 }
}
