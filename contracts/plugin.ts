import type { z } from 'zod'
import type { Asset } from './assets.ts'
import type { Edge } from './edges.ts'
import type { QueryRecord, RecordKeys } from './query-record.ts'
import type { Window } from './window.ts'

export type { Asset } from './assets.ts'
export type { Edge } from './edges.ts'
export { LodelineError } from './errors.ts'
export type { QueryRecord } from './query-record.ts'
export { secret } from './secret.ts'
export type { Window } from './window.ts'

/** The plugin contract. A plugin yields; the runtime batches, checkpoints, heartbeats, throttles, retries and publishes. */
export const PLUGIN_API_VERSION = 1

/** Where to go on after a stop; opaque to the runtime, small, JSON. */
export interface Checkpoint {
  readonly checkpoint: unknown
}

/** What the runtime lends a plugin. */
export interface Host {
  readonly signal: AbortSignal
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, facts?: Readonly<Record<string, unknown>>): void
  /** Counts that the run shows, e.g. `skippedObjects`. */
  count(name: string, by?: number): void
  /** `env:`, `file:` and other references in config are resolved by the runtime before a plugin sees them. */
  readonly now: () => number
}

/** One step of `check`: what was tried, how it went, what to do. */
export interface CheckResult {
  readonly step: string
  readonly status: 'passed' | 'failed' | 'skipped' | 'warning'
  readonly mandatory: boolean
  readonly message: string
  /** In words, naming the missing IAM action where one is. */
  readonly remedy?: string
}

/** What of a source's metadata is wanted. */
export interface MetadataOptions {
  readonly includeTables: boolean
  readonly includeViews: boolean
  readonly includeTags: boolean
  /** Calls at once, where the source allows it. */
  readonly threads: number
  /** False: leave this path and everything below it out. Asked before it is listed, so that what is left out costs nothing. */
  accepts(path: readonly string[]): boolean
  /** ISO time: of what the source says has not changed since, only what costs no further call is wanted; the rest is known. */
  readonly unchangedSince?: string
}

/** What of a source's query history is wanted. */
export interface HistoryOptions {
  /** Executions that were still running when they were read before; they are given again, whatever the window. */
  readonly again: readonly string[]
  /** The pipeline's own words to the connector, e.g. `workgroups`; the connector checks them. */
  readonly settings: Readonly<Record<string, unknown>>
}

/**
 * Says that everything directly below a path has been yielded (but what `accepts` left out). Only then may what is missing there be
 * taken for deleted. `problem`: the listing is not complete, and why.
 */
export interface Listed {
  readonly listed: readonly string[]
  readonly problem?: string
}

export interface Source<Config> {
  readonly connection: string
  readonly config: Config
  readonly host: Host
}

/** Name rules of a kind of source, beside its SQL dialect. */
export interface NameRules {
  /** Names of the levels above the table, outermost first: `['database', 'schema']`, or `['database']` for Hive and Teradata. */
  readonly levels: readonly string[]
  /** Dialect name the lineage engine knows. */
  readonly dialect: string
  /** Outermost levels that OpenLineage's names leave out: 1 for Synapse, whose names start at the schema. */
  readonly omittedLevels?: number
  /** SQL folds the outermost level, and the source keeps it as `defaults` spells it: Athena's catalogs. */
  readonly keepsDatabaseCase?: boolean
}

export interface Connector<Config = unknown> {
  readonly name: string
  readonly title: string
  readonly names: NameRules
  /** Strict zod object; secret fields are marked with `secret()`. */
  readonly config: z.ZodType<Config>
  readonly defaults?: (config: Config) => { readonly database?: string; readonly schema?: string }
  /** OpenLineage namespace of the source's assets, from its config; what the config leaves open is filled with the connection's name. */
  readonly namespace?: (config: Config, connection: string) => string
  check?(source: Source<Config>): AsyncIterable<CheckResult>
  metadata?(source: Source<Config>, options: MetadataOptions, from: unknown): AsyncIterable<Asset | Listed | Checkpoint>
  /** Whether the source still has it; null where it does not let us know. Asked before something is taken for deleted. */
  exists?(source: Source<Config>, path: readonly string[]): Promise<boolean | null>
  /** Records carry the source's `id`; one that is still under way is given with its `status`, and asked for again later. */
  queries?(source: Source<Config>, window: Window, from: unknown, options?: HistoryOptions): AsyncIterable<QueryRecord | Checkpoint>
  /** What `queryLog: { kind: connection, … }` of a pipeline may say beside its kind: the `settings` that `queries` is given. */
  readonly historySettings?: z.ZodType
  lineage?(source: Source<Config>, window: Window, from: unknown): AsyncIterable<Edge | Checkpoint>
  rows?(source: Source<Config>, sql: string): AsyncIterable<Readonly<Record<string, unknown>>>
}

/** A thing that holds query records apart from the connection, e.g. objects in S3. */
export interface QueryLog<Options = unknown> {
  readonly kind: string
  readonly title: string
  readonly options: z.ZodType<Options>
  check?(source: Source<Options>): AsyncIterable<CheckResult>
  /** All objects now there, in order of their names. */
  list(source: Source<Options>): AsyncIterable<LogObject>
  /**
   * Raw bytes of one object from an offset, decompressed, in blocks of a few hundred KiB as they come.
   * Each block owns its ArrayBuffer, so that it may be transferred to a thread.
   * `etag` must still be the object's, else LOG_OBJECT_CHANGED; the offset counts decompressed bytes.
   * Truncated compression ends with LOG_OBJECT_TRUNCATED after the bytes that were readable, broken one with LOG_OBJECT_CORRUPT.
   */
  read(source: Source<Options>, object: LogObject, range: { readonly from: number; readonly to?: number }): AsyncIterable<Uint8Array>
  /** How the bytes are decoded in the threads. */
  format(options: Options): LogFormat
}

export interface LogObject {
  /** Unique in the log, sortable: the S3 key or file path. */
  readonly key: string
  /** Changes when the content does. */
  readonly etag: string
  /** Stored (perhaps compressed) size in bytes. */
  readonly bytes: number
  /** Bytes can be read from any offset: not compressed. */
  readonly seekable: boolean
  readonly modifiedAt?: string
}

/** NDJSON: one JSON object a line; a single JSON array is understood and noted. */
export interface LogFormat {
  readonly format: 'ndjson'
  readonly keys: RecordKeys
  readonly maxLineBytes: number
  /** Values of `status`, lower case, that mean the query failed; beside the known words of the seven sources. */
  readonly failedStatuses: readonly string[]
}

/** Results as a sink gets them: what changed since its cursor, at least once, in order. */
export interface SinkBatch {
  readonly connection: string
  readonly namespace: string
  /** Outermost path levels that names leave out (`NameRules.omittedLevels`). */
  readonly omittedLevels?: number
  readonly processes: readonly SinkProcess[]
}

export interface SinkProcess {
  readonly id: string
  readonly kind: string
  /** Normalised SQL, or absent where the pipeline says not to publish texts. */
  readonly sql?: string
  readonly dialect: string
  readonly inputs: readonly SinkDataset[]
  readonly outputs: readonly SinkDataset[]
  readonly edges: readonly Edge[]
  /** ISO time of the last execution, if the log has times. */
  readonly lastRunAt?: string
  readonly revision: number
}

export interface SinkDataset {
  readonly path: readonly string[]
  readonly kind: string
  readonly columns: readonly SinkField[]
  readonly dropped?: boolean
  /** URL of the files behind the table, where known. */
  readonly location?: string
}

/** A column, or a field of one: structs have their fields, arrays `_element`, maps `key` and `value`. */
export interface SinkField {
  readonly name: string
  readonly type?: string
  readonly comment?: string
  readonly fields?: readonly SinkField[]
}

/** What the receiver refused for good; the rest of the batch is delivered. */
export interface SinkRefusal {
  readonly process: string
  readonly reason: string
}

export interface Sink<Config = unknown> {
  readonly name: string
  readonly title: string
  readonly config: z.ZodType<Config>
  check?(source: Source<Config>): AsyncIterable<CheckResult>
  /** Delivers a batch idempotently; throws a retryable error when the receiver is busy or away. */
  publish(source: Source<Config>, batch: SinkBatch): Promise<{ readonly delivered: number; readonly refused: readonly SinkRefusal[] }>
}

/** What a task of a DAG gets and gives: references and counters only, never SQL, secrets or lists. */
export interface TaskInput {
  readonly run: string
  readonly task: string
  readonly pipeline: string
  readonly window: Window | null
  readonly with: Readonly<Record<string, unknown>>
  readonly item?: unknown
}
export type TaskOutput = Readonly<Record<string, unknown>>

export interface TaskHost extends Host {
  /** Call it after the output up to `checkpoint` is durable; small JSON. */
  heartbeat(checkpoint?: unknown): void
  /** What the last attempt gave to `heartbeat`. */
  readonly checkpoint: unknown
  /** Writes a list for tasks with `each`; spread the result into the output: `return { ...(await host.list(items)) }`. */
  list(items: Iterable<unknown> | AsyncIterable<unknown>): Promise<{ readonly manifest: string; readonly items: number }>
}

export interface PluginActivity {
  readonly name: string
  run(input: TaskInput, host: TaskHost): Promise<TaskOutput>
}

export interface Plugin {
  readonly name: string
  readonly apiVersion: number
  readonly connectors?: readonly Connector[]
  readonly queryLogs?: readonly QueryLog[]
  readonly sinks?: readonly Sink[]
  readonly activities?: readonly PluginActivity[]
  /** Further pipeline types, each a DAG document. */
  readonly pipelines?: Readonly<Record<string, unknown>>
}

/** Identity that types a plugin; the registry validates it when it is loaded. */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin
}

/** Keeps a connector's own config type inside its folder while the registry sees `unknown`. */
export function defineConnector<Config>(connector: Connector<Config>): Connector {
  return connector as unknown as Connector // the registry parses config by `config` before any call, so the types agree at run time
}
export function defineQueryLog<Options>(log: QueryLog<Options>): QueryLog {
  return log as unknown as QueryLog // as above
}
export function defineSink<Config>(sink: Sink<Config>): Sink {
  return sink as unknown as Sink // as above
}
