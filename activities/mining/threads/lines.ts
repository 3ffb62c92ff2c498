import { type ArrayElements, arrayElements } from './json-array.ts'

/** What a splitter hands on: `start` and `end` lie in `bytes`; `offset` is the line's place in the object; `line` counts from 1. */
export interface LineSink {
  line(bytes: Buffer, start: number, end: number, offset: number, line: number): void
  tooLong(offset: number, line: number): void
}

export interface SplitRange {
  /** Where the bytes begin in the object. */
  readonly from: number
  /** The last line begins at or before this offset; null where the object's end ends it. */
  readonly to: number | null
  /** The bytes before the first newline belong to the range before. */
  readonly skipFirst: boolean
  readonly maxLineBytes: number
  /** Lines counted before, when a segment is gone on with. */
  readonly line: number
  /** Inside a JSON array, when a segment is gone on with. */
  readonly inArray: boolean
}

export interface LineSplitter {
  /** False when the range is over: no further bytes are needed. */
  push(block: Buffer): boolean
  /** The bytes ended; what is left is the last line. */
  end(): void
  /** Just past the last line handed on: where to go on. */
  readonly offset: number
  readonly line: number
  readonly inArray: boolean
  /** Bytes at the beginning that belong to the range before. */
  readonly skippedBytes: number
}

const NEWLINE = 10
const RETURN = 13
const BRACKET = 0x5b
const NOTHING = Buffer.alloc(0)

/** Lines of an object out of its blocks; only a line that spans blocks is copied, so that no block is needed once it was taken. One JSON array is taken element by element, as if each were a line. */
export function splitLines(range: SplitRange, sink: LineSink): LineSplitter {
  const { to, maxLineBytes } = range
  let offset = range.from
  let line = range.line
  let skipping = range.skipFirst
  let skippedBytes = 0
  let atStart = range.from === 0
  let dropping = false // inside a line that is too long
  let carried: Buffer[] = []
  let carriedBytes = 0
  let elements: ArrayElements | null = null
  let arrayAt = 0 // where the array's content began
  if (range.inArray) openArray(range.from)

  function openArray(at: number): void {
    arrayAt = at
    offset = at
    elements = arrayElements(maxLineBytes, (bytes, start, end, from, tooLong) => {
      line++
      if (tooLong) sink.tooLong(arrayAt + from, line)
      else sink.line(bytes, start, end, arrayAt + from, line)
    })
  }

  /** `next` is the offset just past the line and its newline. */
  function emit(bytes: Buffer, start: number, end: number, next: number): void {
    const at = offset
    offset = next
    if (skipping) {
      skipping = false
      skippedBytes = next - at
      return
    }
    line++
    if (dropping || end - start > maxLineBytes) sink.tooLong(at, line)
    else sink.line(bytes, start, end > start && bytes[end - 1] === RETURN ? end - 1 : end, at, line)
    dropping = false
  }

  function carry(bytes: Buffer): void {
    carriedBytes += bytes.length
    if (!skipping && !dropping) carried.push(Buffer.from(bytes))
    if (carriedBytes <= maxLineBytes || skipping) return
    dropping = true
    carried = []
  }

  /** The line whose beginning was carried, with its end in this block. */
  function emitCarried(tail: Buffer, newlineBytes: number): void {
    carry(tail)
    const next = offset + carriedBytes + newlineBytes
    const whole = carried.length === 1 ? (carried[0] ?? NOTHING) : Buffer.concat(carried)
    carried = []
    carriedBytes = 0
    emit(whole, 0, whole.length, next)
  }

  /** A line that begins after `to` belongs to the next range. The skipped first one decides nothing. */
  const isOver = (): boolean => to !== null && !skipping && offset > to

  function pushLines(block: Buffer, from: number): void {
    let start = from
    if (carriedBytes > 0) {
      const newline = block.indexOf(NEWLINE, start)
      if (newline < 0) return carry(block.subarray(start))
      emitCarried(block.subarray(start, newline), 1)
      start = newline + 1
    }
    const base = offset - start
    while (!isOver()) {
      const newline = block.indexOf(NEWLINE, start)
      if (newline < 0) break
      emit(block, start, newline, base + newline + 1)
      start = newline + 1
    }
    if (!isOver() && start < block.length) carry(block.subarray(start))
  }

  /** Byte-order mark, then an array or lines. Gives where the content begins. */
  function begin(block: Buffer): number {
    atStart = false
    const start = block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf ? 3 : 0
    offset += start
    let first = start
    while (isSpace(block[first])) first++
    if (block[first] !== BRACKET) return start
    openArray(first + 1)
    return first + 1
  }

  function push(block: Buffer): boolean {
    if (block.length === 0) return !isOver()
    let start = atStart ? begin(block) : 0
    if (elements !== null) {
      const closed = elements.push(block, start)
      offset = arrayAt + elements.consumed
      if (closed < 0) return true
      elements = null // whatever follows the array is lines again
      start = closed
    }
    pushLines(block, start)
    return !isOver()
  }

  return {
    push,
    end() {
      if (elements !== null) {
        elements.end()
        offset = arrayAt + elements.consumed
      } else if (carriedBytes > 0 && !isOver()) emitCarried(NOTHING, 0)
    },
    get offset() {
      return offset
    },
    get line() {
      return line
    },
    get inArray() {
      return elements !== null
    },
    get skippedBytes() {
      return skippedBytes
    },
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 32 || byte === 9 || byte === NEWLINE || byte === RETURN
}
