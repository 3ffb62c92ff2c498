import type { RunError } from './runs.ts'

/**
 * The state of a pipeline in Temporal.
 * pending   written down, not (fully) applied yet; tried again at `nextAttemptAt`
 * applying  an attempt is under way, by whoever holds the lease
 * ready     Temporal has what was asked for
 * drifted   Temporal had something else than was applied; being healed
 * failed    refused for a reason that trying again won't change: edit and deploy again
 * deleting  removed by the user, not yet gone from Temporal (a tombstone)
 * manual    the pipeline has no schedule and needs none in Temporal
 */
export const DEPLOYMENT_PHASES = ['pending', 'applying', 'ready', 'drifted', 'failed', 'deleting', 'manual'] as const
export type DeploymentPhase = (typeof DEPLOYMENT_PHASES)[number]

export interface Deployment {
  readonly pipeline: string
  readonly phase: DeploymentPhase
  readonly scheduleId: string
  /** Counts the intents; a write of an older one changes nothing. */
  readonly generation: number
  /** Hash of what is asked for. */
  readonly desiredHash: string
  /** Hash of what Temporal described after the last apply; a difference later is drift. */
  readonly observedHash: string | null
  /** As Temporal has it; an operator's pause is not drift. */
  readonly paused: boolean
  readonly nextRunAt: string | null
  readonly error: RunError | null
  readonly attempts: number
  readonly nextAttemptAt: string | null
  /** What was healed last, and when. */
  readonly drift: { readonly at: string; readonly what: string } | null
  readonly updatedAt: string
}
