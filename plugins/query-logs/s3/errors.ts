import { type ErrorCode, type Evidence, LodelineError } from '../../../contracts/errors.ts'

/** What was being done when S3 said no. */
export interface Attempt {
  readonly action: 's3:ListBucket' | 's3:GetObject' | 's3:GetBucketLocation' | 'sts:AssumeRole'
  readonly bucket: string
  readonly key?: string
  readonly region?: string
  readonly roleArn?: string
  readonly profile?: string
}

/** Error names by what they mean. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const CODE_BY_NAME: Readonly<Record<string, ErrorCode>> = {
  SlowDown: 'S3_THROTTLED',
  Throttling: 'S3_THROTTLED',
  ThrottlingException: 'S3_THROTTLED',
  RequestLimitExceeded: 'S3_THROTTLED',
  RequestThrottled: 'S3_THROTTLED',
  BandwidthLimitExceeded: 'S3_THROTTLED',
  TooManyRequestsException: 'S3_THROTTLED',
  'KMS.ThrottlingException': 'S3_THROTTLED',
  NoSuchBucket: 'S3_BUCKET_MISSING',
  InvalidBucketName: 'S3_BUCKET_MISSING',
  NoSuchKey: 'LOG_OBJECT_GONE',
  PreconditionFailed: 'LOG_OBJECT_CHANGED',
  InvalidRange: 'LOG_OBJECT_CHANGED',
  InvalidObjectState: 'LOG_OBJECT_ARCHIVED',
  PermanentRedirect: 'S3_WRONG_REGION',
  TemporaryRedirect: 'S3_WRONG_REGION',
  AuthorizationHeaderMalformed: 'S3_WRONG_REGION',
  IllegalLocationConstraintException: 'S3_WRONG_REGION',
  InvalidAccessKeyId: 'S3_CREDENTIALS_INVALID',
  SignatureDoesNotMatch: 'S3_CREDENTIALS_INVALID',
  ExpiredToken: 'S3_CREDENTIALS_INVALID',
  ExpiredTokenException: 'S3_CREDENTIALS_INVALID',
  InvalidToken: 'S3_CREDENTIALS_INVALID',
  TokenRefreshRequired: 'S3_CREDENTIALS_INVALID',
  RequestTimeTooSkewed: 'S3_CREDENTIALS_INVALID',
  CredentialsProviderError: 'S3_CREDENTIALS_INVALID',
  TokenProviderError: 'S3_CREDENTIALS_INVALID',
}

const WAIT_MS: Partial<Record<ErrorCode, number>> = { S3_THROTTLED: 15_000, S3_UNAVAILABLE: 5_000 }

/** The one place where an error of the SDK becomes one of ours: by name, else by HTTP status, never by its text. */
export function classified(error: unknown, attempt: Attempt): LodelineError {
  if (error instanceof LodelineError) return error
  const code = codeOf(error, attempt)
  return new LodelineError(
    code,
    `${SAID[code]?.(attempt, nameOf(error)) ?? code} (${nameOf(error)})`,
    evidenceOf(code, error, attempt),
    error,
  )
}

function codeOf(error: unknown, attempt: Attempt): ErrorCode {
  const name = nameOf(error)
  const known = CODE_BY_NAME[name]
  if (known !== undefined) return known
  if (name.startsWith('KMS.') || name.startsWith('KMS')) return 'S3_KMS_DENIED'
  const status = statusOf(error)
  if (status === 403 || status === 401) return attempt.action === 'sts:AssumeRole' ? 'S3_CREDENTIALS_INVALID' : 'S3_ACCESS_DENIED'
  if (status === 404) return attempt.key === undefined ? 'S3_BUCKET_MISSING' : 'LOG_OBJECT_GONE'
  if (status === 412 || status === 416) return 'LOG_OBJECT_CHANGED'
  if (status === 301 || status === 307) return 'S3_WRONG_REGION'
  if (status === 429) return 'S3_THROTTLED'
  return 'S3_UNAVAILABLE' // 5xx, broken connections and what nobody has named yet: tried again, with the cause kept
}

function ownCredentials(name: string, profile: string | undefined): string {
  if (name !== 'CredentialsProviderError') return 'AWS refuses the credentials'
  return profile === undefined
    ? 'no AWS credentials were found, neither in the environment nor in AWS configuration files, nor of a container or instance'
    : `the AWS configuration files have no credentials for the profile ${profile}`
}

const SAID: Partial<Record<ErrorCode, (attempt: Attempt, name: string) => string>> = {
  S3_THROTTLED: ({ bucket }) => `S3 asks for fewer requests to ${bucket}`,
  S3_UNAVAILABLE: ({ bucket }) => `S3 did not answer for ${bucket}`,
  S3_BUCKET_MISSING: ({ bucket }) => `there is no bucket ${bucket}`,
  S3_ACCESS_DENIED: ({ action, bucket, key }) =>
    `access denied: ${action} is missing on ${key === undefined ? bucket : `${bucket}/${key}`}`,
  S3_KMS_DENIED: ({ bucket, key }) => `kms:Decrypt is missing on the key that encrypts ${bucket}/${key ?? ''}`,
  S3_CREDENTIALS_INVALID: ({ roleArn, profile }, name) =>
    roleArn === undefined || name === 'CredentialsProviderError'
      ? ownCredentials(name, profile)
      : `no credentials for ${roleArn}: sts:AssumeRole is missing, or its trust policy or external id says no`,
  S3_WRONG_REGION: ({ bucket, region }) => `${bucket} is not in region ${region ?? ''}`,
  LOG_OBJECT_CHANGED: ({ key }) => `${key ?? ''} was replaced since it was listed`,
  LOG_OBJECT_GONE: ({ key }) => `${key ?? ''} was removed since it was listed`,
  LOG_OBJECT_ARCHIVED: ({ key }) => `${key ?? ''} is archived`,
}

function evidenceOf(code: ErrorCode, error: unknown, attempt: Attempt): Evidence {
  const wait = WAIT_MS[code]
  const status = statusOf(error)
  return {
    bucket: attempt.bucket,
    action: attempt.action,
    ...(attempt.key === undefined ? {} : { key: attempt.key }),
    ...(status === undefined ? {} : { status }),
    ...(wait === undefined ? {} : { retryAfterMs: retryAfterMs(error) ?? wait }),
  }
}

/** The members that AWS SDK errors have beside those of Error. */
interface SdkError {
  readonly name?: string
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> }
}

const asSdkError = (error: unknown): SdkError => (typeof error === 'object' && error !== null ? error : {})

function nameOf(error: unknown): string {
  const { name, code } = asSdkError(error)
  return (name === 'Error' || name === undefined ? code : name) ?? 'Error'
}

export function statusOf(error: unknown): number | undefined {
  const { $metadata, $response } = asSdkError(error)
  return $metadata?.httpStatusCode ?? $response?.statusCode
}

export function responseHeader(error: unknown, header: string): string | undefined {
  return asSdkError(error).$response?.headers?.[header]
}

function retryAfterMs(error: unknown): number | undefined {
  const seconds = Number(responseHeader(error, 'retry-after'))
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined
}
