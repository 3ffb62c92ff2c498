import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow'
import type { RunError } from '../contracts/runs.ts'

/** The error under Temporal's wrappers, as users are to see it. */
export function describeFailure(error: unknown): RunError {
  if (isCancellation(error)) return { code: 'RUN_CANCELLED', message: 'cancelled' }
  if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) return describeFailure(error.cause)
  if (error instanceof TimeoutFailure) return { code: 'TASK_TIMEOUT', message: timeoutMessage(error) }
  if (error instanceof ApplicationFailure) return { code: error.type ?? 'INTERNAL', message: error.message }
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) }
}

function timeoutMessage({ timeoutType, cause }: TimeoutFailure): string {
  const last = cause instanceof ApplicationFailure ? `; the last attempt failed: ${cause.message}` : ''
  if (timeoutType === 'HEARTBEAT') return `its worker was lost (no heartbeat) on the last attempt${last}`
  if (timeoutType === 'SCHEDULE_TO_CLOSE') return `all attempts together took too long${last}`
  return `an attempt took too long${last}`
}

/** Ends the run as failed, under the error's own code, and is not tried again. */
export function runFailure({ code, message }: RunError): ApplicationFailure {
  return plainFailure(code, message)
}

/** Temporal's command line and pages print the stack below the message: where in the program it was told is no help to whom it is told. */
export function plainFailure(type: string, message: string): ApplicationFailure {
  const failure = ApplicationFailure.create({ type, message, nonRetryable: true })
  failure.stack = ''
  return failure
}
