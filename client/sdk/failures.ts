import { CancelledFailure, ServiceError, TemporalFailure, type WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client'
import { ERRORS, LodelineError } from '../../contracts/errors.ts'
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
  if (error instanceof ServiceError && isAway(error)) {
    return new LodelineError('TEMPORAL_UNREACHABLE', `the Temporal server at ${address} does not answer`, { address }, error)
  }
  return error
}

/** gRPC 4 DEADLINE_EXCEEDED, 14 UNAVAILABLE. */
function isAway(error: ServiceError): boolean {
  const cause: unknown = error.cause
  return typeof cause === 'object' && cause !== null && 'code' in cause && (cause.code === 4 || cause.code === 14)
}
