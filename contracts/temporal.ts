import type { QUEUE_CLASSES } from './dag.ts'

/** Names that the worker, the deployments, the dev server and the clients share with Temporal. */

/** Search attributes of every run; the dev server and the worker register them, and a run sets them only where they are registered. */
export const SEARCH_ATTRIBUTES = {
  LodelinePipeline: 'Keyword',
  LodelineConnection: 'Keyword',
  LodelineType: 'Keyword',
  LodelinePhase: 'Keyword',
  LodelineRun: 'Keyword',
} as const
export type SearchAttribute = keyof typeof SEARCH_ATTRIBUTES

export const CONTROL_QUEUE = 'lodeline'

/** Task queue of each class; workflows and short tasks share the control queue. */
export const TASK_QUEUES: Readonly<Record<(typeof QUEUE_CLASSES)[number], string>> = {
  control: CONTROL_QUEUE,
  io: 'lodeline-io',
  cpu: 'lodeline-cpu',
  push: 'lodeline-push',
}

/** A run started by hand: the same request id gives the same workflow, so a client may retry its start. */
export function workflowIdOf(pipeline: string, requestId: string): string {
  return `lodeline/${pipeline}/manual/${requestId}`
}

/** Oldest server the interpreter works with: validated Updates and schedules' search attributes are in it. */
export const OLDEST_SERVER = '1.25.0'
