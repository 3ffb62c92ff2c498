import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity'
import { ERRORS, type ErrorCode, LodelineError } from '../../contracts/errors.ts'
import type { RunError } from '../../contracts/runs.ts'
import type { Redact } from './redact.ts'

/** An error as runs keep it. The one place that decides what an error is called, whether it is tried again, and what of it is told. */
export interface Classified extends RunError {
  readonly retry: boolean
  readonly retryAfterMs?: number
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'UND_ERR_SOCKET',
])
/** Postgres: connection trouble, lack of resources, shutdown, and what a second attempt solves. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const POSTGRES_RETRYABLE = /^(08|53|57P|40001|40P01|55P03)/

/** What the language throws where a program is wrong: the same again tomorrow. Not SyntaxError: a server may answer half a JSON text for a while. */
const FAULTS: ReadonlySet<string> = new Set(['TypeError', 'ReferenceError', 'RangeError', 'AssertionError'])
/** Once more all the same: what another process did meanwhile may have been the reason. */
const ATTEMPTS_OF_A_FAULT = 2
const MOST_CAUSES = 5

export function classify(error: unknown, redact: Redact, attempt = 1): Classified {
  if (error instanceof LodelineError) return ofCode(error.code, redact(error.message), retryAfter(error.evidence))
  if (error instanceof ApplicationFailure) {
    const code = error.type ?? 'INTERNAL'
    return { code, message: redact(error.message), retry: error.nonRetryable !== true, ...hintOf(code) }
  }
  const status = httpStatus(error)
  const code = codeOf(error)
  const message = redact(messageOf(error))
  if (status === 401 || status === 403) return { code: 'ACCESS_DENIED', message, retry: false, hint: ERRORS.ACCESS_DENIED.hint }
  if (status === 429 || (status !== undefined && status >= 500))
    return { code: 'SOURCE_BUSY', message, retry: true, hint: ERRORS.SOURCE_BUSY.hint }
  if (code !== undefined && (NETWORK_CODES.has(code) || POSTGRES_RETRYABLE.test(code)))
    return { code: 'SOURCE_UNREACHABLE', message, retry: true, hint: ERRORS.SOURCE_UNREACHABLE.hint }
  if (code === 'SQLITE_BUSY' || sqliteBusy(error))
    return { code: 'CATALOG_CONFLICT', message, retry: true, hint: ERRORS.CATALOG_CONFLICT.hint }
  return { code: 'INTERNAL', message, retry: !isFault(error) || attempt < ATTEMPTS_OF_A_FAULT, hint: ERRORS.INTERNAL.hint }
}

function isFault(error: unknown): boolean {
  return error instanceof Error && FAULTS.has(error.name)
}

/** A cancellation stays one; anything else becomes a failure whose type is the code. Its stack is not told: it may quote a statement. */
export function toFailure(error: unknown, redact: Redact): Error {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error // made here before
  if (isAbort(error) && Context.current().cancellationSignal.aborted) return new CancelledFailure('stopped')
  const { code, message, retry, retryAfterMs, hint } = classify(error, redact, Context.current().info.attempt)
  const failure = ApplicationFailure.create({
    type: code,
    message,
    nonRetryable: !retry,
    ...(hint === undefined ? {} : { details: [{ hint }] }),
    ...(retryAfterMs === undefined ? {} : { nextRetryDelay: retryAfterMs }),
  })
  failure.stack = `${code}: ${message}`
  return failure
}

export function isAbort(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'name' in error && (error.name === 'AbortError' || error.name === 'CancelledFailure')
  )
}

function ofCode(code: ErrorCode, message: string, retryAfterMs: number | undefined): Classified {
  const { retry, hint } = ERRORS[code]
  return { code, message, retry, hint, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}

function hintOf(code: string): { readonly hint?: string } {
  return Object.hasOwn(ERRORS, code) ? { hint: ERRORS[code as ErrorCode].hint } : {} // own key, checked
}

/** Evidence `retryAfterMs`: what a server asked us to wait (Retry-After, SlowDown). */
function retryAfter({ retryAfterMs }: LodelineError['evidence']): number | undefined {
  return typeof retryAfterMs === 'number' ? retryAfterMs : undefined
}

function httpStatus(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined
  const metadata = error.$metadata
  const status = typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata ? metadata.httpStatusCode : undefined
  return typeof status === 'number' ? status : undefined
}

/** Its own code, or the nearest of what caused it: `fetch failed` has the reason below it. */
function codeOf(error: unknown): string | undefined {
  let at = error
  for (let depth = 0; depth < MOST_CAUSES && typeof at === 'object' && at !== null; depth++) {
    if ('code' in at && typeof at.code === 'string') return at.code
    at = 'cause' in at ? at.cause : undefined
  }
  return undefined
}

/** node:sqlite says so by number. https://www.sqlite.org/rescode.html */
function sqliteBusy(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    [5, 6].includes(error.errcode & 0xff)
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
