import { join } from 'node:path'
import { startDevServer } from '../../deploy/dev-server/server.ts'
import { temporalTarget } from '../../deploy/temporal-target.ts'
import type { ClientConfig } from '../cli/config.ts'
import { connectTemporal, type TemporalClient } from '../sdk/connect.ts'
import { keepUp } from './keep-up.ts'
import { lockHome } from './lock.ts'
import { startWorkerProcess, type WorkerProcess } from './worker.ts'

/** Temporal and a worker, running. */
export interface Services {
  readonly temporal: TemporalPart
  readonly worker: () => WorkerProcess
  readonly client: TemporalClient
  /** Rejects when a part ended by itself and could not be brought back. */
  readonly broken: Promise<never>
  /** The worker first, so that it can say goodbye to Temporal. */
  stop(): Promise<void>
}

export interface TemporalPart {
  readonly address: string
  readonly namespace: string
  /** Web pages; null for a server that is not ours. */
  readonly ui: string | null
  readonly described: string
}

export interface ServicesOptions {
  readonly config: ClientConfig
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  say(line: string): void
}

export async function startServices({ config, env, signal, say }: ServicesOptions): Promise<Services> {
  const { home } = config
  const closing: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    const lock = await lockHome(home)
    closing.push(() => lock.release())
    const temporal = await startTemporal({ config, env, signal, say })
    closing.push(temporal.close)
    const client = await connectTemporal({ address: temporal.part.address, namespace: temporal.part.namespace, env, home })
    closing.push(() => client.close())
    const starting = { home, env, address: temporal.part.address, namespace: temporal.part.namespace, signal }
    let worker = await startWorkerProcess(starting)
    closing.push(() => worker.stop())
    const watched = keepUp(worker, {
      name: 'The worker',
      log: worker.log,
      say,
      isOver: () => signal.aborted || closing.length === 0,
      start: () => startWorkerProcess(starting),
      started: (again) => {
        worker = again
      },
    })
    const broken = Promise.race([temporal.broken, watched])
    broken.catch(() => undefined) // whoever waits for it is told
    return { temporal: temporal.part, worker: () => worker, client, broken, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

interface StartedTemporal {
  readonly part: TemporalPart
  readonly broken: Promise<never>
  close(): Promise<void>
}

/** The one that the environment names; else one of our own. */
async function startTemporal({ config, env, signal, say }: ServicesOptions): Promise<StartedTemporal> {
  const none = ''
  const named = temporalTarget({ address: config.temporalAddress, namespace: config.temporalNamespace, env, fallback: none })
  if (named.address !== none) {
    const { address, namespace } = named
    const part = { address, namespace, ui: null, described: `Temporal at ${address}, namespace ${namespace}` }
    return { part, broken: new Promise(() => undefined), close: async () => undefined }
  }
  const { home } = config
  let server = await startDevServer({
    home,
    env,
    port: config.temporalPort,
    ...(config.temporalUiPort === null ? {} : { uiPort: config.temporalUiPort }),
    say,
  })
  const ports = { port: portOf(server.address), uiPort: portOf(server.ui) } // whoever was told of them goes on using them
  let closed = false
  const broken = keepUp(server, {
    name: 'The Temporal dev server',
    log: join(home, 'temporal', 'server.log'),
    say,
    isOver: () => closed || signal.aborted,
    start: () => startDevServer({ home, env, ...ports, say }),
    started: (again) => {
      server = again
    },
  })
  broken.catch(() => undefined) // whoever waits for it is told
  const part = {
    address: server.address,
    namespace: server.namespace,
    ui: server.ui,
    described: `Temporal ${server.program.server} (from ${server.program.from}) at ${server.address}`,
  }
  return {
    part,
    broken,
    async close() {
      closed = true
      await server.close()
    },
  }
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1))
}
