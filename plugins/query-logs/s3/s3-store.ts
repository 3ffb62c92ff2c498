import { setTimeout as delay } from 'node:timers/promises'
import { LodelineError } from '../../../contracts/errors.ts'
import type { CheckResult } from '../../../contracts/plugin.ts'
import { orAborted, timeout } from './abort.ts'
import type { S3Api } from './api.ts'
import { classified } from './errors.ts'
import type { ObjectStore, StoredObject } from './store.ts'

/** A body that gives no byte for so long is taken as dead and asked for again from there. */
const STALL_MS = 30_000
/** Tries without a single new byte before the error goes up to the runtime. */
const TRIES = 4
const FIRST_WAIT_MS = 250

export function s3Store(api: S3Api, prefix: string): ObjectStore {
  return {
    place: `s3://${api.bucket}/${prefix}`,
    list: (signal) => list(api, prefix, signal),
    open: (object, from, to, signal) => resumed(api, object, from, to, signal),
    async *check(signal) {
      yield await bucketStep(api, signal)
    },
    async encryption(object, signal) {
      const { encryption, kmsKey } = await api.head(object.key, signal)
      const kms = isKms(encryption)
      return { kms, text: kms ? `${encryption} with ${kmsKey ?? 'the default key'}` : (encryption ?? 'none told') }
    },
  }
}

/** HeadBucket is refused to who may list a prefix only, so a refusal is left to the listing to decide. */
async function bucketStep(api: S3Api, signal: AbortSignal): Promise<CheckResult> {
  const step = { step: 'bucket', mandatory: true } as const
  try {
    await api.headBucket(signal)
  } catch (error) {
    if (!(error instanceof LodelineError) || error.code !== 'S3_ACCESS_DENIED') throw error
  }
  if (api.wrongRegion === null) return { ...step, status: 'passed', message: `bucket ${api.bucket} is there, in ${api.region}` }
  return {
    ...step,
    status: 'warning',
    message: `bucket ${api.bucket} is in ${api.region}, not in ${api.wrongRegion} as configured; lodeline goes there`,
    remedy: `Set \`region: ${api.region}\`, or leave it out.`,
  }
}

const isKms = (encryption: string | undefined): boolean => encryption?.startsWith('aws:kms') ?? false

async function* list(api: S3Api, prefix: string, signal: AbortSignal): AsyncGenerator<StoredObject> {
  let token: string | undefined
  do {
    const page = await api.listPage(prefix, token, signal)
    for (const { Key, ETag, Size, LastModified } of page.Contents ?? []) {
      if (Key === undefined) continue
      const modifiedAt = LastModified === undefined ? {} : { modifiedAt: LastModified.toISOString() }
      yield { key: Key, etag: (ETag ?? '').replaceAll('"', ''), bytes: Size ?? 0, ...modifiedAt }
    }
    token = page.NextContinuationToken
  } while (token !== undefined)
}

/** Reads on from the last byte when the connection breaks or goes silent; If-Match keeps it the same object. */
async function* resumed(api: S3Api, object: StoredObject, from: number, to: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const end = Math.min(to, object.bytes)
  let at = from
  let failures = 0
  while (at < end) {
    try {
      for await (const chunk of body(api, object, at, end, signal)) {
        at += chunk.length
        failures = 0
        yield chunk
      }
      if (at < end) throw new LodelineError('S3_UNAVAILABLE', `the body of ${object.key} ended early`, { key: object.key })
    } catch (error) {
      signal.throwIfAborted()
      const failure = classified(error, { action: 's3:GetObject', bucket: api.bucket, key: object.key, region: api.region })
      failures += 1
      if (failure.code !== 'S3_UNAVAILABLE' || failures >= TRIES) throw await kmsOrNot(failure, api, object, signal)
      await delay(FIRST_WAIT_MS * 2 ** (failures - 1), undefined, { signal })
    }
  }
}

async function* body(api: S3Api, object: StoredObject, from: number, to: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const chunks = (await api.get(object.key, object.etag, from, to, signal))[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await orAborted(chunks.next(), signal, { ms: STALL_MS, late: () => timeout('the body stalled') })
      if (next.done === true) return
      yield next.value
    }
  } finally {
    // Ends the connection where the reader stopped early. Not awaited: a dead one would never answer.
    void Promise.resolve(chunks.return?.()).catch(() => undefined)
  }
}

/**
 * S3 answers AccessDenied both for the object and for its KMS key. The object's head needs s3:GetObject but no
 * decryption: where it is given, and says aws:kms, the key is what is missing.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
async function kmsOrNot(failure: LodelineError, api: S3Api, object: StoredObject, signal: AbortSignal): Promise<LodelineError> {
  if (failure.code !== 'S3_ACCESS_DENIED') return failure
  try {
    const { encryption, kmsKey } = await api.head(object.key, signal)
    if (!isKms(encryption)) return failure
    const evidence = { ...failure.evidence, action: 'kms:Decrypt', kmsKey: kmsKey ?? null }
    return new LodelineError(
      'S3_KMS_DENIED',
      `kms:Decrypt is missing on ${kmsKey ?? 'the key'}, which encrypts ${object.key}`,
      evidence,
      failure,
    )
  } catch {
    return failure // the head is refused too, so the object itself is
  }
}
