import type { Deployment, DeploymentPhase } from '../contracts/deployments.ts'
import type { LodelineError } from '../contracts/errors.ts'
import type { Pipeline } from '../contracts/pipeline.ts'
import type { Catalog } from './open.ts'
import { type Db, type Tx, transaction } from './transaction.ts'

/**
 * The deployment of each pipeline: what is intended and what Temporal was last seen to have.
 * A lease keeps two reconcilers off one pipeline; a write carries the generation it was made from, so an older one changes nothing.
 */

/** How long a deployment that was seen to be right is left alone. */
const LOOK_AGAIN_MS = 25_000

export interface ClaimedDeployment {
  readonly deployment: Deployment
  /** Null when only its tombstone is left. */
  readonly pipeline: Pipeline | null
  /** A pause or resume that was asked for and not yet applied. */
  readonly pauseWanted: boolean | null
}

export interface Intent {
  readonly pipeline: string
  readonly scheduleId: string
  readonly desiredHash: string
  readonly phase: 'pending' | 'deleting'
  readonly pause?: boolean
}

/** Written before Temporal is asked; starts the attempts anew. */
export async function intendDeployment(tx: Tx, intent: Intent, now: string): Promise<void> {
  const before = await tx.selectFrom('deployments').select('generation').where('pipeline', '=', intent.pipeline).executeTakeFirst()
  const row = {
    phase: intent.phase,
    schedule_id: intent.scheduleId,
    desired_hash: intent.desiredHash,
    generation: (before?.generation ?? 0) + 1,
    attempts: 0,
    next_attempt_at: now,
    error: null,
    updated_at: now,
    ...(intent.pause === undefined ? {} : { pause_wanted: flag(intent.pause) }),
  }
  await tx
    .insertInto('deployments')
    .values({
      pause_wanted: null,
      observed_hash: null,
      paused: 0,
      next_run_at: null,
      drift: null,
      lease_holder: null,
      lease_until: null,
      checked_at: null,
      ...row,
      pipeline: intent.pipeline,
    })
    .onConflict((on) => on.column('pipeline').doUpdateSet(row))
    .execute()
}

/** Asks for a pause or resume of what is deployed. */
export async function wantPause(db: Db, pipeline: string, paused: boolean, now: string): Promise<boolean> {
  const result = await db
    .updateTable('deployments')
    .set({ pause_wanted: flag(paused), next_attempt_at: now, updated_at: now })
    .where('pipeline', '=', pipeline)
    .where('phase', '<>', 'deleting')
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Why deployments wait, where Temporal could not even be asked; the attempts are the reconciler's. */
export async function noteWaiting(
  db: Db,
  pipelines: readonly string[],
  { code, message, hint }: LodelineError,
  now: string,
): Promise<void> {
  await db
    .updateTable('deployments')
    .set({ error: JSON.stringify({ code, message, hint }), updated_at: now })
    .where('pipeline', 'in', [...pipelines])
    .where('phase', 'in', ['pending', 'deleting'])
    .execute()
}

export async function getDeployment(db: Db, pipeline: string): Promise<Deployment | null> {
  const row = await db.selectFrom('deployments').selectAll().where('pipeline', '=', pipeline).executeTakeFirst()
  return row === undefined ? null : read(row)
}

export async function listDeployments(db: Db): Promise<readonly Deployment[]> {
  const rows = await db.selectFrom('deployments').selectAll().orderBy('pipeline').execute()
  return rows.map(read)
}

/** Names to look at now: those whose next attempt has come, and the settled ones not looked at lately (all of them where `all`). */
export async function dueDeployments(catalog: Catalog, now: Date, all: boolean): Promise<readonly string[]> {
  const at = now.toISOString()
  const stale = new Date(now.getTime() - LOOK_AGAIN_MS).toISOString()
  const rows = await catalog.db
    .selectFrom('deployments')
    .select('pipeline')
    .$if(!all, (query) =>
      query.where((where) =>
        where.or([
          where('next_attempt_at', '<=', at),
          where.and([
            where('next_attempt_at', 'is', null),
            where('phase', '<>', 'failed'),
            where.or([where('checked_at', 'is', null), where('checked_at', '<=', stale)]),
          ]),
        ]),
      ),
    )
    .orderBy('pipeline')
    .execute()
  return rows.map((row) => row.pipeline)
}

/** Names of those whose next attempt has come: what was just asked for, and what failed a while ago. */
export async function waitingDeployments(catalog: Catalog, now: Date): Promise<readonly string[]> {
  const rows = await catalog.db
    .selectFrom('deployments')
    .select('pipeline')
    .where('next_attempt_at', '<=', now.toISOString())
    .where((where) => where.or([where('lease_until', 'is', null), where('lease_until', '<', now.toISOString())]))
    .orderBy('pipeline')
    .execute()
  return rows.map((row) => row.pipeline)
}

/** Takes the lease; null when another holds it, or the deployment is gone. */
export async function claimDeployment(
  catalog: Catalog,
  pipeline: string,
  holder: string,
  now: Date,
  until: Date,
): Promise<ClaimedDeployment | null> {
  return transaction(catalog, async (tx) => {
    const taken = await tx
      .updateTable('deployments')
      .set({ lease_holder: holder, lease_until: until.toISOString() })
      .where('pipeline', '=', pipeline)
      .where((where) =>
        where.or([where('lease_until', 'is', null), where('lease_until', '<', now.toISOString()), where('lease_holder', '=', holder)]),
      )
      .returningAll()
      .executeTakeFirst()
    if (taken === undefined) return null
    const row = await tx.selectFrom('pipelines').select(['document', 'deleted_at']).where('name', '=', pipeline).executeTakeFirst()
    const document = row === undefined || row.deleted_at !== null ? null : (JSON.parse(row.document) as Pipeline) // written by putPipeline
    return { deployment: read(taken), pipeline: document, pauseWanted: taken.pause_wanted === null ? null : taken.pause_wanted === 1 }
  })
}

/** Keeps the lease for as long as its holder works: one that was killed holds nothing up for long. */
export async function renewLease({ db }: Catalog, pipeline: string, holder: string, until: Date): Promise<void> {
  await db
    .updateTable('deployments')
    .set({ lease_until: until.toISOString() })
    .where('pipeline', '=', pipeline)
    .where('lease_holder', '=', holder)
    .execute()
}

/** Writes the outcome and gives the lease back. Where the intent is newer than what was worked on, only the lease goes: the new one is due. */
export async function settleDeployment(
  catalog: Catalog,
  claimed: ClaimedDeployment,
  holder: string,
  patch: Partial<Omit<Deployment, 'pipeline' | 'generation' | 'updatedAt'>>,
  now: Date,
): Promise<void> {
  const at = now.toISOString()
  const { pipeline, generation } = claimed.deployment
  await transaction(catalog, async (tx) => {
    await tx
      .updateTable('deployments')
      .set({ ...written(patch), checked_at: at, updated_at: at, ...(patch.phase === 'ready' ? { pause_wanted: null } : {}) })
      .where('pipeline', '=', pipeline)
      .where('generation', '=', generation)
      .where('lease_holder', '=', holder)
      .execute()
    await tx
      .updateTable('deployments')
      .set({ lease_holder: null, lease_until: null })
      .where('pipeline', '=', pipeline)
      .where('lease_holder', '=', holder)
      .execute()
  })
}

/** After Temporal has forgotten it: the deployment and the pipeline's tombstone go. */
export async function forgetDeployment(catalog: Catalog, pipeline: string): Promise<void> {
  await transaction(catalog, async (tx) => {
    const gone = await tx.deleteFrom('deployments').where('pipeline', '=', pipeline).where('phase', '=', 'deleting').executeTakeFirst()
    if (gone.numDeletedRows > 0n)
      await tx.deleteFrom('pipelines').where('name', '=', pipeline).where('deleted_at', 'is not', null).execute()
  })
}

function written(patch: Partial<Omit<Deployment, 'pipeline' | 'generation' | 'updatedAt'>>) {
  return {
    ...(patch.phase === undefined ? {} : { phase: patch.phase }),
    ...(patch.observedHash === undefined ? {} : { observed_hash: patch.observedHash }),
    ...(patch.paused === undefined ? {} : { paused: flag(patch.paused) }),
    ...(patch.nextRunAt === undefined ? {} : { next_run_at: patch.nextRunAt }),
    ...(patch.error === undefined ? {} : { error: patch.error === null ? null : JSON.stringify(patch.error) }),
    ...(patch.attempts === undefined ? {} : { attempts: patch.attempts }),
    ...(patch.nextAttemptAt === undefined ? {} : { next_attempt_at: patch.nextAttemptAt }),
    ...(patch.drift === undefined ? {} : { drift: patch.drift === null ? null : JSON.stringify(patch.drift) }),
  }
}

interface Row {
  readonly pipeline: string
  readonly phase: string
  readonly schedule_id: string
  readonly generation: number
  readonly desired_hash: string
  readonly observed_hash: string | null
  readonly paused: number
  readonly next_run_at: string | null
  readonly error: string | null
  readonly attempts: number
  readonly next_attempt_at: string | null
  readonly drift: string | null
  readonly updated_at: string
}

function read(row: Row): Deployment {
  return {
    pipeline: row.pipeline,
    phase: row.phase as DeploymentPhase, // only settleDeployment and intendDeployment write it
    scheduleId: row.schedule_id,
    generation: row.generation,
    desiredHash: row.desired_hash,
    observedHash: row.observed_hash,
    paused: row.paused === 1,
    nextRunAt: row.next_run_at,
    error: row.error === null ? null : (JSON.parse(row.error) as Deployment['error']), // as above
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at,
    drift: row.drift === null ? null : (JSON.parse(row.drift) as Deployment['drift']), // as above
    updatedAt: row.updated_at,
  }
}

const flag = (value: boolean): 0 | 1 => (value ? 1 : 0)
