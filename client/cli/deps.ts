import type { Readable } from 'node:stream'
import type { Catalog } from '../../catalog/open.ts'
import { homeOf } from '../../deploy/home.ts'
import type { TemporalClient } from '../sdk/connect.ts'
import type { Lodeline } from '../sdk/runs.ts'
import type { ClientConfig } from './config.ts'
import type { Output } from './output.ts'

/** What a command may use; each part is made when it is first asked for. */
export interface Deps {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
  readonly stdin: Readable
  readonly output: Output
  /** All commands there are; for completion. */
  readonly commands: readonly ListedCommand[]
  readonly now: () => number
  /** Aborts at the first Ctrl-C or SIGTERM; a second one ends the process at once. */
  readonly signal: AbortSignal
  config(): Promise<ClientConfig>
  catalog(): Promise<Catalog>
  /** A connection to Temporal; throws TEMPORAL_UNREACHABLE when there is none. */
  temporal(): Promise<TemporalClient>
  /** The client of our own SDK, connected. */
  lodeline(): Promise<Lodeline>
}

/** What applying documents needs; programs give the same (client/sdk/pipelines.ts). */
export type ApplyDeps = Pick<Deps, 'catalog' | 'env' | 'home' | 'now' | 'signal'>

/** A command as others know it. */
export interface ListedCommand {
  readonly words: string
  readonly summary: string
}

export interface OpenDeps extends Deps {
  close(): Promise<void>
}

export function openDeps(host: NodeJS.Process, output: Output, commands: readonly ListedCommand[]): OpenDeps {
  const home = homeOf(host.env)
  const close: (() => Promise<void>)[] = []
  const config = once(async () => (await import('./config.ts')).readClientConfig(host.env, home))
  const temporal = once(async () => {
    const [{ connectTemporal }, settings] = await Promise.all([import('../sdk/connect.ts'), config()])
    const connected = await connectTemporal({
      address: settings.temporalAddress,
      namespace: settings.temporalNamespace,
      env: host.env,
      home,
    })
    close.push(() => connected.close())
    return connected
  })
  const interrupts = { watched: null as Interrupts | null }
  return {
    env: host.env,
    cwd: host.cwd(),
    home,
    stdin: host.stdin,
    output,
    commands,
    now: Date.now,
    get signal() {
      interrupts.watched ??= watchInterrupts(host)
      return interrupts.watched.signal
    },
    config,
    catalog: once(async () => {
      const [{ openCatalog }, { makeFolder }, { catalogUrl }] = await Promise.all([
        import('../../catalog/open.ts'),
        import('../../catalog/make-folder.ts'),
        config(),
      ])
      makeFolder(home)
      const catalog = await openCatalog({ url: catalogUrl })
      close.push(() => catalog.close())
      return catalog
    }),
    temporal,
    lodeline: once(async () => {
      const [{ lodelineOver }, connected] = await Promise.all([import('../sdk/lodeline.ts'), temporal()])
      return lodelineOver(connected)
    }),
    async close() {
      interrupts.watched?.stop()
      for (const end of close.reverse()) await end()
    },
  }
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | null = null
  return () => {
    made ??= make()
    return made
  }
}

interface Interrupts {
  readonly signal: AbortSignal
  stop(): void
}

/** A command that never asks for the signal keeps the default: Ctrl-C ends it at once. */
function watchInterrupts(host: NodeJS.Process): Interrupts {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) host.exit(130)
    controller.abort()
  }
  host.on('SIGINT', onSignal)
  host.on('SIGTERM', onSignal)
  return {
    signal: controller.signal,
    stop() {
      host.off('SIGINT', onSignal)
      host.off('SIGTERM', onSignal)
    },
  }
}
