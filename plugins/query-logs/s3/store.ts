import type { CheckResult } from '../../../contracts/plugin.ts'

/** An object as its store lists it. */
export interface StoredObject {
  readonly key: string
  readonly etag: string
  readonly bytes: number
  readonly modifiedAt?: string
}

/** What S3 and a local directory both can do; everything above speaks only to this. */
export interface ObjectStore {
  /** How the place is called in messages: `s3://logs/shop/`. */
  readonly place: string
  /** All objects under the prefix, in the order of their keys' UTF-8 bytes, as S3 lists them. */
  list(signal: AbortSignal): AsyncIterable<StoredObject>
  /** Stored bytes [from, to) of exactly this version of the object. */
  open(object: StoredObject, from: number, to: number, signal: AbortSignal): AsyncIterable<Uint8Array>
  /** What has to hold before the first listing: the bucket, its region; the directory. */
  check(signal: AbortSignal): AsyncIterable<CheckResult>
  /** How the object is encrypted, in words, and whether KMS decides over it; null where the store does not tell. */
  encryption(object: StoredObject, signal: AbortSignal): Promise<{ readonly text: string; readonly kms: boolean } | null>
}
