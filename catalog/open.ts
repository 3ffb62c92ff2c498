import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Kysely, PostgresDialect } from 'kysely'
import { LodelineError } from '../contracts/errors.ts'
import { makeFolder } from './make-folder.ts'
import { migrate } from './migrate.ts'
import type { CatalogTables } from './schema.ts'
import { nodeSqliteDialect } from './sqlite-dialect.ts'

/** The store of everything that must survive: one SQLite file, or a Postgres database. */
export interface Catalog {
  readonly db: Kysely<CatalogTables>
  readonly engine: 'sqlite' | 'postgres'
  close(): Promise<void>
}

export interface CatalogOptions {
  /** `sqlite:/path/file.db`, `file:///path/file.db`, a plain path, or `postgres://user:password@host/database`. */
  readonly url: string
  /** For the threads: neither writes nor migrates. */
  readonly readOnly?: boolean
  /** Connections to Postgres. */
  readonly poolSize?: number
}

const DEFAULT_POOL = 10
const INT8_OID = 20

/** Opens the catalog and brings its tables up to date. Several processes may do so at once. */
export async function openCatalog(options: CatalogOptions): Promise<Catalog> {
  const postgres = /^postgres(ql)?:/.test(options.url)
  if (!postgres) refuseOtherStores(options.url)
  const db = new Kysely<CatalogTables>({ dialect: postgres ? await postgresDialect(options) : await sqliteDialect(options) })
  const catalog: Catalog = { db, engine: postgres ? 'postgres' : 'sqlite', close: () => db.destroy() }
  try {
    if (options.readOnly !== true) await migrate(catalog)
  } catch (error) {
    await db.destroy().catch(() => undefined) // the first error says more
    throw unreachableCatalog(options.url, error)
  }
  return catalog
}

function refuseOtherStores(url: string): void {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]
  if (scheme === undefined || scheme === 'file' || scheme === 'sqlite') return
  throw new LodelineError('CONFIG_INVALID', `\`catalog.url\` is sqlite:FILE or postgres://…, not ${scheme}://…`, { setting: 'catalog.url' })
}

async function sqliteDialect(options: CatalogOptions) {
  const file = sqliteFile(options.url)
  try {
    if (options.readOnly !== true) makeFolder(dirname(file))
    return nodeSqliteDialect(file, options.readOnly === true)
  } catch (error) {
    throw unreachableCatalog(options.url, error)
  }
}

function sqliteFile(url: string): string {
  if (url.startsWith('file://')) return fileURLToPath(url)
  return url.replace(/^(sqlite|file):/, '')
}

async function postgresDialect(options: CatalogOptions) {
  const { default: pg } = await import('pg')
  const types = new pg.TypeOverrides()
  types.setTypeParser(INT8_OID, Number) // counts and revisions stay far below 2^53
  const pool = new pg.Pool({ connectionString: options.url, max: options.poolSize ?? DEFAULT_POOL, types })
  pool.on('error', () => undefined) // a lost idle connection is replaced at its next use; without a listener it would end the process
  return new PostgresDialect({ pool })
}

function unreachableCatalog(url: string, cause: unknown): LodelineError {
  if (cause instanceof LodelineError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  return new LodelineError('CATALOG_UNREACHABLE', `catalog ${withoutPassword(url)}: ${message}`, {}, cause)
}

export function withoutPassword(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^:@/]*):[^@]*@/, '$1:***@')
}
