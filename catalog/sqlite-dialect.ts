import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { openSqliteFile, type SqliteFile } from './sqlite-file.ts'

/**
 * Kysely over Node's own SQLite, in WAL mode. Connections to the one file are opened as they are needed, and each has one user at a time:
 * readers go on while a transaction is open. Writers of this process queue up here, so that none blocks the event loop;
 * for those of other processes we ask again (./sqlite-file.ts).
 */
export function nodeSqliteDialect(path: string, readOnly: boolean): Dialect {
  return {
    createAdapter: adapter,
    createDriver: () => sqliteDriver(path, readOnly),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/** Kysely's own would let one statement at a time through, over all connections. */
function adapter(): DialectAdapter {
  return Object.create(new SqliteAdapter(), { supportsMultipleConnections: { value: true } }) as DialectAdapter // a SqliteAdapter by its prototype
}

interface SqliteConnection extends DatabaseConnection {
  readonly file: SqliteFile
  /** Set while it holds the write lock for a transaction. */
  releaseWrite: (() => void) | null
}

type WriteLock = () => Promise<() => void>

/** So many idle connections stay open. */
const KEPT_OPEN = 4

function sqliteDriver(path: string, readOnly: boolean): Driver {
  const takeWrite = writeLock()
  const breathe = pauses()
  const idle: SqliteConnection[] = []
  const open = new Set<SqliteConnection>()
  const connect = () => {
    const connection = sqliteConnection(openSqliteFile(path, readOnly), takeWrite, breathe)
    open.add(connection)
    return connection
  }
  return {
    async init() {
      const first = connect()
      if (!readOnly) await first.file.runWhenFree('pragma journal_mode = wal', [])
      idle.push(first)
    },
    acquireConnection: async () => idle.pop() ?? connect(),
    async releaseConnection(connection) {
      const ours = own(connection)
      if (idle.length < KEPT_OPEN) {
        idle.push(ours)
        return
      }
      open.delete(ours)
      ours.file.close()
    },
    async beginTransaction(connection) {
      // The write lock is taken at once: a transaction that starts by reading could not wait for it later (SQLITE_BUSY_SNAPSHOT).
      const { file } = own(connection)
      if (readOnly) file.run('begin', [])
      else own(connection).releaseWrite = await beginWriting(file, takeWrite)
    },
    commitTransaction: async (connection) => end(own(connection), 'commit'),
    rollbackTransaction: async (connection) => end(own(connection), 'rollback'),
    async destroy() {
      for (const connection of open) connection.file.close()
      open.clear()
      idle.length = 0
    },
  }
}

function own(connection: DatabaseConnection): SqliteConnection {
  return connection as SqliteConnection // Kysely hands back what acquireConnection gave
}

async function beginWriting(file: SqliteFile, takeWrite: WriteLock): Promise<() => void> {
  const release = await takeWrite()
  try {
    await file.runWhenFree('begin immediate', [])
    return release
  } catch (error) {
    release()
    throw error
  }
}

/** A commit that fails leaves its transaction open: it is rolled back here, so that the file is not locked for ever. */
function end({ file, releaseWrite }: SqliteConnection, how: 'commit' | 'rollback'): void {
  try {
    if (how === 'commit' || file.inTransaction()) file.run(how, [])
  } catch (error) {
    if (file.inTransaction()) file.run('rollback', [])
    throw error
  } finally {
    releaseWrite?.()
  }
}

function sqliteConnection(file: SqliteFile, takeWrite: WriteLock, breathe: () => Promise<void>): SqliteConnection {
  return {
    file,
    releaseWrite: null,
    async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
      await breathe()
      if (file.inTransaction() || !writes(sql)) return file.run<Row>(sql, parameters)
      const release = await takeWrite()
      try {
        return await file.runWhenFree<Row>(sql, parameters)
      } finally {
        release()
      }
    },
    async *streamQuery<Row>({ sql, parameters }: CompiledQuery, chunkSize = 500): AsyncIterableIterator<QueryResult<Row>> {
      let rows: Row[] = []
      for (const row of file.iterate<Row>(sql, parameters)) {
        rows.push(row)
        if (rows.length < chunkSize) continue
        yield { rows }
        rows = []
      }
      if (rows.length > 0) yield { rows }
    },
  }
}

function writes(sql: string): boolean {
  if (/^\s*(select|explain|values|pragma)\b/i.test(sql)) return false
  return !/^\s*with\b/i.test(sql) || /\b(insert|update|delete)\b/i.test(sql)
}

/** Statements are synchronous: without a pause, many in a row would keep timers and sockets waiting until the last is done. */
const LONGEST_STRETCH_MS = 20

function pauses(): () => Promise<void> {
  let last = performance.now()
  return async () => {
    if (performance.now() - last < LONGEST_STRETCH_MS) return
    await new Promise((resolve) => setImmediate(resolve))
    last = performance.now()
  }
}

/** First come, first served; what it gives lets the next one in. */
function writeLock(): WriteLock {
  let last: Promise<void> = Promise.resolve()
  return async () => {
    const before = last
    let release = () => {}
    last = new Promise((resolve) => {
      release = resolve
    })
    await before
    return release
  }
}
