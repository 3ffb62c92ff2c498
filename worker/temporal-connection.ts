import { Client, Connection } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import { LodelineError } from '../contracts/errors.ts'
import { refuseOldServer, type TemporalTarget } from '../deploy/temporal-target.ts'

export { type TemporalTarget, temporalTarget } from '../deploy/temporal-target.ts'

export interface WaitOptions {
  /** Called before each pause; the boot says so, and readiness stays off. */
  readonly waiting: (reason: string, nextInMs: number) => void
  readonly signal: AbortSignal
  /** Gives up after so long; without it waits for ever. */
  readonly giveUpMs?: number
}

export interface TemporalConnections {
  readonly native: NativeConnection
  readonly connection: Connection
  readonly client: Client
  close(): Promise<void>
}

/** Both connections of a worker; waits for a server that is not there yet, and refuses one that is too old. */
export async function connectTemporal(target: TemporalTarget, wait: WaitOptions): Promise<TemporalConnections> {
  const native = await withBackoff(() => NativeConnection.connect(target.options), target, wait)
  try {
    const connection = await Connection.connect(target.options)
    const { serverVersion } = await connection.workflowService.getSystemInfo({})
    refuseOldServer(serverVersion, `at ${target.address}`)
    const client = new Client({ connection, namespace: target.namespace })
    const close = async (): Promise<void> => {
      await connection.close()
      await native.close()
    }
    return { native, connection, client, close }
  } catch (error) {
    await native.close()
    throw error
  }
}

async function withBackoff<Result>(
  attempt: () => Promise<Result>,
  target: TemporalTarget,
  { waiting, signal, giveUpMs }: WaitOptions,
): Promise<Result> {
  const started = Date.now()
  for (let pauseMs = 250; ; pauseMs = Math.min(pauseMs * 2, 10_000)) {
    try {
      return await attempt()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (signal.aborted || (giveUpMs !== undefined && Date.now() + pauseMs > started + giveUpMs)) {
        throw new LodelineError(
          'TEMPORAL_UNREACHABLE',
          `No Temporal server answers at ${target.address}`,
          { address: target.address },
          error,
        )
      }
      waiting(reason, pauseMs)
      await pause(pauseMs, signal)
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(finish, ms)
    function finish(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      done()
    }
    signal.addEventListener('abort', finish)
  })
}
