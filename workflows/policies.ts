import type { ActivityOptions } from '@temporalio/workflow'
import type { BegunRun, TaskCall } from '../contracts/activities.ts'
import type { QUEUE_CLASSES, Task } from '../contracts/dag.ts'
import { durationMs } from './durations.ts'

/** Timeouts and retries: of the interpreter's own activities, and of tasks that do not say otherwise. */

export const CONTROL: ActivityOptions = {
  startToCloseTimeout: '1m',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m', maximumAttempts: 30 },
}
/** What is written here is shown, not relied on: it must not hold a run up. */
export const RECORDING: ActivityOptions = {
  startToCloseTimeout: '30s',
  retry: { initialInterval: '500ms', maximumInterval: '10s', maximumAttempts: 5 },
}
/** The run's end must reach the catalog, however long it is away. */
export const ENDING: ActivityOptions = {
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '7d',
  retry: { initialInterval: '1s', maximumInterval: '1m' },
}
export const CALLBACK: ActivityOptions = {
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 6 },
}

/** A backstop for an attempt that beats but never ends; a dead worker is noticed by its missing heartbeats. */
const ATTEMPT: Readonly<Record<(typeof QUEUE_CLASSES)[number], string>> = { control: '10m', io: '2h', cpu: '2h', push: '30m' }
/** Attempts without limit still end. */
const TOTAL_WITHOUT_LIMIT = '7d'

export function taskOptions(task: Task, call: TaskCall, { queues, heartbeat }: BegunRun): ActivityOptions {
  const { retry = {}, timeouts = {} } = task
  const total = timeouts.total ?? (call.attempts === 0 ? TOTAL_WITHOUT_LIMIT : undefined)
  const queue = queues[task.queue]
  return {
    ...(queue === undefined ? {} : { taskQueue: queue }),
    startToCloseTimeout: durationMs(timeouts.attempt ?? ATTEMPT[task.queue]) * Math.max(1, call.items?.count ?? 1),
    heartbeatTimeout: durationMs(timeouts.heartbeat ?? heartbeat),
    ...(total === undefined ? {} : { scheduleToCloseTimeout: durationMs(total) }),
    retry: {
      initialInterval: durationMs(retry.first ?? '1s'),
      backoffCoefficient: retry.factor ?? 2,
      maximumInterval: durationMs(retry.max ?? '1m'),
      ...(call.attempts === 0 ? {} : { maximumAttempts: call.attempts }),
      ...(retry.except === undefined ? {} : { nonRetryableErrorTypes: [...retry.except] }),
    },
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    ...(task.priority === undefined ? {} : { priority: { priorityKey: task.priority } }),
  }
}
