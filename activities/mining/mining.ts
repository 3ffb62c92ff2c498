import type { Fold } from '../../catalog/asset-keys.ts'
import type { Log } from '../../catalog/mining/objects.ts'
import type { Catalog } from '../../catalog/open.ts'
import type { MiningOptions } from '../../contracts/pipeline.ts'
import type { LogFormat, LogObject, QueryLog, Source } from '../../contracts/plugin.ts'
import type { LogLevel, ThreadPool } from '../task.ts'

/** What the steps of mining work with, whoever runs them: the tasks of a run, a benchmark, a test. */
export interface Mining {
  readonly catalog: Catalog
  readonly log: Log
  readonly run: string
  readonly dialect: string
  /** Kinds of the levels above a table, outermost first. */
  readonly levels: readonly ('database' | 'schema')[]
  /** Names have two levels (Hive, Teradata). */
  readonly twoLevels: boolean
  readonly defaults: { readonly database: string | null; readonly schema: string | null }
  /** How the source tells names apart. */
  readonly fold: Fold
  /** How the outermost level is spelled where a name means it, though SQL folds it; null where names are as SQL has them. */
  readonly databaseSpelling: string | null
  /** `ignore-all-case`: names mean an asset whatever their case. */
  readonly ignoreCase: boolean
  readonly options: MiningOptions
  /** All objects are mined again, also those that are mined already. */
  readonly reprocess: boolean
  readonly queryLog: OpenLog
  readonly threads: ThreadPool
  readonly signal: AbortSignal
  readonly report: Report
  /** ISO time, for `created_at` and the like; never for results. */
  readonly now: () => string
}

/** A query log with its options bound. */
export interface OpenLog {
  readonly format: LogFormat
  list(): AsyncIterable<LogObject>
  read(object: LogObject, range: { readonly from: number; readonly to?: number }): AsyncIterable<Uint8Array>
}

/** Where the steps say what they do; the members of a task's context. */
export interface Report {
  heartbeat(checkpoint?: unknown): void
  count(name: string, by?: number): void
  total(name: string, value: number): void
  warn(message: string): void
  log(level: LogLevel, message: string, facts?: Readonly<Record<string, unknown>>): void
}

export function openLog(queryLog: QueryLog, source: Source<unknown>): OpenLog {
  return {
    format: queryLog.format(source.config),
    list: () => queryLog.list(source),
    read: (object, range) => queryLog.read(source, object, range),
  }
}
