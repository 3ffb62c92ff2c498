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
  return ApplicationFailure.create({ type: code, message, nonRetryable: true })
}
