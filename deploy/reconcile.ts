import {
  ScheduleAlreadyRunning,
  type ScheduleClient,
  type ScheduleDescription,
  type ScheduleHandle,
  type ScheduleOptions,
} from '@temporalio/client'
import {
  type ClaimedDeployment,
  claimDeployment,
  dueDeployments,
  forgetDeployment,
  renewLease,
  settleDeployment,
} from '../catalog/deployments.ts'
import type { Catalog } from '../catalog/open.ts'
import type { Deployment } from '../contracts/deployments.ts'
import { LodelineError } from '../contracts/errors.ts'
import type { Pipeline } from '../contracts/pipeline.ts'
import { classifyDeployError, isNotFound } from './errors.ts'
import { belongsTo, carriedIntent, desiredHash, desiredSchedule, observedHash } from './schedules/desired.ts'

/**
 * Brings what Temporal has and what the catalog wants together, pipeline by pipeline. The intent is written down before this
 * runs, so an attempt that dies anywhere is simply made again: Temporal is looked at first, and only the difference is applied.
 * A lease in the catalog keeps two reconcilers off one pipeline; what they would do is the same anyway.
 */
export interface ReconcileDeps {
  readonly catalog: Catalog
  readonly schedules: ScheduleClient
  /** Who holds the lease: unique to the process. */
  readonly holder: string
  readonly now: () => Date
  /** How long a holder that is not heard of keeps a pipeline. */
  readonly leaseMs?: number
  /** Ends a round early; what is under way is given back as it was. */
  readonly signal?: AbortSignal
}

export interface Reconciled {
  readonly checked: number
  readonly changed: readonly string[]
  readonly problems: readonly { readonly pipeline: string; readonly code: string; readonly message: string }[]
}

type Patch = Partial<Omit<Deployment, 'pipeline' | 'generation' | 'updatedAt'>>
interface Step {
  readonly patch: Patch
  readonly changed: boolean
}

/** Enough to hide the round trips, few enough for a small server (18 ms each, see docs/operating.md). */
const AT_ONCE = 8
/** Renewed while its holder works; so long a worker that was killed holds up the few pipelines it had at hand. */
const LEASE_MS = 10_000
const FIRST_RETRY_MS = 2_000
const LONGEST_RETRY_MS = 300_000

/** One round over all deployments that are due: every one at start (`all`), else the waiting ones and those not looked at lately. */
export async function reconcile(
  deps: ReconcileDeps,
  which: { readonly all?: boolean; readonly only?: readonly string[] } = {},
): Promise<Reconciled> {
  const names = which.only ?? (await dueDeployments(deps.catalog, deps.now(), which.all === true))
  const changed: string[] = []
  const problems: { pipeline: string; code: string; message: string }[] = []
  const queue = names[Symbol.iterator]()
  const lane = async () => {
    for (let next = queue.next(); !next.done && deps.signal?.aborted !== true; next = queue.next()) {
      const after = await reconcilePipeline(deps, next.value)
      if (after?.changed) changed.push(next.value)
      if (after?.error) problems.push({ pipeline: next.value, code: after.error.code, message: after.error.message })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  return { checked: names.length, changed: changed.sort(), problems: problems.sort((a, b) => (a.pipeline < b.pipeline ? -1 : 1)) }
}

/** Null when another reconciler holds it. */
async function reconcilePipeline(deps: ReconcileDeps, pipeline: string): Promise<{ changed: boolean; error: Deployment['error'] } | null> {
  const { catalog, holder, leaseMs = LEASE_MS } = deps
  const until = (): Date => new Date(deps.now().getTime() + leaseMs)
  const claimed = await claimDeployment(catalog, pipeline, holder, deps.now(), until())
  if (claimed === null) return null
  // Where it fails the lease runs out, and another does the same.
  const renewing = setInterval(() => void renewLease(catalog, pipeline, holder, until()).catch(() => undefined), leaseMs / 3)
  try {
    return await work(deps, claimed)
  } finally {
    clearInterval(renewing)
  }
}

async function work(deps: ReconcileDeps, claimed: ClaimedDeployment): Promise<{ changed: boolean; error: Deployment['error'] } | null> {
  const { pipeline } = claimed.deployment
  try {
    const { deployment, pipeline: document } = claimed
    const doing = deployment.phase === 'deleting' || document === null ? remove(deps, claimed) : converge(deps, claimed, document)
    const step = await orAborted<Step | 'gone'>(doing, deps.signal)
    if (step === 'gone') {
      await forgetDeployment(deps.catalog, pipeline)
      return { changed: true, error: null }
    }
    await settleDeployment(deps.catalog, claimed, deps.holder, { error: null, attempts: 0, nextAttemptAt: null, ...step.patch }, deps.now())
    return { changed: step.changed, error: null }
  } catch (error) {
    if (deps.signal?.aborted !== true) return { changed: false, error: await settleFailure(deps, claimed, error) }
    await settleDeployment(deps.catalog, claimed, deps.holder, {}, deps.now()) // whoever is next looks at what came of it
    return null
  }
}

/** A call to a server that is away is retried for a while and heeds no signal; what it yet does in Temporal the next round finds. */
async function orAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return await work
  const ended = new AbortController()
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: ended.signal })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    ended.abort()
  }
}

async function settleFailure(deps: ReconcileDeps, claimed: ClaimedDeployment, cause: unknown): Promise<Deployment['error']> {
  const failure = classifyDeployError(cause)
  const attempts = claimed.deployment.attempts + 1
  const delay = failure.retrySlowly ? LONGEST_RETRY_MS : Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempts - 1))
  const again = failure.phase === 'pending' || failure.retrySlowly
  const deleting = claimed.deployment.phase === 'deleting'
  await settleDeployment(
    deps.catalog,
    claimed,
    deps.holder,
    {
      phase: deleting ? 'deleting' : failure.phase,
      error: failure.error,
      attempts,
      nextAttemptAt: again || deleting ? new Date(deps.now().getTime() + delay).toISOString() : null,
    },
    deps.now(),
  )
  return failure.error
}

async function remove(deps: ReconcileDeps, claimed: ClaimedDeployment): Promise<'gone'> {
  const handle = deps.schedules.getHandle(claimed.deployment.scheduleId)
  const seen = await describe(handle)
  if (seen !== null && belongsTo(seen, claimed.deployment.pipeline)) await ignoreNotFound(handle.delete())
  return 'gone'
}

async function converge(deps: ReconcileDeps, claimed: ClaimedDeployment, pipeline: Pipeline): Promise<Step> {
  const desired = desiredSchedule(pipeline)
  const handle = deps.schedules.getHandle(claimed.deployment.scheduleId)
  const seen = await describe(handle)
  if (seen !== null && !belongsTo(seen, pipeline.name)) {
    throw new LodelineError('SCHEDULE_FOREIGN', `Temporal already has a schedule "${seen.scheduleId}" that is not of this pipeline`)
  }
  if (desired === null) return toManual(handle, seen)
  if (seen === null) return create(deps, claimed, handle, desired)
  const difference = whatDiffers(claimed.deployment, pipeline, seen)
  if (difference === null) return { patch: { phase: 'ready', ...(await steer(claimed, handle, seen)) }, changed: false }
  await handle.update((previous) => ({ ...desired, state: { ...previous.state } }))
  const drift = difference === 'edited' ? {} : { drift: { at: deps.now().toISOString(), what: difference } }
  return { patch: { phase: 'ready', ...drift, ...(await steer(claimed, handle, await handle.describe())) }, changed: true }
}

/** Null when Temporal has what was applied; `edited` when the intent is newer; else what somebody changed. */
function whatDiffers(deployment: Deployment, pipeline: Pipeline, seen: ScheduleDescription): string | null {
  const carried = carriedIntent(seen)
  if (carried === null) return 'the schedule was replaced from outside'
  if (carried.spec !== desiredHash(pipeline)) return 'edited'
  if (deployment.observedHash === null || deployment.observedHash === observedHash(seen)) return null
  return 'the schedule was changed from outside'
}

async function toManual(handle: ScheduleHandle, seen: ScheduleDescription | null): Promise<Step> {
  if (seen !== null) await ignoreNotFound(handle.delete())
  return { patch: { phase: 'manual', observedHash: null, paused: false, nextRunAt: null }, changed: seen !== null }
}

async function create(deps: ReconcileDeps, claimed: ClaimedDeployment, handle: ScheduleHandle, desired: ScheduleOptions): Promise<Step> {
  const paused =
    claimed.pauseWanted ?? (claimed.deployment.observedHash === null ? (desired.state?.paused ?? false) : claimed.deployment.paused)
  try {
    await deps.schedules.create({ ...desired, state: { ...desired.state, paused } })
  } catch (error) {
    // Another attempt of ours made it between our look and now: what it made is what we want.
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
  }
  const lost = claimed.deployment.observedHash === null ? {} : { drift: { at: deps.now().toISOString(), what: 'the schedule was gone' } }
  return { patch: { phase: 'ready', ...lost, ...(await steer(claimed, handle, await handle.describe())) }, changed: true }
}

/** Applies a pause or resume that the user asked for; otherwise takes Temporal's state as it is: a pause set there stays. */
async function steer(claimed: ClaimedDeployment, handle: ScheduleHandle, seen: ScheduleDescription): Promise<Patch> {
  const wanted = claimed.pauseWanted
  if (wanted !== null && wanted !== seen.state.paused) {
    await (wanted ? handle.pause('paused by lodeline') : handle.unpause('resumed by lodeline'))
  }
  const paused = wanted ?? seen.state.paused
  const next = paused ? undefined : seen.info.nextActionTimes[0]
  return { observedHash: observedHash(seen), paused, nextRunAt: next?.toISOString() ?? null }
}

async function describe(handle: ScheduleHandle): Promise<ScheduleDescription | null> {
  try {
    return await handle.describe()
  } catch (error) {
    if (isNotFound(error)) return null
    throw error
  }
}

async function ignoreNotFound(action: Promise<unknown>): Promise<void> {
  try {
    await action
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
