import { mkdtempSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mineOnce } from '../../activities/mining/mine-once.ts'
import { type Mining, openLog } from '../../activities/mining/mining.ts'
import { foldBy } from '../../catalog/asset-keys.ts'
import { type Catalog, openCatalog } from '../../catalog/open.ts'
import { miningOptionsSchema } from '../../contracts/pipeline.ts'
import { nameCase } from '../../lineage/dialects/index.ts'
import { plugin } from '../../plugins/query-logs/s3/plugin.ts'
import { startThreads, type Threads } from '../../worker/threads.ts'

export const KEYS = {
  sql: 'QUERY_TEXT',
  defaultDatabase: 'DATABASE_NAME',
  defaultSchema: 'SCHEMA_NAME',
  session: 'SESSION_ID',
  user: 'USER_NAME',
  startTime: 'START_TIME',
  durationMs: 'ELAPSED',
  cost: 'CREDITS',
  status: 'STATUS',
}

export type Counts = Record<string, number>

export interface Bench {
  readonly folder: string
  readonly catalog: Catalog
  /** Puts a file of the log; another content has another etag, even within one tick of the clock. */
  put(name: string, content: string | Buffer): void
  remove(name: string): void
  mine(change?: Change): Promise<{ readonly counts: Counts; readonly warnings: readonly string[] }>
  close(): Promise<void>
}

export interface Change {
  readonly dialect?: string
  readonly levels?: Mining['levels']
  readonly defaults?: Mining['defaults']
  readonly databaseSpelling?: string
  readonly options?: Record<string, unknown>
  readonly keys?: Record<string, string>
  readonly suffixes?: readonly string[]
  readonly maxLineBytes?: number
  readonly reprocess?: boolean
  readonly width?: number
  readonly pipeline?: string
  readonly signal?: AbortSignal
  /** Stands between a step and its mining. */
  readonly wrap?: (mining: Mining) => Mining
}

let runs = 0

/** A log of local files, a catalog and threads: mining as the tasks do it, without a server. */
export async function miningBench(threads: Threads, url?: string): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'lodeline-mining-'))
  const catalog = await openCatalog({ url: url ?? `sqlite:${join(folder, 'catalog.db')}` })
  let changes = 0
  return {
    folder,
    catalog,
    put(name, content) {
      const path = join(folder, name)
      writeFileSync(path, content)
      const time = new Date(Date.UTC(2026, 0, 1) + ++changes * 1000)
      utimesSync(path, time, time)
    },
    remove: (name) => unlinkSync(join(folder, name)),
    async mine(change = {}) {
      const counts: Counts = {}
      const warnings: string[] = []
      const mining = miningOf(catalog, threads, folder, change, counts, warnings)
      await mineOnce(change.wrap?.(mining) ?? mining)
      return { counts, warnings }
    },
    async close() {
      await catalog.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function miningOf(catalog: Catalog, threads: Threads, folder: string, change: Change, counts: Counts, warnings: string[]): Mining {
  const queryLog = plugin.queryLogs?.find(({ kind }) => kind === 's3')
  if (queryLog === undefined) throw new Error('the S3 query log is missing')
  const { keys = KEYS, suffixes = ['.json'], maxLineBytes } = change
  const config = queryLog.options.parse({
    bucket: `file://${folder}`,
    keys,
    suffixes,
    ...(maxLineBytes === undefined ? {} : { maxLineBytes }),
  })
  const signal = change.signal ?? new AbortController().signal
  const report: Mining['report'] = {
    heartbeat: () => undefined,
    count: (name, by = 1) => {
      counts[name] = (counts[name] ?? 0) + by
    },
    total: (name, value) => {
      counts[name] = value
    },
    warn: (message) => void warnings.push(message),
    log: () => undefined,
  }
  const levels = change.levels ?? ['database', 'schema']
  const options = miningOptionsSchema.parse({ queryLog: { kind: 's3' }, width: change.width ?? 2, ...change.options })
  return {
    catalog,
    log: { pipeline: change.pipeline ?? 'history', connection: 'shop' },
    run: `run-${++runs}`,
    dialect: change.dialect ?? 'snowflake',
    levels,
    twoLevels: levels.length === 1,
    fold: foldBy(nameCase(change.dialect ?? 'snowflake')),
    databaseSpelling: change.databaseSpelling ?? null,
    ignoreCase: options.controlConfig?.['ignore-all-case'] === true,
    defaults: change.defaults ?? { database: 'SHOP', schema: 'PUBLIC' },
    options,
    reprocess: change.reprocess ?? false,
    queryLog: openLog(queryLog, { connection: 'shop', config, host: { signal, log: report.log, count: report.count, now: Date.now } }),
    threads,
    signal,
    report,
    now: () => new Date().toISOString(),
  }
}

export function twoThreads(): Threads {
  return startThreads({ count: 2, memoryMb: 512 })
}

/** Records as lines. */
export function ndjson(records: readonly object[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('')
}
