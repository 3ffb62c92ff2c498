import {
  CancelledFailure,
  NamespaceNotFoundError,
  ServiceError,
  TemporalFailure,
  type WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client'
import { ERRORS, type ErrorCode, LodelineError } from '../../contracts/errors.ts'
import type { RunError } from '../../contracts/runs.ts'

/** What a failed workflow says of itself: the code travels as the failure's type, the message as it is. */
export function runErrorOf(error: WorkflowFailedError): RunError {
  const cause = deepest(error)
  const type = 'type' in cause && typeof cause.type === 'string' ? cause.type : 'TASK_FAILED'
  const hint = type in ERRORS ? ERRORS[type as keyof typeof ERRORS].hint : undefined // checked in the same line
  return { code: type, message: cause.message, ...(hint === undefined ? {} : { hint }) }
}

export function wasCancelled(error: WorkflowFailedError): boolean {
  return error.cause instanceof CancelledFailure
}

/** The failure that started it; wrappers of activities and child workflows say only that something failed. */
function deepest(error: Error): Error {
  let found = error
  while (found.cause instanceof TemporalFailure) found = found.cause
  return found
}

/** Errors of the connection in our words; others as they are. */
export function translate(error: unknown, address: string, workflowId?: string): unknown {
  if (error instanceof WorkflowNotFoundError) {
    return new LodelineError('RUN_UNKNOWN', `Temporal knows no run ${workflowId ?? ''}`, { workflowId: workflowId ?? null }, error)
  }
  if (error instanceof NamespaceNotFoundError) return noNamespace(error.namespace, error)
  return refusal(error, address) ?? error
}

function noNamespace(namespace: string, cause: unknown): LodelineError {
  return new LodelineError('TEMPORAL_NAMESPACE_UNKNOWN', `Temporal has no namespace "${namespace}"`, { namespace }, cause)
}

/** What a gRPC status says of the server itself (https://grpc.io/docs/guides/status-codes/); null where it says nothing. */
export function refusal(error: unknown, address: string): LodelineError | null {
  const is = (code: ErrorCode, message: string): LodelineError => new LodelineError(code, message, { address }, error)
  const { code, details } = statusOf(error)
  // The SDK has a class for it, calls past the SDK do not.
  const namespace = code === 5 ? /^Namespace (\S+) is not found/.exec(details)?.[1] : undefined
  if (namespace !== undefined) return noNamespace(namespace, error)
  if (code === 4 || code === 14) return is('TEMPORAL_UNREACHABLE', `the Temporal server at ${address} does not answer`)
  if (code === 7 || code === 16) return is('TEMPORAL_ACCESS_DENIED', `the Temporal server at ${address} denied access: ${details}`)
  if (code === 12) return is('TEMPORAL_UNREACHABLE', `what answers at ${address} is no Temporal server: ${details}`)
  return null
}

/** Of an error of the SDK, or of the gRPC library below it. */
function statusOf(error: unknown): { readonly code: unknown; readonly details: string } {
  const status: unknown = error instanceof ServiceError ? error.cause : error
  if (typeof status !== 'object' || status === null || !('code' in status)) return { code: null, details: '' }
  return { code: status.code, details: 'details' in status ? String(status.details) : '' }
}
