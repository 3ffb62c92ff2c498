import { startDevServer } from '../../deploy/dev-server/server.ts'
import { temporalTarget } from '../../deploy/temporal-target.ts'
import type { ClientConfig } from '../cli/config.ts'
import { connectTemporal, type TemporalClient } from '../sdk/connect.ts'
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

const RESTARTS = 5
/** A worker that ran so long is not one that cannot start. */
const SETTLED_MS = 60_000

export async function startServices({ config, env, signal, say }: ServicesOptions): Promise<Services> {
  const { home } = config
  const closing: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    const lock = await lockHome(home)
    closing.push(() => lock.release())
    const temporal = await startTemporal(config, env, say)
    closing.push(temporal.close)
    const client = await connectTemporal({ address: temporal.part.address, namespace: temporal.part.namespace, env, home })
    closing.push(() => client.close())
    const starting = { home, env, address: temporal.part.address, namespace: temporal.part.namespace, signal }
    let worker = await startWorkerProcess(starting)
    closing.push(() => worker.stop())
    const broken = Promise.race([temporal.ended, watchWorker()])
    broken.catch(() => undefined) // whoever waits for it is told
    return { temporal: temporal.part, worker: () => worker, client, broken, stop }

    async function watchWorker(): Promise<never> {
      for (let restarts = 0; ; restarts++) {
        const startedAt = Date.now()
        const code = await worker.ended
        if (signal.aborted || closing.length === 0) return await new Promise<never>(() => undefined) // we stopped it
        if (Date.now() - startedAt > SETTLED_MS) restarts = 0
        if (restarts >= RESTARTS) throw new Error(`the worker ended ${RESTARTS} times in a row (${worker.log})`)
        say(`The worker ended (${code ?? 'killed'}); starting it again. Runs go on where they were.`)
        worker = await startWorkerProcess(starting)
      }
    }
  } catch (error) {
    await stop()
    throw error
  }
}

interface StartedTemporal {
  readonly part: TemporalPart
  readonly ended: Promise<never>
  close(): Promise<void>
}

/** The one that the environment names; else one of our own. */
async function startTemporal(config: ClientConfig, env: ServicesOptions['env'], say: (line: string) => void): Promise<StartedTemporal> {
  const none = ''
  const named = temporalTarget({ address: config.temporalAddress, namespace: config.temporalNamespace, env, fallback: none })
  if (named.address !== none) {
    const { address, namespace } = named
    const part = { address, namespace, ui: null, described: `Temporal at ${address}, namespace ${namespace}` }
    return { part, ended: new Promise(() => undefined), close: async () => undefined }
  }
  const server = await startDevServer({
    home: config.home,
    env,
    port: config.temporalPort,
    ...(config.temporalUiPort === null ? {} : { uiPort: config.temporalUiPort }),
    say,
  })
  let closed = false
  const ended = server.ended.then((code) => {
    if (closed) return new Promise<never>(() => undefined)
    throw new Error(`the Temporal dev server ended by itself (${code ?? 'killed'}); its log is ${config.home}/temporal/server.log`)
  })
  const part = {
    address: server.address,
    namespace: server.namespace,
    ui: server.ui,
    described: `Temporal ${server.program.server} (from ${server.program.from}) at ${server.address}`,
  }
  return {
    part,
    ended,
    async close() {
      closed = true
      await server.close()
    },
  }
}
