import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LodelineError } from '../../contracts/errors.ts'
import { type Child, startChild } from '../../deploy/dev-server/child.ts'
import { claimPort, isFree, LOOPBACK } from '../../deploy/dev-server/ports.ts'
import { PACKAGE_ROOT } from '../../deploy/home.ts'
import { WORKER_ALLOCATOR, WORKER_FLAGS } from '../../deploy/worker-process.ts'

/** A worker of our own, as a process of its own: parsing never holds up what is shown, and it ends with us. */
export interface WorkerProcess {
  readonly pid: number
  readonly health: string
  readonly log: string
  readonly ended: Promise<number | null>
  stop(): Promise<void>
}

export interface WorkerOptions {
  readonly home: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly address: string
  readonly namespace: string
  readonly signal: AbortSignal
}

const READY_WITHIN_MS = 60_000
/** The worker's own force limit is 40 s. */
const STOP_WITHIN_MS = 45_000
const HEALTH_PORT = 9465
const LOG_LINES = 16

export async function startWorkerProcess({ home, env, address, namespace, signal }: WorkerOptions): Promise<WorkerProcess> {
  const log = join(home, 'worker.log')
  const health =
    env['LODELINE_HEALTH_PORT'] === undefined && !(await isFree(HEALTH_PORT))
      ? await claimPort(0, "the worker's health page", '')
      : Number(env['LODELINE_HEALTH_PORT'] ?? HEALTH_PORT)
  const port = health === 0 ? await claimPort(0, "the worker's health page", '') : health
  const child = await startChild([process.execPath, ...WORKER_FLAGS, join(PACKAGE_ROOT, 'worker', 'main.ts')], {
    env: {
      ...WORKER_ALLOCATOR,
      ...env,
      LODELINE_HOME: home,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      LODELINE_HEALTH_PORT: String(port),
      LODELINE_LOG_FORMAT: env['LODELINE_LOG_FORMAT'] ?? 'json',
      NODE_COMPILE_CACHE: join(home, 'cache', 'compile'),
    },
    log,
  })
  const url = `http://${LOOPBACK}:${port}`
  try {
    await untilReady(url, child, log, signal)
  } catch (error) {
    await child.stop(STOP_WITHIN_MS)
    throw error
  }
  return { pid: child.pid, health: url, log, ended: child.ended, stop: () => child.stop(STOP_WITHIN_MS) }
}

async function untilReady(url: string, child: Child, log: string, signal: AbortSignal): Promise<void> {
  let over: { readonly code: number | null } | null = null
  void child.ended.then((code) => (over = { code }))
  const deadline = Date.now() + READY_WITHIN_MS
  while (over === null && Date.now() < deadline && !signal.aborted) {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => null)
    if (answer?.ok === true) return
    await sleep(100)
  }
  if (signal.aborted) return
  const said = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n').slice(-LOG_LINES).join('\n')
  throw new LodelineError(
    'WORKER_FAILED',
    `the worker ${over === null ? `was not ready within ${READY_WITHIN_MS / 1000} s` : 'ended while starting'}; the end of ${log}:\n${said}`,
    { log },
  )
}
