import { createHash } from 'node:crypto'
import { LodelineError } from '../../../contracts/errors.ts'
import type { LogObject, QueryLog, Source } from '../../../contracts/plugin.ts'
import { orAborted } from './abort.ts'
import type { S3Api } from './api.ts'
import { cut, inBlocks } from './blocks.ts'
import { checkLog } from './check.ts'
import { csvToNdjson } from './csv.ts'
import { decompressed } from './decompress.ts'
import { fileStore } from './file-store.ts'
import { type Compression, compressionOf, locate } from './location.ts'
import { logFormat, optionsSchema, type S3LogOptions } from './options.ts'
import { s3Store } from './s3-store.ts'
import type { ObjectStore } from './store.ts'

/** Clients kept at most: one a bucket and credentials, used by every task that reads there. */
const KEPT_CLIENTS = 32

type S3Source = Source<S3LogOptions>

/** Objects of S3, or files of a directory, that hold one query record a line. */
export function s3QueryLog(): QueryLog<S3LogOptions> {
  const storeOf = stores()
  return {
    kind: 's3',
    title: 'Objects in S3 with one JSON record a line',
    options: optionsSchema,
    format: logFormat,
    check: (source) =>
      checkLog(
        source,
        () => storeOf(source),
        (object) => readObject(source, storeOf, object, 0, Number.POSITIVE_INFINITY),
      ),
    list: (source) => listed(source, storeOf),
    read: (source, object, { from, to }) => readObject(source, storeOf, object, from, to ?? Number.POSITIVE_INFINITY),
  }
}

async function* listed(source: S3Source, storeOf: StoreOf): AsyncGenerator<LogObject> {
  const store = await storeOf(source)
  for await (const object of store.list(source.host.signal)) {
    const compression = compressionFor(source.config, object.key)
    if (compression === null) {
      if (!object.key.endsWith('/')) source.host.count('ignoredObjects')
      continue
    }
    yield { ...object, seekable: compression === 'none' && source.config.format === 'ndjson' }
  }
}

/** `from` and `to` count decompressed bytes, so a compressed object is always inflated from its start. */
async function* readObject(source: S3Source, storeOf: StoreOf, object: LogObject, from: number, to: number): AsyncGenerator<Uint8Array> {
  const { signal } = source.host
  signal.throwIfAborted()
  if (object.bytes === 0) return
  const store = await storeOf(source)
  const compression = compressionFor(source.config, object.key) ?? 'none'
  if (source.config.format === 'csv') {
    const stored = store.open(object, 0, object.bytes, signal)
    const text = compression === 'none' ? notCompressed(stored, object.key) : decompressed(stored, compression, object.key)
    yield* inBlocks(cut(csvToNdjson(text, object.key), from, to)) // offsets count the bytes of the JSON lines
    return
  }
  if (compression === 'none') {
    const stored = store.open(object, from, to, signal)
    yield* inBlocks(from === 0 ? notCompressed(stored, object.key) : stored)
    return
  }
  const inflated = decompressed(store.open(object, 0, object.bytes, signal), compression, object.key)
  for await (const block of inBlocks(cut(inflated, from, to))) {
    signal.throwIfAborted()
    yield block
  }
}

const GZIP_MAGIC = [0x1f, 0x8b]

/** A gzip object under a plain name would come out as so many broken lines; better to say what it is. */
async function* notCompressed(chunks: AsyncIterable<Uint8Array>, key: string): AsyncGenerator<Uint8Array> {
  let first = true
  for await (const chunk of chunks) {
    if (first && GZIP_MAGIC.every((byte, index) => chunk[index] === byte)) {
      throw new LodelineError('LOG_OBJECT_CORRUPT', `${key} is gzip data under a plain name: name it .gz, or set \`compression: gzip\``, {
        key,
      })
    }
    first = false
    yield chunk
  }
}

function compressionFor(options: S3LogOptions, key: string): Compression | null {
  const told = compressionOf(key, options.suffixes)
  return told === null || options.compression === 'auto' ? told : options.compression
}

type StoreOf = (source: S3Source) => Promise<ObjectStore>

/** One connected client for each distinct access, found again by a digest of what makes it, so that shards share it. */
function stores(): StoreOf {
  const clients = new Map<string, Promise<S3Api>>()
  return async ({ config, host }) => {
    const location = locate(config.bucket, config.prefix, config.suffixes)
    if (location.store === 'file') return fileStore(location.directory, location.prefix)
    const id = accessId(location.bucket, config)
    const known = clients.get(id)
    const api = known ?? import('./api.ts').then(({ connect }) => connect(location.bucket, config, host))
    clients.delete(id)
    clients.set(id, api) // last used is last
    for (const oldest of clients.keys()) if (clients.size > KEPT_CLIENTS) clients.delete(oldest)
    try {
      return s3Store(await orAborted(api, host.signal), location.prefix)
    } catch (error) {
      if (!host.signal.aborted) clients.delete(id)
      throw error
    }
  }
}

function accessId(bucket: string, options: S3LogOptions): string {
  const {
    region,
    endpoint,
    pathStyle,
    profile,
    accessKeyId,
    secretAccessKey,
    sessionToken,
    roleArn,
    externalId,
    roleSessionName,
    stsEndpoint,
  } = options
  const access = [
    bucket,
    region,
    endpoint,
    pathStyle,
    profile,
    accessKeyId,
    secretAccessKey,
    sessionToken,
    roleArn,
    externalId,
    roleSessionName,
    stsEndpoint,
  ]
  return createHash('sha256').update(JSON.stringify(access)).digest('base64')
}
