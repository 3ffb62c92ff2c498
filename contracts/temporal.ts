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

/** Task queue of workflows and short tasks; those of io, cpu and push are named after it: `lodeline-io`. */
export const CONTROL_QUEUE = 'lodeline'

/** A run started by hand: the same request id gives the same workflow, so a client may retry its start. */
export function workflowIdOf(pipeline: string, requestId: string): string {
  return `lodeline/${pipeline}/manual/${requestId}`
}

/** Oldest server the interpreter works with: validated Updates and schedules' search attributes are in it. */
export const OLDEST_SERVER = '1.25.0'
