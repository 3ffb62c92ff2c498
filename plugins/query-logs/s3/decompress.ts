import { createGunzip, createZstdDecompress } from 'node:zlib'
import { LodelineError } from '../../../contracts/errors.ts'
import type { Compression } from './location.ts'

/** Compressed bytes are fed in slices of this size; what one slice inflates to is all that is held. gzip inflates at most 1,032 fold. */
const SLICE_BYTES = 16 * 1024
const OUTPUT_CHUNK_BYTES = 128 * 1024

/** zlib's code for input that ends before the stream does. Other codes mean that the bytes are wrong. */
const ENDS_EARLY = new Set(['Z_BUF_ERROR', 'ERR_ZLIB_BUFFER_TOO_SMALL'])

/**
 * Inflates chunk by chunk. Every byte that can be had is yielded before an error is thrown: a stream read the usual
 * way drops what it has buffered when it breaks, and with it the readable part of a truncated object.
 */
export async function* decompressed(chunks: AsyncIterable<Uint8Array>, compression: Compression, key: string): AsyncGenerator<Uint8Array> {
  if (compression === 'none') {
    yield* chunks
    return
  }
  const stream =
    compression === 'gzip' ? createGunzip({ chunkSize: OUTPUT_CHUNK_BYTES }) : createZstdDecompress({ chunkSize: OUTPUT_CHUNK_BYTES })
  const outcome = collect(stream)
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length && outcome.error === null; at += SLICE_BYTES) {
        await outcome.settled((done) => stream.write(chunk.subarray(at, at + SLICE_BYTES), done))
        yield* outcome.take()
      }
      if (outcome.error !== null) break
    }
    if (outcome.error === null) await outcome.settled((done) => stream.end(done))
    yield* outcome.take()
  } finally {
    stream.destroy()
  }
  if (outcome.error !== null) throw broken(outcome.error, compression, key)
}

interface Outcome {
  error: NodeJS.ErrnoException | null
  take(): Uint8Array[]
  /** Runs one write and waits until it is done or the stream has failed. */
  settled(write: (done: () => void) => void): Promise<void>
}

function collect(stream: NodeJS.ReadableStream & NodeJS.WritableStream): Outcome {
  let output: Uint8Array[] = []
  let wake: (() => void) | null = null
  const outcome: Outcome = {
    error: null,
    take() {
      const taken = output
      output = []
      return taken
    },
    settled: (write) =>
      new Promise((resolve) => {
        wake = resolve
        write(() => resolve())
      }),
  }
  stream.on('data', (chunk: Uint8Array) => output.push(chunk))
  stream.on('error', (error: NodeJS.ErrnoException) => {
    outcome.error = error
    wake?.()
  })
  return outcome
}

function broken(error: NodeJS.ErrnoException, compression: Compression, key: string): LodelineError {
  return ENDS_EARLY.has(error.code ?? '')
    ? new LodelineError('LOG_OBJECT_TRUNCATED', `the ${compression} data of ${key} end early`, { key }, error)
    : new LodelineError('LOG_OBJECT_CORRUPT', `${key} is no good ${compression} data (${error.code ?? error.message})`, { key }, error)
}
