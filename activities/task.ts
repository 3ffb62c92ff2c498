import type { Catalog } from '../catalog/open.ts'
import type { TaskCall } from '../contracts/activities.ts'
import type { Connection, Pipeline, WorkflowInput } from '../contracts/pipeline.ts'
import type { Connector, Host, TaskOutput } from '../contracts/plugin.ts'
import type { PluginRegistry } from '../contracts/registry.ts'

/** One built-in task of a DAG. Gives references and counters only; a list goes to the catalog by `manifest.write`. */
export type TaskFunction = (context: TaskContext) => Promise<TaskOutput>

/**
 * What a built-in task works with. `host` is the part of it that plugins are lent: hand it on as it is.
 * A task may run twice at the same time (a zombie attempt beside its retry), so what it writes must be idempotent or fenced.
 */
export interface TaskContext {
  readonly call: TaskCall
  /** The input of the run: `reprocess`, `dryRun`, `params`. */
  readonly input: WorkflowInput
  readonly pipeline: Pipeline
  /** Null where the pipeline names no connection. */
  readonly connection: BoundConnection | null
  readonly catalog: Catalog
  readonly registry: PluginRegistry
  readonly threads: ThreadPool
  /** Aborts on cancel, timeout and shutdown of the worker. Pass it to everything that waits. */
  readonly signal: AbortSignal
  readonly host: Host
  /** What the last attempt gave to `heartbeat`; undefined at the first attempt. */
  readonly checkpoint: unknown
  /** Counts from 1. */
  readonly attempt: number
  /** Call it after the output up to `checkpoint` is durable; small JSON. Sent at most every few seconds, the latest wins. */
  heartbeat(checkpoint?: unknown): void
  /** Goes to the worker's log and to the run's. Never SQL texts or secrets. */
  log(level: LogLevel, message: string, facts?: Readonly<Record<string, unknown>>): void
  /** Adds to the run's counts, shown live; a dot nests (`deadLetters.BAD_JSON`). What a failed attempt counted after its last checkpoint is forgotten. */
  count(name: string, by?: number): void
  /** Sets a count of the run exactly, whatever was counted live; for totals read from the catalog. */
  total(name: string, value: number): void
  /** A line the user sees with the run's result; repeated ones are kept once. */
  warn(message: string): void
  readonly manifest: Manifests
  /** Config with its secret references resolved; never log or return it. */
  resolveSecrets(config: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface BoundConnection {
  readonly document: Connection
  readonly connector: Connector
  /** Parsed by the connector's schema, references resolved. */
  readonly config: unknown
}

/** Lists of items for `each`, kept in the catalog under the run. */
export interface Manifests {
  /** Replaces what this task wrote before; the result is what the task returns (spread into its output). */
  write(items: Iterable<unknown> | AsyncIterable<unknown>): Promise<{ readonly manifest: string; readonly items: number }>
  read(manifest: string, from: number, count: number): Promise<readonly unknown[]>
}

export interface ThreadPool {
  /** How many threads there are; a good width. */
  readonly size: number
  /**
   * Runs the function `task.name` (default export-like name `run`) of the module in a thread. `budgetMs` and `signal` end the thread, not just the wait:
   * a broken budget is THREAD_BUDGET, a thread that ran out of memory THREAD_MEMORY.
   */
  run<Result>(task: ThreadTask, value: unknown, options?: ThreadOptions): Promise<Result>
}

export interface ThreadTask {
  /** `new URL('./scan-thread.ts', import.meta.url)` */
  readonly file: URL
  /** Exported function; `run` when absent. */
  readonly name?: string
}

export interface ThreadOptions {
  readonly signal?: AbortSignal
  readonly budgetMs?: number
  readonly transferList?: readonly (ArrayBuffer | import('node:worker_threads').MessagePort)[]
}
