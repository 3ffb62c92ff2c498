import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import { SQLITE_PRAGMAS } from '../../deploy/dev-server/server.ts'
import { pythonProgram } from './python.ts'

/** A real Temporal dev server on a port of its own, with its state in a file: it can be killed, started again on the same port, and made to lose its state. */
export interface TestTemporal {
  readonly address: string
  readonly dbFile: string
  /** Path of Temporal's own command line. */
  readonly program: string
  client(): Promise<Client>
  /** SIGKILL: nothing is flushed but what was committed. */
  kill(): Promise<void>
  /** Removes what it kept; call it while the server is down. */
  forget(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

export interface TestTemporalOptions {
  readonly searchAttributes?: readonly string[]
  readonly dynamic?: Readonly<Record<string, unknown>>
}

const ANSWERS_WITHIN_MS = 120_000
/** It looks for free ports of its own before it takes them, and ends when another was quicker. */
const STARTS = 3

export async function startTemporal(options: TestTemporalOptions = {}): Promise<TestTemporal> {
  const program = await pythonProgram('temporal')
  const folder = await mkdtemp(join(tmpdir(), 'temporal-'))
  const dbFile = join(folder, 'server.db')
  const port = await freePort()
  const address = `127.0.0.1:${port}`
  const connections: Connection[] = []
  const args = [
    ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port), '--db-filename', dbFile, '--log-level', 'error'],
    ...SQLITE_PRAGMAS.flatMap((pragma) => ['--sqlite-pragma', pragma]),
    ...(options.searchAttributes ?? []).flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ...Object.entries(options.dynamic ?? {}).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${JSON.stringify(value)}`]),
  ]
  let server: ChildProcess | null = null
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    const running = server
    server = null
    if (running === null || running.exitCode !== null) return
    running.kill(signal)
    await once(running, 'exit')
  }
  const start = async (): Promise<void> => {
    for (let left = STARTS; left > 0; left--) {
      const started = spawn(program, args, { stdio: 'ignore' })
      server = started
      if (await answering(address, started)) return
    }
    throw new Error('the Temporal server ended before it answered')
  }
  await start()
  return {
    address,
    dbFile,
    program,
    async client() {
      const connection = await Connection.connect({ address })
      connections.push(connection)
      return new Client({ connection })
    },
    kill: () => kill('SIGKILL'),
    async forget() {
      for (const end of ['', '-wal', '-shm']) await rm(`${dbFile}${end}`, { force: true })
    },
    start,
    async stop() {
      await Promise.all(connections.map((connection) => connection.close()))
      await kill('SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** False when the server has ended instead. */
async function answering(address: string, server: ChildProcess): Promise<boolean> {
  for (const deadline = Date.now() + ANSWERS_WITHIN_MS; ; ) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: '1s' })
      try {
        await connection.workflowService.describeNamespace({ namespace: 'default' })
        return true
      } finally {
        await connection.close()
      }
    } catch (error) {
      if (server.exitCode !== null) return false
      if (Date.now() > deadline) throw error
      await delay(100)
    }
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
