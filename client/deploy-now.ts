import { hostname } from 'node:os'
import type { Client } from '@temporalio/client'
import type { Catalog } from '../catalog/open.ts'
import { reconcile } from '../deploy/reconcile.ts'

/** One round over the named deployments, in this process. */
export async function deployNow(catalog: Catalog, client: Client, names: readonly string[]): Promise<void> {
  const holder = `client-${hostname()}-${process.pid}`
  await reconcile({ catalog, schedules: client.schedule, holder, now: () => new Date() }, { only: names })
}
