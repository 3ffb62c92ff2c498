import { putConnection, removeConnection } from '../../catalog/connections.ts'
import { intendDeployment } from '../../catalog/deployments.ts'
import type { Catalog } from '../../catalog/open.ts'
import { markPipelineDeleted, putPipeline } from '../../catalog/pipelines.ts'
import { type Tx, transaction } from '../../catalog/transaction.ts'
import type { Pipeline } from '../../contracts/pipeline.ts'
import { desiredHash, scheduleIdOf } from '../../deploy/schedules/desired.ts'
import type { Change } from './plan.ts'

/** Carries out a plan: all of it or nothing. A pipeline's deployment is written down with it, and brought to Temporal by the reconciler. */
export async function writeChanges(catalog: Catalog, changes: readonly Change[], manager: string, now: string): Promise<void> {
  await transaction(catalog, async (tx) => {
    for (const change of changes) await writeChange(tx, change, manager, now)
  })
}

async function writeChange(tx: Tx, change: Change, manager: string, now: string): Promise<void> {
  if (change.kind === 'connection') {
    if (change.change === 'remove') await removeConnection(tx, change.name)
    else await putConnection(tx, change.document, manager, now)
    return
  }
  if (change.change === 'remove') await removePipeline(tx, change.document, now)
  else if ((await putPipeline(tx, change.document, manager, now)) !== 'unchanged') await intend(tx, change.document, 'pending', now)
}

/** Leaves a tombstone until Temporal has forgotten the schedule too; runs, lineage and usage stay. */
export async function removePipeline(tx: Tx, document: Pipeline, now: string): Promise<void> {
  await markPipelineDeleted(tx, document.name, now)
  await intend(tx, document, 'deleting', now)
}

async function intend(tx: Tx, document: Pipeline, phase: 'pending' | 'deleting', now: string): Promise<void> {
  const pause = document.paused === undefined ? {} : { pause: document.paused }
  await intendDeployment(
    tx,
    { pipeline: document.name, scheduleId: scheduleIdOf(document.name), desiredHash: desiredHash(document), phase, ...pause },
    now,
  )
}
