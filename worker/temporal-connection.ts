import { Client, Connection } from '@temporalio/client'
import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig'
import { NativeConnection } from '@temporalio/worker'
import { LodelineError } from '../contracts/errors.ts'
import { OLDEST_SERVER } from '../contracts/temporal.ts'

/** How to reach Temporal: as its own environment configuration says, with an address or namespace of ours in front. */
export interface TemporalSettings {
  readonly address: string
  readonly namespace: string
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface TemporalTarget {
  readonly options: ClientConnectConfig['connectionOptions']
  readonly address: string
  readonly namespace: string
}

const TLS_PAIRS = [['TEMPORAL_TLS_CLIENT_CERT', 'TEMPORAL_TLS_CLIENT_KEY']] as const

/** Throws CONFIG_INVALID for what the SDK would pass over in silence: half of a certificate and key, a switch it does not read, an unknown profile. */
export function temporalTarget({ address, namespace, env }: TemporalSettings): TemporalTarget {
  refuseHalfPairs(env)
  try {
    const loaded = loadClientConnectConfig({ overrideEnvVars: definedOf(env) })
    const at = address === '' ? (loaded.connectionOptions.address ?? '127.0.0.1:7233') : address
    return {
      options: { ...loaded.connectionOptions, address: at },
      address: at,
      namespace: namespace === '' ? (loaded.namespace ?? 'default') : namespace,
    }
  } catch (error) {
    throw new LodelineError('CONFIG_INVALID', `Temporal's configuration: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function refuseHalfPairs(env: TemporalSettings['env']): void {
  for (const [cert, key] of TLS_PAIRS) {
    const has = (name: string): boolean => env[`${name}_PATH`] !== undefined || env[`${name}_DATA`] !== undefined
    if (has(cert) !== has(key)) {
      const [given, missing] = has(cert) ? [cert, key] : [key, cert]
      throw new LodelineError('CONFIG_INVALID', `${given}_PATH or _DATA is set, but not ${missing}_PATH or _DATA; TLS needs both`)
    }
  }
  const tls = env.TEMPORAL_TLS
  if (tls !== undefined && !['', '0', '1', 'true', 'false'].includes(tls)) {
    throw new LodelineError('CONFIG_INVALID', `TEMPORAL_TLS is ${tls}; Temporal reads only true, false, 1 and 0, and takes anything else for false`)
  }
}

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
    await refuseOldServer(connection, target)
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

async function withBackoff<Result>(attempt: () => Promise<Result>, target: TemporalTarget, { waiting, signal, giveUpMs }: WaitOptions): Promise<Result> {
  const started = Date.now()
  for (let pauseMs = 250; ; pauseMs = Math.min(pauseMs * 2, 10_000)) {
    try {
      return await attempt()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (signal.aborted || (giveUpMs !== undefined && Date.now() + pauseMs > started + giveUpMs)) {
        throw new LodelineError('TEMPORAL_UNREACHABLE', `No Temporal server answers at ${target.address}`, { address: target.address }, error)
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

async function refuseOldServer(connection: Connection, { address }: TemporalTarget): Promise<void> {
  const { serverVersion } = await connection.workflowService.getSystemInfo({})
  if (serverVersion !== '' && olderThan(serverVersion, OLDEST_SERVER)) {
    throw new LodelineError('TEMPORAL_TOO_OLD', `The Temporal server at ${address} is ${serverVersion}; lodeline needs ${OLDEST_SERVER} or newer`)
  }
}

export function olderThan(version: string, least: string): boolean {
  const [left, right] = [numbersOf(version), numbersOf(least)]
  for (let at = 0; at < right.length; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

function numbersOf(version: string): readonly number[] {
  return version.split(/[.+-]/).slice(0, 3).map((part) => Number.parseInt(part, 10) || 0)
}

function definedOf(env: TemporalSettings['env']): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}
