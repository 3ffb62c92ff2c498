import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import parsers from 'node-sql-parser'
import type { LogRecord } from './logs.ts'

/** What a peer took, CPU time of its process. */
export interface PeerTime {
  readonly name: string
  /** A record. */
  readonly ms: number
  readonly failed: number
}

interface Questions {
  readonly dialect: string
  readonly schemas: Readonly<Record<string, readonly string[]>>
  readonly records: readonly LogRecord[]
}

/** A folder with what is to be asked besides node-sql-parser: `venv`, a Python environment, and `node_modules`. */
const FOLDER = process.env['LODELINE_PEERS']

/** All peers that are installed, on the same records, one after the other. */
export async function peerTimes(questions: Questions): Promise<readonly PeerTime[]> {
  return [...(await npmPeers(questions)), ...pythonPeers(questions)]
}

async function npmPeers(questions: Questions): Promise<readonly PeerTime[]> {
  const peers = [nodeSqlParser(questions.dialect), await polyglot(questions.dialect)]
  return peers.flatMap((peer) => (peer === null ? [] : [timed(peer, questions.records)]))
}

interface Peer {
  readonly name: string
  readonly read: (sql: string) => void
}

function timed({ name, read }: Peer, records: readonly LogRecord[]): PeerTime {
  let failed = 0
  const pass = (): number => {
    failed = 0
    const start = process.cpuUsage()
    for (const { query } of records) {
      try {
        read(query)
      } catch {
        failed++
      }
    }
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1000
  }
  pass()
  return { name, ms: pass() / records.length, failed }
}

/** A dependency of ours, so it is always there. */
function nodeSqlParser(database: string): Peer {
  const require = createRequire(import.meta.url)
  const { version } = require('node-sql-parser/package.json') as { version: string }
  const parser = new parsers.Parser()
  return { name: `node-sql-parser, tables and column names (${version})`, read: (sql) => void parser.parse(sql, { database }) }
}

/** An ES module whose file is named, since it exports nothing to `require`. */
async function polyglot(dialect: string): Promise<Peer | null> {
  const folder = join(FOLDER ?? '', 'node_modules/@polyglot-sql/sdk')
  if (FOLDER === undefined || !existsSync(folder)) return null
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  // what the package exports is said by who asks for it
  const { parse } = (await import(pathToFileURL(join(folder, 'dist/index.node.js')).href)) as Polyglot
  const read = (sql: string): void => {
    if (!parse(sql, dialect).success) throw new Error('refused')
  }
  return { name: `@polyglot-sql/sdk, parsing alone (${version})`, read }
}

interface Polyglot {
  parse(sql: string, dialect: string): { readonly success: boolean }
}

function pythonPeers({ dialect, schemas, records }: Questions): readonly PeerTime[] {
  const own = FOLDER === undefined ? null : join(FOLDER, 'venv', 'bin', 'python')
  const python = own !== null && existsSync(own) ? own : 'python3'
  const input = JSON.stringify({ dialect, schemas: nested(schemas), records })
  const run = spawnSync(python, [join(import.meta.dirname, 'peers.py')], { input, encoding: 'utf8', maxBuffer: 1 << 26 })
  if (run.status !== 0) console.log(`peers of Python: ${run.stderr?.trim().split('\n').at(-1) ?? run.error?.message}`)
  const lines = (run.stdout ?? '').split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as PeerTime) // peers.py writes them
}

/** `{db: {schema: {table: {column: type}}}}`, as sqlglot takes schemas. */
function nested(schemas: Questions['schemas']): object {
  const all: Record<string, Record<string, Record<string, Record<string, string>>>> = {}
  for (const [path, columns] of Object.entries(schemas)) {
    const [database = '', schema = '', table = ''] = path.split('.')
    all[database] ??= {}
    all[database][schema] ??= {}
    all[database][schema][table] = Object.fromEntries(columns.map((column) => [column, 'text']))
  }
  return all
}
