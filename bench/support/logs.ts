import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Query logs from the generator beside this checkout: the same arguments give the same bytes. */
const GENERATOR = join(import.meta.dirname, '../../../shared/bench/generate.py')

export interface LogRecord {
  readonly query: string
  readonly database: string
  readonly schema: string
  readonly session: string
}

export interface Log {
  readonly records: readonly LogRecord[]
  /** Columns by `schema.table`, of the default database. */
  readonly schemas: Readonly<Record<string, readonly string[]>>
}

export function hasGenerator(): boolean {
  return existsSync(GENERATOR)
}

export function generateLog(options: readonly string[]): Log {
  const out = mkdtempSync(join(tmpdir(), 'lodeline-bench-'))
  try {
    execFileSync('python3', [GENERATOR, 'log', '--out', out, ...options], { stdio: 'pipe' })
    const lines = readFileSync(join(out, 'part-0000.json'), 'utf8').split('\n')
    const records = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LogRecord)
    return { records, schemas: flat(JSON.parse(readFileSync(join(out, 'schemas.json'), 'utf8'))) }
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

function flat(
  databases: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, object>>>>>>,
): Record<string, readonly string[]> {
  const all: Record<string, readonly string[]> = {}
  for (const [database, schemas] of Object.entries(databases)) {
    for (const [schema, tables] of Object.entries(schemas)) {
      for (const [table, columns] of Object.entries(tables)) all[`${database}.${schema}.${table}`] = Object.keys(columns)
    }
  }
  return all
}
