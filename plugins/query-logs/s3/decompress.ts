import { createGunzip, createZstdDecompress } from 'node:zlib'
import { LodelineError } from '../../../contracts/errors.ts'
import type { Compression } from './location.ts'

/** Compressed bytes are fed in slices of this size; what one slice inflates to is all that is held. gzip inflates at most 1,032 fold. */
const SLICE_BYTES = 16 * 1024
const OUTPUT_CHUNK_BYTES = 128 * 1024

/** zlib's code for input that ends before the stream does. Other codes mean that the bytes are wrong. */
const ENDS_EARLY = 'Z_BUF_ERROR'

/**
 * Inflates slice by slice. Every byte that can be had is yielded before an error is thrown: a stream read the usual
 * way drops what it has buffered when it breaks, and with it the readable part of a truncated object.
 */
export async function* decompressed(chunks: AsyncIterable<Uint8Array>, compression: Compression, key: string): AsyncGenerator<Uint8Array> {
  if (compression === 'none') {
    yield* chunks
    return
  }
  let inflater = inflaterOf(compression)
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        const slice = chunk.subarray(at, at + SLICE_BYTES)
        const consumed = await inflater.feed(slice)
        yield* inflater.take()
        if (inflater.error() !== null) throw broken(inflater.error(), compression, key)
        at += consumed
        // Node's zstd stops after a frame that ends within a write and drops the rest of it; the next frame needs a new one.
        if (consumed < slice.length) inflater = anew(inflater, compression)
      }
    }
    await inflater.end()
    yield* inflater.take()
    if (inflater.error() !== null) throw broken(inflater.error(), compression, key)
  } finally {
    inflater.close()
  }
}

interface Inflater {
  /** Bytes of the slice that were used; less than all at the end of a frame. */
  feed(slice: Uint8Array): Promise<number>
  end(): Promise<void>
  /** Output since the last call. */
  take(): Uint8Array[]
  error(): NodeJS.ErrnoException | null
  close(): void
}

function anew(inflater: Inflater, compression: Compression): Inflater {
  inflater.close()
  return inflaterOf(compression)
}

function inflaterOf(compression: Compression): Inflater {
  const gzip = compression === 'gzip'
  const stream = gzip ? createGunzip({ chunkSize: OUTPUT_CHUNK_BYTES }) : createZstdDecompress({ chunkSize: OUTPUT_CHUNK_BYTES })
  let output: Uint8Array[] = []
  let failure: NodeJS.ErrnoException | null = null
  let wake: () => void = () => undefined
  stream.on('data', (chunk: Uint8Array) => output.push(chunk))
  stream.on('end', () => wake())
  stream.on('error', (error: NodeJS.ErrnoException) => {
    failure = error
    wake()
  })
  return {
    async feed(slice) {
      const before = stream.bytesWritten
      await new Promise<void>((resolve) => {
        wake = resolve
        stream.write(slice, (error) => error ?? resolve()) // a failed write wakes by its event
      })
      return gzip || failure !== null ? slice.length : stream.bytesWritten - before
    },
    end: () =>
      new Promise<void>((resolve) => {
        wake = resolve
        stream.end()
      }),
    take() {
      const taken = output
      output = []
      return taken
    },
    error: () => failure,
    close: () => void stream.destroy(),
  }
}

function broken(error: NodeJS.ErrnoException | null, compression: Compression, key: string): LodelineError {
  return error?.code === ENDS_EARLY
    ? new LodelineError('LOG_OBJECT_TRUNCATED', `the ${compression} data of ${key} end early`, { key }, error)
    : new LodelineError('LOG_OBJECT_CORRUPT', `${key} is no good ${compression} data (${error?.code ?? 'unknown'})`, { key }, error)
}
