import { NamespaceNotFoundError, ScheduleNotFoundError, ServiceError } from '@temporalio/client'
import { ERRORS, LodelineError } from '../contracts/errors.ts'
import type { RunError } from '../contracts/runs.ts'

/** What a failed call to Temporal means for a deployment. */
export interface DeployFailure {
  /** pending: tried again with backoff; failed: waits for an edit, and is looked at again slowly where `retrySlowly`. */
  readonly phase: 'pending' | 'failed'
  readonly retrySlowly: boolean
  readonly error: RunError
}

/** gRPC status codes (https://grpc.io/docs/guides/status-codes/). */
const INVALID_ARGUMENT = 3
const DEADLINE_EXCEEDED = 4
const PERMISSION_DENIED = 7
const UNAUTHENTICATED = 16

const fail = (code: string, message: string, hint: string, retrySlowly: boolean): DeployFailure => ({
  phase: 'failed',
  retrySlowly,
  error: { code, message, hint },
})
const wait = (code: string, message: string, hint: string): DeployFailure => ({
  phase: 'pending',
  retrySlowly: false,
  error: { code, message, hint },
})

/** Classified by type and status, never by message. Unknown errors wait and are tried again. */
export function classifyDeployError(error: unknown): DeployFailure {
  if (error instanceof LodelineError) return fail(error.code, error.message, error.hint, false)
  if (error instanceof NamespaceNotFoundError) {
    return fail(
      'TEMPORAL_NAMESPACE_UNKNOWN',
      `Temporal has no namespace "${error.namespace}"`,
      ERRORS.TEMPORAL_NAMESPACE_UNKNOWN.hint,
      true,
    )
  }
  if (error instanceof TypeError) return fail('SCHEDULE_INVALID', error.message, 'Correct the schedule and deploy again.', false)
  const status = grpcStatus(error)
  const message = plainMessage(error)
  if (status === INVALID_ARGUMENT)
    return fail('SCHEDULE_INVALID', `Temporal refused it: ${message}`, 'Correct the pipeline and deploy again.', false)
  if (status === PERMISSION_DENIED || status === UNAUTHENTICATED) {
    return fail('TEMPORAL_ACCESS_DENIED', `Temporal denied access: ${message}`, ERRORS.TEMPORAL_ACCESS_DENIED.hint, true)
  }
  if (status === DEADLINE_EXCEEDED)
    return wait('TEMPORAL_UNREACHABLE', 'Temporal did not answer in time', 'It will be looked at again; nothing to do.')
  return wait('TEMPORAL_UNREACHABLE', `Temporal is not reachable: ${message}`, 'Start it; the deployment goes on by itself.')
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ScheduleNotFoundError
}

function grpcStatus(error: unknown): number | undefined {
  const cause = error instanceof ServiceError ? error.cause : error
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return undefined
  return typeof cause.code === 'number' ? cause.code : undefined
}

function plainMessage(error: unknown): string {
  const cause = error instanceof ServiceError ? error.cause : error
  if (typeof cause === 'object' && cause !== null && 'details' in cause && typeof cause.details === 'string' && cause.details !== '')
    return cause.details
  return error instanceof Error ? error.message : String(error)
}
