const BLOCK_BYTES = 256 * 1024
/** A chunk that fills its own buffer and is at least this large goes on as it is; smaller ones are put together. */
const PASS_BYTES = 64 * 1024

/**
 * The same bytes in blocks of about 256 KiB, each with an ArrayBuffer of its own, which the reader may give away.
 * What had come before an error is yielded before the error is thrown.
 */
export async function* inBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let block = new Uint8Array(BLOCK_BYTES)
  let filled = 0
  let failure: { readonly error: unknown } | null = null
  try {
    for await (const chunk of chunks) {
      if (filled === 0 && ownsItsBuffer(chunk)) {
        yield chunk
        continue
      }
      for (let at = 0; at < chunk.length; ) {
        const part = chunk.subarray(at, at + BLOCK_BYTES - filled)
        block.set(part, filled)
        filled += part.length
        at += part.length
        if (filled < BLOCK_BYTES) continue
        yield block
        block = new Uint8Array(BLOCK_BYTES)
        filled = 0
      }
    }
  } catch (error) {
    failure = { error }
  }
  if (filled > 0) yield block.slice(0, filled)
  if (failure !== null) throw failure.error
}

function ownsItsBuffer(chunk: Uint8Array): boolean {
  return chunk.length >= PASS_BYTES && chunk.byteLength === chunk.buffer.byteLength
}

/** Bytes [from, to) of a stream; stops reading at `to`. */
export async function* cut(chunks: AsyncIterable<Uint8Array>, from: number, to: number): AsyncGenerator<Uint8Array> {
  let at = 0
  if (from >= to) return
  for await (const chunk of chunks) {
    const end = at + chunk.length
    if (end > from) yield from <= at && end <= to ? chunk : chunk.subarray(Math.max(0, from - at), Math.min(chunk.length, to - at))
    at = end
    if (at >= to) return
  }
}
