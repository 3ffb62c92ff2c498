import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Connection } from '@temporalio/client'
import { makeFolder } from '../../catalog/make-folder.ts'
import { LodelineError } from '../../contracts/errors.ts'
import { SEARCH_ATTRIBUTES } from '../../contracts/temporal.ts'
import { type Child, startChild } from './child.ts'
import { findTemporal } from './find.ts'
import { claimPort, isFree, LOOPBACK } from './ports.ts'
import type { TemporalProgram } from './program.ts'
import type { Say } from './progress.ts'
import { type RunningServer, serverFile } from './running.ts'

/** A Temporal dev server of our own: its state is a file under the home, so a restart loses nothing; it ends with us. */
export interface DevServer {
  readonly address: string
  readonly namespace: string
  /** Temporal's web pages. */
  readonly ui: string
  readonly pid: number
  readonly program: TemporalProgram
  readonly ended: Promise<number | null>
  close(): Promise<void>
}

export interface DevServerOptions {
  readonly home: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** 0: any free one. */
  readonly port: number
  /** Absent: 1000 above `port`, as Temporal has it, or any free one. */
  readonly uiPort?: number
  readonly say: Say
}

/**
 * The server commits some fifteen times for a deployment. As it comes each commit waits for the disk two or three times, which on a
 * machine whose disk does 250 such waits a second is all the time there is; so it waits only now and then. A killed server loses
 * nothing by that (https://www.sqlite.org/pragma.html#pragma_synchronous); a power cut may cost the last moments, which deployments
 * and runs survive.
 */
export const SQLITE_PRAGMAS = ['journal_mode=WAL', 'synchronous=NORMAL'] as const

const NAMESPACE = 'default'
const READY_WITHIN_MS = 30_000
const STOP_WITHIN_MS = 10_000
const LOG_LINES = 5

export async function startDevServer({ home, env, port, uiPort, say }: DevServerOptions): Promise<DevServer> {
  const claimed = await claimPort(port, 'Temporal', '--temporal-port')
  const claimedUi = await claimUiPort(claimed, uiPort)
  const program = await findTemporal(home, env, say)
  const folder = join(home, 'temporal')
  makeFolder(folder)
  const log = join(folder, 'server.log')
  const child = await startChild([program.path, ...serverArguments(folder, claimed, claimedUi)], { env, log })
  const address = `${LOOPBACK}:${claimed}`
  try {
    await untilReady(address, child, log)
  } catch (error) {
    await child.stop(STOP_WITHIN_MS)
    throw error
  }
  const running: RunningServer = { pid: child.pid, address, ui: `http://${LOOPBACK}:${claimedUi}`, version: program.version }
  await writeFile(serverFile(home), `${JSON.stringify(running)}\n`)
  return {
    address,
    namespace: NAMESPACE,
    ui: running.ui,
    pid: child.pid,
    program,
    ended: child.ended,
    async close() {
      await child.stop(STOP_WITHIN_MS)
      await rm(serverFile(home), { force: true })
    },
  }
}

async function claimUiPort(port: number, wanted: number | undefined): Promise<number> {
  if (wanted !== undefined) return await claimPort(wanted, "Temporal's web pages", '--temporal-ui-port')
  return (await isFree(port + 1000)) ? port + 1000 : await claimPort(0, "Temporal's web pages", '--temporal-ui-port')
}

function serverArguments(folder: string, port: number, uiPort: number): readonly string[] {
  const attributes = Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`])
  return [
    ...['server', 'start-dev', '--ip', LOOPBACK, '--port', String(port), '--ui-port', String(uiPort), '--namespace', NAMESPACE],
    ...['--db-filename', join(folder, 'server.db'), '--log-level', 'warn'],
    ...SQLITE_PRAGMAS.flatMap((pragma) => ['--sqlite-pragma', pragma]),
    ...attributes,
  ]
}

async function untilReady(address: string, child: Child, log: string): Promise<void> {
  let over: { readonly code: number | null } | null = null
  void child.ended.then((code) => (over = { code }))
  const deadline = Date.now() + READY_WITHIN_MS
  while (Date.now() < deadline) {
    if (over !== null) break
    if (await answers(address)) return
    await sleep(100)
  }
  const said = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n').slice(-LOG_LINES).join('\n')
  const why = over === null ? `did not answer within ${READY_WITHIN_MS / 1000} s` : 'ended at once'
  throw new LodelineError('TEMPORAL_UNREACHABLE', `the Temporal dev server ${why}; the end of ${log}:\n${said}`, { address, log })
}

async function answers(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '1s' })
    try {
      await connection.withDeadline(Date.now() + 2_000, () => connection.workflowService.describeNamespace({ namespace: NAMESPACE }))
      return true
    } finally {
      await connection.close()
    }
  } catch {
    return false
  }
}
