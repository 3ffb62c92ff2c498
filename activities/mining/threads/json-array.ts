/** Takes each element's bytes with its offset from where the array's content began; `tooLong` elements come without bytes. */
export type ElementSink = (bytes: Buffer, start: number, end: number, offset: number, tooLong: boolean) => void

export interface ArrayElements {
  /** Takes the block from `start` on. Gives the place just past the array's `]`, or -1 while it is open. */
  push(block: Buffer, start: number): number
  /** The bytes ended inside the array: what is left is an element cut short. */
  end(): void
  /** Bytes from where the array's content began to just past the last whole element. */
  readonly consumed: number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c

/** The elements of a JSON array out of its blocks, without parsing them: brackets are matched outside of strings. */
export function arrayElements(maxBytes: number, sink: ElementSink): ArrayElements {
  let depth = 0
  let inString = false
  let escaped = false
  let seen = 0 // bytes taken before the present block
  let consumed = 0
  let elementAt = -1 // offset of the open element
  let carried: Buffer[] = []

  function finish(block: Buffer, from: number, end: number, start: number): void {
    const length = seen + end - start - elementAt
    if (length > maxBytes) sink(block, 0, 0, elementAt, true)
    else if (carried.length === 0) sink(block, from, end, elementAt, false)
    else {
      const whole = Buffer.concat([...carried, block.subarray(from, end)])
      sink(whole, 0, whole.length, elementAt, false)
    }
    carried = []
    elementAt = -1
    consumed = seen + end - start
  }

  /** Inside a string: just past its closing quote, or the block's end. */
  function pastString(block: Buffer, from: number): number {
    for (let at = from; at < block.length; at++) {
      if (escaped) escaped = false
      else if (block[at] === BACKSLASH) escaped = true
      else if (block[at] === QUOTE) {
        inString = false
        return at + 1
      }
    }
    return block.length
  }

  function push(block: Buffer, start: number): number {
    let from = start // of the open element's part in this block
    for (let at = start; at < block.length; ) {
      if (inString) {
        at = pastString(block, at)
        continue
      }
      const byte = block[at] as number // in bounds
      if (depth === 0 && isClosing(byte)) {
        if (elementAt >= 0) finish(block, from, at, start)
        consumed = seen + at + 1 - start
        return at + 1
      }
      if (depth === 0 && byte === COMMA) {
        if (elementAt >= 0) finish(block, from, at, start)
        consumed = seen + at + 1 - start
      } else if (byte > 32) {
        if (elementAt < 0) {
          elementAt = seen + at - start
          from = at
        }
        if (byte === QUOTE) inString = true
        else if (isOpening(byte)) depth++
        else if (isClosing(byte)) depth--
      }
      at++
    }
    seen += block.length - start
    if (elementAt >= 0 && seen - elementAt <= maxBytes) carried.push(block.subarray(from))
    else if (elementAt >= 0) carried = []
    return -1
  }

  return {
    push,
    end() {
      if (elementAt >= 0) finish(Buffer.alloc(0), 0, 0, 0)
    },
    get consumed() {
      return consumed
    },
  }
}

const isOpening = (byte: number): boolean => byte === 0x5b || byte === 0x7b
const isClosing = (byte: number): boolean => byte === 0x5d || byte === 0x7d
