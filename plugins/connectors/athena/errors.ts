import { type ErrorCode, LodelineError } from '../../../contracts/errors.ts'

/** What was tried, for the message: the IAM action and the resource it needs it on. */
export interface Attempt {
  readonly action: string
  readonly resource?: string
}

/** Names by https://docs.aws.amazon.com/athena/latest/APIReference/CommonErrors.html and those of Glue, Lake Formation and STS. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  AccessDeniedException: 'ATHENA_ACCESS_DENIED',
  AccessDenied: 'ATHENA_ACCESS_DENIED',
  UnauthorizedOperation: 'ATHENA_ACCESS_DENIED',
  UnrecognizedClientException: 'ATHENA_CREDENTIALS_INVALID',
  InvalidClientTokenId: 'ATHENA_CREDENTIALS_INVALID',
  InvalidSignatureException: 'ATHENA_CREDENTIALS_INVALID',
  SignatureDoesNotMatch: 'ATHENA_CREDENTIALS_INVALID',
  IncompleteSignature: 'ATHENA_CREDENTIALS_INVALID',
  ExpiredTokenException: 'ATHENA_CREDENTIALS_INVALID',
  ExpiredToken: 'ATHENA_CREDENTIALS_INVALID',
  CredentialsProviderError: 'ATHENA_CREDENTIALS_INVALID',
  ThrottlingException: 'ATHENA_THROTTLED',
  TooManyRequestsException: 'ATHENA_THROTTLED',
  RequestLimitExceeded: 'ATHENA_THROTTLED',
  // Some of these come with HTTP 400.
  InternalServerException: 'ATHENA_UNAVAILABLE',
  InternalServiceException: 'ATHENA_UNAVAILABLE',
  InternalFailure: 'ATHENA_UNAVAILABLE',
  OperationTimeoutException: 'ATHENA_UNAVAILABLE',
  ServiceUnavailable: 'ATHENA_UNAVAILABLE',
  FederationSourceRetryableException: 'ATHENA_UNAVAILABLE',
  EntityNotFoundException: 'ATHENA_NOT_FOUND',
  MetadataException: 'ATHENA_NOT_FOUND',
  ResourceNotFoundException: 'ATHENA_NOT_FOUND',
  InvalidRequestException: 'ATHENA_REQUEST_INVALID',
  InvalidInputException: 'ATHENA_REQUEST_INVALID',
  ValidationException: 'ATHENA_REQUEST_INVALID',
}

/**
 * Classified by the error's name, else by the HTTP status; never by message text. Unknown ones stay retryable and keep their cause.
 * An access denial names the action that was tried, since AWS does not always say it.
 */
export function classified(error: unknown, attempt: Attempt): LodelineError {
  if (error instanceof LodelineError) return error
  const code = codeOf(error)
  const on = attempt.resource === undefined ? '' : ` on ${attempt.resource}`
  const said = error instanceof Error ? error.message.split('\n')[0] : String(error)
  const message = code === 'ATHENA_ACCESS_DENIED' ? `AWS denies ${attempt.action}${on}` : `${attempt.action}${on}: ${said}`
  return new LodelineError(code, message, { action: attempt.action, resource: attempt.resource ?? null }, error)
}

function codeOf(error: unknown): ErrorCode {
  const name = error instanceof Error ? error.name : ''
  const known = CODES[name]
  if (known !== undefined) return known
  const status = statusOf(error)
  if (status === 403) return 'ATHENA_ACCESS_DENIED'
  if (status === 429) return 'ATHENA_THROTTLED'
  if (status === 404) return 'ATHENA_NOT_FOUND'
  if (status !== undefined && status >= 400 && status < 500) return 'ATHENA_REQUEST_INVALID'
  return 'ATHENA_UNAVAILABLE'
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined
  const metadata = error.$metadata
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined
}

export function isDenied(error: unknown): boolean {
  return error instanceof LodelineError && error.code === 'ATHENA_ACCESS_DENIED'
}

export function isNotFound(error: unknown): boolean {
  return error instanceof LodelineError && error.code === 'ATHENA_NOT_FOUND'
}

/** The request as such is refused, e.g. for a token that has run out. */
export function isInvalid(error: unknown): boolean {
  return error instanceof LodelineError && error.code === 'ATHENA_REQUEST_INVALID'
}
