import type { Readable } from 'node:stream'
import type { Catalog } from '../../catalog/open.ts'
import { homeOf } from '../../deploy/home.ts'
import type { Output } from './output.ts'

/** What a command may use; each part is made when it is first asked for. */
export interface Deps {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
  readonly stdin: Readable
  readonly output: Output
  readonly now: () => number
  /** Aborts at the first Ctrl-C or SIGTERM; a second one ends the process at once. */
  readonly signal: AbortSignal
  catalog(): Promise<Catalog>
}

export interface OpenDeps extends Deps {
  close(): Promise<void>
}

export function openDeps(host: NodeJS.Process, output: Output): OpenDeps {
  const home = homeOf(host.env)
  let opened: Promise<Catalog> | null = null
  let interrupts: Interrupts | null = null
  return {
    env: host.env,
    cwd: host.cwd(),
    home,
    stdin: host.stdin,
    output,
    now: Date.now,
    get signal() {
      interrupts ??= watchInterrupts(host)
      return interrupts.signal
    },
    catalog() {
      opened ??= openCatalogOf(host.env, home)
      return opened
    },
    async close() {
      interrupts?.stop()
      await (await opened?.catch(() => null))?.close()
    },
  }
}

async function openCatalogOf(env: Readonly<Record<string, string | undefined>>, home: string): Promise<Catalog> {
  void env
  const { openCatalog } = await import('../../catalog/open.ts')
  return await openCatalog({ url: `file:${home}/catalog.db` })
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
