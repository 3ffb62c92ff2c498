import type { Catalog } from '../../catalog/open.ts'
import type { ScheduleDocument } from '../../contracts/pipeline.ts'
import type { PluginRegistry } from '../../contracts/registry.ts'
import type { SearchAttribute } from '../../contracts/temporal.ts'
import type { LogLevel, TaskFunction, ThreadPool } from '../task.ts'

/** What the activities are made of; the worker gives it once a process. */
export interface HostDeps {
  readonly catalog: Catalog
  readonly registry: PluginRegistry
  /** Built-in tasks by name. */
  readonly tasks: Readonly<Record<string, TaskFunction>>
  readonly threads: ThreadPool
  readonly log: (level: LogLevel, message: string, facts: Readonly<Record<string, unknown>>) => void
  readonly now: () => number
  readonly secrets: SecretSource
  readonly settings: HostSettings
  readonly temporal: TemporalControl
  /** The slot of a schedule before a time; null when there is none. */
  readonly previousSlot: (schedule: ScheduleDocument, time: Date) => Date | null
  readonly taskEnded: (uses: string, outcome: string, seconds: number) => void
}

export interface HostSettings {
  /** Temporal task queue of each queue class. */
  readonly queues: Readonly<Record<string, string>>
  readonly heartbeat: string
  /** How often an attempt beats by itself; well below the heartbeat timeout. */
  readonly beatEveryMs: number
  readonly flushEveryMs: number
  /** A task that moves nothing for so long is warned of. */
  readonly stuckAfterMs: number
  readonly searchAttributes: readonly SearchAttribute[]
  /** Pool name to how many tasks at once. */
  readonly pools: Readonly<Record<string, number>>
  readonly processId: string
}

export interface TemporalControl {
  cancel(workflowId: string): Promise<void>
  /** Whether Temporal still runs it; null when it does not know it. */
  isRunning(workflowId: string, runId: string): Promise<boolean | null>
}

export interface SecretSource {
  readonly env: Readonly<Record<string, string | undefined>>
  readFile(path: string): Promise<string>
  /** A value that `lodeline secret set` keeps in the catalog, encrypted; null when there is none of that name. */
  stored(name: string): Promise<string | null>
  /** A secret of AWS: Secrets Manager or Parameter Store. */
  aws(scheme: 'aws-sm' | 'ssm', name: string): Promise<string>
  /** Opens an `enc:` value. */
  open(sealed: string): Promise<string>
}
