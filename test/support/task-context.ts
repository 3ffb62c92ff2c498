import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { TaskContext, TaskFunction, ThreadPool } from '../../activities/task.ts'
import type { Catalog } from '../../catalog/open.ts'
import { connectionSchema, type Pipeline, pipelineSchema, type WorkflowInput } from '../../contracts/pipeline.ts'
import type { PluginRegistry } from '../../contracts/registry.ts'
import type { Window } from '../../contracts/window.ts'
import { loadPlugins } from '../../worker/registry.ts'

/** What the tasks of one run share: a real catalog, real plugins and threads; only Temporal is not there. */
export interface TaskRun {
  readonly id: string
  readonly warnings: string[]
  readonly counts: Map<string, number>
  readonly checkpoints: unknown[]
  readonly lines: string[]
  readonly manifests: Map<string, readonly unknown[]>
  run(task: TaskFunction, options?: TaskRunOptions): Promise<Readonly<Record<string, unknown>>>
}

export interface TaskRunOptions {
  readonly with?: Readonly<Record<string, unknown>>
  readonly checkpoint?: unknown
  readonly item?: unknown
  readonly signal?: AbortSignal
}

export interface TaskWorld {
  readonly catalog: Catalog
  readonly registry: PluginRegistry
  readonly threads: ThreadPool
  readonly connection: object
  /** Time of the runs, epoch milliseconds. */
  readonly now: () => number
}

const ROOT = join(import.meta.dirname, '..', '..')

export function realPlugins(): Promise<PluginRegistry> {
  return loadPlugins({ folders: [join(ROOT, 'plugins')], named: [], builtIn: new Set(), cwd: ROOT })
}

export function startTaskRun(
  world: TaskWorld,
  pipeline: object,
  input: Partial<WorkflowInput> = {},
  window: Window | null = null,
): TaskRun {
  const document = connectionSchema.parse(world.connection)
  const parsed: Pipeline = pipelineSchema.parse({ connection: document.name, ...pipeline })
  const connector = world.registry.connectors.get(document.connector)
  if (connector === undefined) throw new Error(`no connector ${document.connector}`)
  const run: Omit<TaskRun, 'run'> = {
    id: randomUUID().slice(0, 8),
    warnings: [],
    counts: new Map(),
    checkpoints: [],
    lines: [],
    manifests: new Map(),
  }
  const { manifests } = run
  const contextOf = (options: TaskRunOptions): TaskContext => {
    const signal = options.signal ?? new AbortController().signal
    const count = (name: string, by = 1) => void run.counts.set(name, (run.counts.get(name) ?? 0) + by)
    const log = (level: string, message: string) => void run.lines.push(`${level}: ${message}`)
    return {
      call: {
        run: run.id,
        pipeline: parsed.name,
        task: 'task',
        uses: 'task',
        with: options.with ?? {},
        window,
        attempts: 1,
        ...(options.item === undefined ? {} : { item: options.item }),
      },
      input: { pipeline: parsed.name, ...input },
      pipeline: parsed,
      connection: { document, connector, config: connector.config.parse(document.config) },
      catalog: world.catalog,
      registry: world.registry,
      threads: world.threads,
      signal,
      host: { signal, log, count, now: world.now },
      checkpoint: options.checkpoint,
      attempt: 1,
      heartbeat: (checkpoint) => void (checkpoint === undefined || run.checkpoints.push(checkpoint)),
      log,
      count,
      total: (name, value) => void run.counts.set(name, value),
      warn: (message) => void run.warnings.push(message),
      manifest: {
        async write(items) {
          const list: unknown[] = []
          for await (const item of items) list.push(item)
          const manifest = `m${manifests.size}`
          manifests.set(manifest, list)
          return { manifest, items: list.length }
        },
        read: async (manifest, from, number) => (manifests.get(manifest) ?? []).slice(from, from + number),
      },
      resolveSecrets: async (config) => config,
    }
  }
  return { ...run, run: (task, options = {}) => task(contextOf(options)) }
}
