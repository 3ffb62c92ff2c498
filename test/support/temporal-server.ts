import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Connection } from '@temporalio/client'
import { pythonProgram } from './python.ts'

/** A real Temporal dev server that a test can stop, kill, start again on the same port, and make lose its state. */
export interface TemporalServer {
  readonly address: string
  start(): Promise<void>
  /** SIGKILL: nothing is flushed but what was committed. */
  kill(): Promise<void>
  /** Removes what it kept; call it while the server is down. */
  forget(): Promise<void>
  close(): Promise<void>
}

const UP_WITHIN_MS = 20_000

export async function startTemporalServer(): Promise<TemporalServer> {
  const program = await pythonProgram('temporal')
  const folder = await mkdtemp(join(tmpdir(), 'lodeline-temporal-'))
  const file = join(folder, 'dev.db')
  const port = await freePort()
  const address = `127.0.0.1:${port}`
  let child: ChildProcess | null = null
  const server: TemporalServer = {
    address,
    async start() {
      const args = [
        'server',
        'start-dev',
        '--headless',
        '--ip',
        '127.0.0.1',
        '--port',
        String(port),
        '--db-filename',
        file,
        '--log-level',
        'never',
      ]
      child = spawn(program, args, { stdio: 'ignore' })
      await untilUp(address)
    },
    async kill() {
      const running = child
      child = null
      if (running === null || running.exitCode !== null) return
      const gone = once(running, 'exit')
      running.kill('SIGKILL')
      await gone
    },
    async forget() {
      for (const end of ['', '-wal', '-shm']) await rm(`${file}${end}`, { force: true })
    },
    async close() {
      await server.kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}

async function untilUp(address: string): Promise<void> {
  const until = Date.now() + UP_WITHIN_MS
  for (;;) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1_000 })
      await connection.withDeadline(Date.now() + 1_000, () => connection.workflowService.describeNamespace({ namespace: 'default' }))
      await connection.close()
      return
    } catch (error) {
      if (Date.now() > until) throw error
      await pause(100)
    }
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}
