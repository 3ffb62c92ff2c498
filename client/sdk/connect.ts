import { Client, Connection } from '@temporalio/client'
import { LodelineError } from '../../contracts/errors.ts'
import { runningServer } from '../../deploy/dev-server/running.ts'
import { homeOf } from '../../deploy/home.ts'
import { refuseOldServer, type TemporalTarget, temporalTarget } from '../../deploy/temporal-target.ts'
import { refusal } from './failures.ts'

/** Where Temporal is. What is absent comes from Temporal's own environment configuration, then from a `lodeline up` on this machine. */
export interface ConnectOptions {
  readonly address?: string
  readonly namespace?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly home?: string
}

export interface TemporalClient {
  readonly client: Client
  readonly connection: Connection
  readonly target: TemporalTarget
  readonly serverVersion: string
  close(): Promise<void>
}

const CONNECT_WITHIN = '4s'

export async function connectTemporal({ address = '', namespace = '', env = process.env, home }: ConnectOptions): Promise<TemporalClient> {
  const running = await runningServer(home ?? homeOf(env))
  const target = temporalTarget({ address, namespace, env, ...(running === null ? {} : { fallback: running.address }) })
  const connection = await connectTo(target)
  try {
    const { serverVersion } = await connection.workflowService.getSystemInfo({})
    refuseOldServer(serverVersion, `at ${target.address}`)
    const client = new Client({ connection, namespace: target.namespace })
    return { client, connection, target, serverVersion, close: () => connection.close() }
  } catch (error) {
    await connection.close()
    throw refusal(error, target.address) ?? error
  }
}

async function connectTo(target: TemporalTarget): Promise<Connection> {
  try {
    return await Connection.connect({ ...target.options, connectTimeout: CONNECT_WITHIN })
  } catch (error) {
    const refused = refusal(error, target.address)
    if (refused !== null && refused.code !== 'TEMPORAL_UNREACHABLE') throw refused
    throw new LodelineError('TEMPORAL_UNREACHABLE', `no Temporal server answers at ${target.address}`, { address: target.address }, error)
  }
}
