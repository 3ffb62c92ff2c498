import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  SqliteAdapter,
  SqliteDialect,
  SqliteQueryCompiler,
  type SqliteStatement,
} from 'kysely'

/** Waits of one process for another's write; a commit of ours takes well under a second. */
const BUSY_TIMEOUT_MS = 30_000
/** Prepared statements kept; the catalog has about a hundred texts. */
const KEPT_STATEMENTS = 300

/** Kysely over Node's own SQLite: one connection, WAL so that other processes read while we write. */
export function nodeSqliteDialect(file: string, readOnly: boolean): Dialect {
  const dialect = new SqliteDialect({ database: async () => openDatabase(file, readOnly) })
  return {
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createDriver: () => immediate(dialect.createDriver()),
  }
}

/** Transactions take the write lock at once: one that starts by reading could not wait for it later (SQLITE_BUSY_SNAPSHOT). */
function immediate(driver: Driver): Driver {
  return {
    init: () => driver.init(),
    acquireConnection: () => driver.acquireConnection(),
    releaseConnection: (connection) => driver.releaseConnection(connection),
    commitTransaction: (connection) => driver.commitTransaction(connection),
    rollbackTransaction: (connection) => driver.rollbackTransaction(connection),
    destroy: () => driver.destroy(),
    async beginTransaction(connection: DatabaseConnection) {
      await connection.executeQuery(CompiledQuery.raw('begin immediate'))
    },
  }
}

function openDatabase(file: string, readOnly: boolean) {
  const database = new DatabaseSync(file, { readOnly, timeout: BUSY_TIMEOUT_MS })
  if (!readOnly) database.exec('pragma journal_mode = wal')
  database.exec('pragma synchronous = normal; pragma foreign_keys = on; pragma temp_store = memory')
  const kept = new Map<string, SqliteStatement>()
  return {
    close: () => database.close(),
    prepare(sql: string): SqliteStatement {
      const known = kept.get(sql)
      if (known !== undefined) return known
      const statement = asKysely(database.prepare(sql))
      if (kept.size >= KEPT_STATEMENTS) kept.clear()
      kept.set(sql, statement)
      return statement
    },
  }
}

function asKysely(statement: StatementSync): SqliteStatement {
  const bind = (parameters: readonly unknown[]) => parameters.map(bindable)
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...bind(parameters)),
    run: (parameters) => statement.run(...bind(parameters)),
    iterate: (parameters) => statement.iterate(...bind(parameters)) as IterableIterator<unknown>, // Node types it as an iterator of rows
  }
}

function bindable(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value === undefined) return null
  return value as SQLInputValue // texts, numbers, bigints and bytes; anything else SQLite refuses
}
