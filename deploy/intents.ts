import { intendDeployment, wantPause } from '../catalog/deployments.ts'
import type { Catalog } from '../catalog/open.ts'
import { getPipeline, listPipelines, markPipelineDeleted, putPipeline } from '../catalog/pipelines.ts'
import { transaction } from '../catalog/transaction.ts'
import { LodelineError } from '../contracts/errors.ts'
import type { Pipeline } from '../contracts/pipeline.ts'
import { desiredHash, scheduleIdOf } from './schedules/desired.ts'

/**
 * What users want of deployments, written down before Temporal is asked (reconcile.ts does that). Everything here works
 * while Temporal is down, and none of it is lost.
 */

/** Takes a pipeline's document in and asks for its deployment; with the same document it is a redeployment. */
export async function intendPipeline(
  catalog: Catalog,
  pipeline: Pipeline,
  managedBy: string | null,
  now: Date,
): Promise<'created' | 'changed' | 'unchanged'> {
  return transaction(catalog, async (tx) => {
    const outcome = await putPipeline(tx, pipeline, managedBy, now.toISOString())
    const deployed = await tx.selectFrom('deployments').select('phase').where('pipeline', '=', pipeline.name).executeTakeFirst()
    if (outcome !== 'unchanged' || deployed === undefined) await intend(tx, pipeline, now)
    return outcome
  })
}

/** Asks for the attempts to begin anew, e.g. after the reason of a failure was removed. */
export async function intendRedeployment(catalog: Catalog, name: string, now: Date): Promise<void> {
  await transaction(catalog, async (tx) => {
    const stored = await getPipeline(tx, name)
    if (stored === null) throw new LodelineError('PIPELINE_UNKNOWN', `there is no pipeline "${name}"`, { pipeline: name })
    await intend(tx, stored.document, now)
  })
}

/** Pauses or resumes the schedule; the document keeps it, so that Temporal losing its state does not resume a paused pipeline. */
export async function intendPause(catalog: Catalog, name: string, paused: boolean, now: Date): Promise<void> {
  await transaction(catalog, async (tx) => {
    const stored = await getPipeline(tx, name)
    if (stored === null) throw new LodelineError('PIPELINE_UNKNOWN', `there is no pipeline "${name}"`, { pipeline: name })
    if (stored.document.schedule === undefined)
      throw new LodelineError('DOCUMENT_INVALID', `pipeline "${name}" has no schedule to ${paused ? 'pause' : 'resume'}`, {
        pipeline: name,
      })
    await putPipeline(tx, { ...stored.document, paused }, stored.managedBy, now.toISOString())
    if (!(await wantPause(tx, name, paused, now.toISOString()))) await intend(tx, { ...stored.document, paused }, now)
  })
}

/** Leaves a tombstone until Temporal has forgotten the schedule too. Runs, lineage and usage stay. */
export async function intendRemoval(catalog: Catalog, name: string, now: Date): Promise<void> {
  await transaction(catalog, async (tx) => {
    if (!(await markPipelineDeleted(tx, name, now.toISOString())))
      throw new LodelineError('PIPELINE_UNKNOWN', `there is no pipeline "${name}"`, { pipeline: name })
    await intendDeployment(tx, { pipeline: name, scheduleId: scheduleIdOf(name), desiredHash: '', phase: 'deleting' }, now.toISOString())
  })
}

/** Pipelines that have no deployment record yet, e.g. written by an older release, get one. Gives how many. */
export async function intendMissing(catalog: Catalog, now: Date): Promise<number> {
  const known = new Set((await catalog.db.selectFrom('deployments').select('pipeline').execute()).map((row) => row.pipeline))
  const missing = (await listPipelines(catalog.db)).filter((stored) => !known.has(stored.document.name))
  for (const stored of missing) await transaction(catalog, (tx) => intend(tx, stored.document, now))
  return missing.length
}

async function intend(tx: Parameters<typeof intendDeployment>[0], pipeline: Pipeline, now: Date): Promise<void> {
  const intent = {
    pipeline: pipeline.name,
    scheduleId: scheduleIdOf(pipeline.name),
    desiredHash: desiredHash(pipeline),
    phase: 'pending',
  } as const
  await intendDeployment(tx, intent, now.toISOString())
}
