import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { QueryResult } from 'kysely'
import { LodelineError } from '../contracts/errors.ts'

/** One connection to a SQLite file. All of it is synchronous but the waiting for other processes. */
export interface SqliteFile {
  run<Row>(sql: string, parameters: readonly unknown[]): QueryResult<Row>
  /** As `run`, and waits without blocking while another process writes. */
  runWhenFree<Row>(sql: string, parameters: readonly unknown[]): Promise<QueryResult<Row>>
  iterate<Row>(sql: string, parameters: readonly unknown[]): IterableIterator<Row>
  inTransaction(): boolean
  close(): void
}

/** So long SQLite itself waits, which blocks the process, heartbeats included; after it we pause and ask again. */
const BLOCKING_WAIT_MS = 40
const LONGEST_PAUSE_MS = 100
const LONGEST_WAIT_MS = 120_000
/** SQLITE_BUSY, without its extension. */
const BUSY = 5
/** Prepared statements kept; the catalog has about a hundred texts. */
const KEPT_STATEMENTS = 300
/** Pages of 4 KiB in the log before they go into the file, with a sync: ten times SQLite's own 1,000, since the miner writes many megabytes at a time. */
const CHECKPOINT_PAGES = 10_000
/** Negative: KiB. */
const CACHE_KIB = -16_384

export function openSqliteFile(path: string, readOnly: boolean): SqliteFile {
  const database = new DatabaseSync(path, { readOnly, timeout: BLOCKING_WAIT_MS, enableForeignKeyConstraints: true })
  // NORMAL keeps the file sound in WAL mode; when the machine (not the process) dies, the last commits may be gone.
  database.exec(
    `pragma synchronous = normal; pragma temp_store = memory; pragma cache_size = ${CACHE_KIB}; pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`,
  )
  const kept = new Map<string, StatementSync>()

  function prepare(sql: string): StatementSync {
    const known = kept.get(sql)
    if (known !== undefined) return known
    const statement = database.prepare(sql)
    if (kept.size >= KEPT_STATEMENTS) kept.clear()
    kept.set(sql, statement)
    return statement
  }

  function run<Row>(sql: string, parameters: readonly unknown[]): QueryResult<Row> {
    const statement = prepare(sql)
    const values = parameters.map(bindable)
    if (statement.columns().length > 0) return { rows: statement.all(...values) as Row[] } // Kysely's types say what the statement gives
    const { changes, lastInsertRowid } = statement.run(...values)
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }

  return {
    run,
    runWhenFree: async <Row>(sql: string, parameters: readonly unknown[]) => await whenFree(() => run<Row>(sql, parameters)),
    // Not a kept statement: the same text may run on this connection while the stream is read.
    iterate: <Row>(sql: string, parameters: readonly unknown[]) =>
      database.prepare(sql).iterate(...parameters.map(bindable)) as IterableIterator<Row>, // as above
    inTransaction: () => database.isTransaction,
    close: () => {
      kept.clear()
      database.close()
    },
  }
}

async function whenFree<Result>(work: () => Result): Promise<Result> {
  const started = performance.now()
  for (let attempt = 1; ; attempt++) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error)) throw error
      const waitedMs = Math.round(performance.now() - started)
      if (waitedMs > LONGEST_WAIT_MS) {
        throw new LodelineError('CATALOG_CONFLICT', 'another process keeps writing to the catalog', { waitedMs }, error)
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(LONGEST_PAUSE_MS, 5 * attempt)))
    }
  }
}

function isBusy(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    (error.errcode & 0xff) === BUSY
  )
}

function bindable(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value === undefined) return null
  return value as SQLInputValue // texts, numbers, bigints and bytes; anything else SQLite refuses
}
