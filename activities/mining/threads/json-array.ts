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
  let from = 0 // of the open element's part in the present block

  function finish(block: Buffer, begin: number, end: number, start: number): void {
    const length = seen + end - start - elementAt
    if (length > maxBytes) sink(block, 0, 0, elementAt, true)
    else if (carried.length === 0) sink(block, begin, end, elementAt, false)
    else {
      const whole = Buffer.concat([...carried, block.subarray(begin, end)])
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

  /** Between elements, or their outermost brackets: true when the byte ends the array. */
  function between(block: Buffer, at: number, start: number, byte: number): boolean {
    if (byte !== COMMA && !isClosing(byte)) return false
    if (elementAt >= 0) finish(block, from, at, start)
    consumed = seen + at + 1 - start
    return byte !== COMMA
  }

  function within(at: number, start: number, byte: number): void {
    if (elementAt < 0) {
      elementAt = seen + at - start
      from = at
    }
    if (byte === QUOTE) inString = true
    else if (isOpening(byte)) depth++
    else if (isClosing(byte)) depth--
  }

  function push(block: Buffer, start: number): number {
    from = start
    for (let at = start; at < block.length; ) {
      if (inString) {
        at = pastString(block, at)
        continue
      }
      const byte = block[at] as number // in bounds
      if (depth === 0 && between(block, at, start, byte)) return at + 1
      if (byte > 32 && (depth > 0 || byte !== COMMA)) within(at, start, byte)
      at++
    }
    seen += block.length - start
    if (elementAt >= 0) carried = seen - elementAt <= maxBytes ? [...carried, Buffer.from(block.subarray(from))] : []
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
