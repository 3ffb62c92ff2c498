import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

/** A worker as users run it: a process of its own, on a home of its own. */
export interface TestWorker {
  readonly pid: number
  readonly health: string
  readonly home: string
  /** Lines of its log so far, as objects. */
  readonly log: readonly LoggedLine[]
  signal(signal: NodeJS.Signals): void
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | null>
  /** SIGKILL. */
  kill(): Promise<void>
  readonly exited: Promise<number | null>
}

export interface LoggedLine {
  readonly level?: string
  readonly message: string
  readonly [fact: string]: unknown
}

export interface TestWorkerOptions {
  readonly address: string
  readonly home: string
  readonly env?: Readonly<Record<string, string>>
  /** Resolves before it takes tasks, for tests of its start. */
  readonly early?: boolean
}

const ROOT = join(import.meta.dirname, '..', '..')
const READY_WITHIN_MS = 120_000

export async function startWorkerProcess({ address, home, env = {}, early = false }: TestWorkerOptions): Promise<TestWorker> {
  const log: LoggedLine[] = []
  const child = spawn(join(ROOT, 'node_modules', '.bin', 'node'), [join(ROOT, 'worker', 'main.ts')], {
    env: {
      PATH: process.env.PATH,
      LODELINE_HOME: home,
      TEMPORAL_ADDRESS: address,
      LODELINE_HEALTH_PORT: '0',
      LODELINE_LOG_FORMAT: 'json',
      LODELINE_HEARTBEAT_TIMEOUT: '3s',
      LODELINE_HEARTBEAT_EVERY: '500ms',
      LODELINE_SHUTDOWN_GRACE: '2s',
      LODELINE_SHUTDOWN_FORCE: '8s',
      LODELINE_SWEEP_EVERY: '1s',
      LODELINE_PLUGINS: join(ROOT, 'test', 'support', 'plugins', 'steps'),
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', (line) => log.push(readLine(line)))
  const exited = once(child, 'exit').then(([code]: (number | null)[]) => code ?? null)
  if (!early) await ready(child, log)
  const running = log.find(({ message }) => message === 'worker is running')
  return {
    pid: child.pid ?? 0,
    health: String(running?.health ?? ''),
    home,
    log,
    signal: (signal) => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM')
      return exited
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
    exited,
  }
}

async function ready(child: ChildProcess, log: readonly LoggedLine[]): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS
  while (!log.some(({ message }) => message === 'worker is running')) {
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`the worker did not start:\n${log.map((line) => JSON.stringify(line)).join('\n')}`)
    await delay(50)
  }
}

function readLine(line: string): LoggedLine {
  try {
    const read: LoggedLine = JSON.parse(line)
    return read
  } catch {
    return { message: line }
  }
}

export interface TestHome {
  readonly path: string
  remove(): Promise<void>
}

export async function makeHome(): Promise<TestHome> {
  const path = await mkdtemp(join(tmpdir(), 'lodeline-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}
