import { hostname } from 'node:os'
import type { Client } from '@temporalio/client'
import { noteWaiting } from '../catalog/deployments.ts'
import type { Catalog } from '../catalog/open.ts'
import { LodelineError } from '../contracts/errors.ts'
import { reconcile } from '../deploy/reconcile.ts'
import { refusal } from './sdk/failures.ts'

/**
 * One round over the named deployments, in this process. Temporal being away is no failure: what was asked for is written
 * down, with the reason, and the reconciler of any worker goes on with it. Gives that reason, or null.
 */
export async function deployNow(
  catalog: Catalog,
  names: readonly string[],
  withClient: (act: (client: Client) => Promise<void>) => Promise<void>,
): Promise<LodelineError | null> {
  const holder = `client-${hostname()}-${process.pid}`
  try {
    await withClient(async (client) => {
      await refuseUnknownNamespace(client)
      await reconcile({ catalog, schedules: client.schedule, holder, now: () => new Date() }, { only: names })
    })
    return null
  } catch (error) {
    if (!(error instanceof LodelineError && error.code === 'TEMPORAL_UNREACHABLE')) throw error
    if (names.length > 0) await noteWaiting(catalog.db, names, error, new Date().toISOString())
    return error
  }
}

/** A mistake of this process's settings: it must not be written into what others deployed. */
async function refuseUnknownNamespace({ connection, options: { namespace } }: Client): Promise<void> {
  try {
    await connection.workflowService.describeNamespace({ namespace })
  } catch (error) {
    const refused = refusal(error, '')
    if (refused?.code === 'TEMPORAL_NAMESPACE_UNKNOWN') throw refused
  }
}
