import { randomUUID } from 'node:crypto'
import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import type { Logger } from 'winston'
import type { HostDeps, TemporalControl } from '../activities/host/deps.ts'
import type { ThreadPool } from '../activities/task.ts'
import { TASKS } from '../activities/tasks.ts'
import type { Catalog } from '../catalog/open.ts'
import type { PluginRegistry } from '../contracts/registry.ts'
import type { SearchAttribute } from '../contracts/temporal.ts'
import { previousSlot } from '../deploy/schedules/spec.ts'
import type { WorkerConfig } from './config.ts'
import { durationMs } from './durations.ts'
import { secretSource } from './secret-source.ts'

export interface Ingredients {
  readonly config: WorkerConfig
  readonly log: Logger
  readonly env: Readonly<Record<string, string | undefined>>
  readonly catalog: Catalog
  readonly registry: PluginRegistry
  readonly threads: ThreadPool
  readonly client: Client
  readonly searchAttributes: readonly SearchAttribute[]
  readonly taskEnded: HostDeps['taskEnded']
}

/** How often live counts and logs are written down. */
const FLUSH_EVERY_MS = 1000

/** What the activities of this process are made of. */
export function hostDeps({ config, log, env, catalog, registry, threads, client, searchAttributes, taskEnded }: Ingredients): HostDeps {
  return {
    catalog,
    registry,
    tasks: TASKS,
    threads,
    log: (level, message, facts) => log.log(level, message, facts),
    now: Date.now,
    secrets: secretSource(env, config.home, async () => catalog),
    settings: {
      queues: queuesOf(config),
      heartbeat: config.heartbeat.timeout,
      beatEveryMs: durationMs(config.heartbeat.every) / 2,
      flushEveryMs: FLUSH_EVERY_MS,
      stuckAfterMs: durationMs(config.stuckAfter),
      searchAttributes,
      pools: config.pools,
      processId: randomUUID(),
    },
    temporal: temporalControl(client),
    previousSlot,
    taskEnded,
  }
}

export function queuesOf({ temporal: { taskQueue } }: WorkerConfig): Readonly<Record<string, string>> {
  return { control: taskQueue, io: `${taskQueue}-io`, cpu: `${taskQueue}-cpu`, push: `${taskQueue}-push` }
}

function temporalControl(client: Client): TemporalControl {
  return {
    cancel: async (workflowId) => {
      await client.workflow.getHandle(workflowId).cancel()
    },
    isRunning: async (workflowId, firstRunId) => {
      try {
        // Without a run id: the run may have continued as new. Another first run means a later run under the same id.
        const { status, raw } = await client.workflow.getHandle(workflowId).describe()
        const first = raw.workflowExecutionInfo?.firstRunId ?? ''
        return status.name === 'RUNNING' && (first === '' || first === firstRunId)
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return null
        throw error // not known: the next sweep asks again
      }
    },
  }
}
