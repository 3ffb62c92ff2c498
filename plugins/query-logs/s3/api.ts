import {
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3'
import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers'
import { LodelineError } from '../../../contracts/errors.ts'
import type { Host } from '../../../contracts/plugin.ts'
import { orAborted, timeout } from './abort.ts'
import { type Attempt, classified, responseHeader, statusOf } from './errors.ts'
import type { S3LogOptions } from './options.ts'

/** The only file that imports the AWS SDK; it is itself imported when a log is first used. */

const FIRST_REGION = 'us-east-1'
const HEADERS_TIMEOUT_MS = 60_000

/** S3 as this plugin uses it; errors are already ours. */
export interface S3Api {
  readonly bucket: string
  readonly region: string
  /** The region that was configured, where it is not the bucket's. */
  readonly wrongRegion: string | null
  /** Throws what stands between us and the bucket itself. */
  headBucket(signal: AbortSignal): Promise<void>
  listPage(prefix: string, token: string | undefined, signal: AbortSignal): Promise<ListObjectsV2CommandOutput>
  /** Body of bytes [from, to); `signal` also stops the body. */
  get(key: string, etag: string, from: number, to: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  head(key: string, signal: AbortSignal): Promise<{ readonly encryption?: string; readonly kmsKey?: string }>
}

/** Shared by many tasks, so no task's signal stops it: each waits for it as long as it lives itself. */
export async function connect(bucket: string, options: S3LogOptions, host: Host): Promise<S3Api> {
  const asked = options.region ?? FIRST_REGION
  const first = clientOf(options, asked)
  const attempt = { action: 's3:ListBucket', bucket, region: asked } as const
  await credentialsOf(first, bucket, options)
  const found = await bucketRegion(first, attempt)
  const region = found ?? asked
  const wrongRegion = options.region !== undefined && region !== options.region ? options.region : null
  if (wrongRegion !== null) host.log('warn', `bucket ${bucket} is in ${region}, not in ${wrongRegion}; going on there`, { bucket, region })
  if (region === asked) return apiOf(first, bucket, region, wrongRegion)
  first.destroy()
  return apiOf(clientOf(options, region), bucket, region, wrongRegion)
}

function clientOf(options: S3LogOptions, region: string): S3Client {
  const config: S3ClientConfig = {
    region,
    credentials: credentials(options, region),
    followRegionRedirects: true,
    responseChecksumValidation: 'WHEN_REQUIRED', // ranges have no checksums, and If-Match already pins the content
    requestHandler: { connectionTimeout: 10_000, httpAgent: { maxSockets: 64 }, httpsAgent: { maxSockets: 64 } },
  }
  if (options.endpoint !== undefined) config.endpoint = options.endpoint
  if (options.pathStyle ?? options.endpoint !== undefined) config.forcePathStyle = true
  return new S3Client(config)
}

function credentials(options: S3LogOptions, region: string): NonNullable<S3ClientConfig['credentials']> {
  const { accessKeyId, secretAccessKey, sessionToken, profile, roleArn, externalId } = options
  const base =
    accessKeyId !== undefined && secretAccessKey !== undefined
      ? { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
      : fromNodeProviderChain(profile === undefined ? {} : { profile })
  if (roleArn === undefined) return base
  return fromTemporaryCredentials({
    masterCredentials: base,
    params: { RoleArn: roleArn, RoleSessionName: options.roleSessionName, ...(externalId === undefined ? {} : { ExternalId: externalId }) },
    clientConfig: { region, ...(options.stsEndpoint === undefined ? {} : { endpoint: options.stsEndpoint }) },
  })
}

/** Resolved apart and first, so that a refused role is not taken for a refused bucket. */
async function credentialsOf(client: S3Client, bucket: string, options: S3LogOptions): Promise<void> {
  try {
    await client.config.credentials()
  } catch (error) {
    throw classified(error, { action: 'sts:AssumeRole', bucket, ...roleOf(options) })
  }
}

function roleOf({ roleArn, profile }: S3LogOptions): Pick<Attempt, 'roleArn' | 'profile'> {
  return { ...(roleArn === undefined ? {} : { roleArn }), ...(profile === undefined ? {} : { profile }) }
}

/** S3 tells a bucket's region in a header even when it refuses the request. Null: it did not tell. */
async function bucketRegion(client: S3Client, attempt: Attempt): Promise<string | null> {
  const never = new AbortController().signal
  try {
    const { BucketRegion } = await send(never, (abortSignal) =>
      client.send(new HeadBucketCommand({ Bucket: attempt.bucket }), { abortSignal }),
    )
    return BucketRegion ?? null
  } catch (error) {
    const region = responseHeader(error, 'x-amz-bucket-region')
    if (region !== undefined) return region
    if (statusOf(error) !== 403) throw classified(error, attempt)
    return locationOf(client, attempt.bucket, never)
  }
}

/** For stores that send no region header. Refused too: the reads themselves will say what is missing. */
async function locationOf(client: S3Client, bucket: string, signal: AbortSignal): Promise<string | null> {
  try {
    const { LocationConstraint } = await send(signal, (abortSignal) =>
      client.send(new GetBucketLocationCommand({ Bucket: bucket }), { abortSignal }),
    )
    return LocationConstraint === 'EU' ? 'eu-west-1' : (LocationConstraint ?? 'us-east-1') // the two names S3 kept from its first years
  } catch {
    return null
  }
}

function apiOf(client: S3Client, bucket: string, region: string, wrongRegion: string | null): S3Api {
  const run = async <T>(
    attempt: Omit<Attempt, 'bucket' | 'region'>,
    signal: AbortSignal,
    call: (abortSignal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    try {
      return await send(signal, call)
    } catch (error) {
      signal.throwIfAborted()
      throw classified(error, { ...attempt, bucket, region })
    }
  }
  return {
    bucket,
    region,
    wrongRegion,
    async headBucket(signal) {
      await run({ action: 's3:ListBucket' }, signal, (abortSignal) =>
        client.send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal }),
      )
    },
    listPage: (prefix, token, signal) =>
      run({ action: 's3:ListBucket' }, signal, (abortSignal) =>
        client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }), { abortSignal }),
      ),
    async get(key, etag, from, to, signal) {
      const range = `bytes=${from}-${to - 1}`
      const { Body } = await run({ action: 's3:GetObject', key }, signal, (abortSignal) =>
        client.send(new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: `"${etag}"`, Range: range }), { abortSignal }),
      )
      if (Body === undefined) throw new LodelineError('S3_UNAVAILABLE', `S3 sent no body for ${key}`, { bucket, key })
      return Body as AsyncIterable<Uint8Array> // in Node the body is an IncomingMessage
    },
    async head(key, signal) {
      const { ServerSideEncryption, SSEKMSKeyId } = await run({ action: 's3:GetObject', key }, signal, (abortSignal) =>
        client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal }),
      )
      return {
        ...(ServerSideEncryption === undefined ? {} : { encryption: ServerSideEncryption }),
        ...(SSEKMSKeyId === undefined ? {} : { kmsKey: SSEKMSKeyId }),
      }
    },
  }
}

/**
 * The SDK sleeps between its own tries without looking at the abort signal, and waits for headers for ever: so the
 * call is raced with both. `call` gets a signal that outlives the headers and also ends the body.
 */
async function send<T>(signal: AbortSignal, call: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
  const attempt = new AbortController()
  try {
    return await orAborted(call(attempt.signal), signal, { ms: HEADERS_TIMEOUT_MS, late: () => timeout('no answer in time') })
  } catch (error) {
    attempt.abort(error)
    throw error
  }
}
