import type { KnownDefaults } from './known-defaults.ts'
import type { SessionValues } from './session-values.ts'
import type { SessionVariables } from './session-variables.ts'
import type { Skeleton } from './skeleton.ts'
import type { Texts } from './texts.ts'

/** What a scanning thread knows of the log's texts; worth keeping from shard to shard, since they hold the same texts. */
export interface Knowledge {
  readonly scope: string
  readonly values: SessionValues
  readonly texts: Texts
  readonly skeleton: Skeleton
  readonly defaults: KnownDefaults
  /** Null in dialects without such. */
  readonly variables: SessionVariables | null
}

/**
 * The thread's memory between its tasks, some 60 MB of it. Content-addressed and told apart by scope: it saves time and changes no result. The steps
 * after the scan need the room more than it.
 */
export const threadMemory: { knowledge: Knowledge | null } = { knowledge: null }
