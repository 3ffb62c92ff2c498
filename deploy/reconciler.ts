import { setTimeout as pause } from 'node:timers/promises'
import { waitingDeployments } from '../catalog/deployments.ts'
import { intendMissing } from './intents.ts'
import { type ReconcileDeps, type Reconciled, reconcile } from './reconcile.ts'

/** Runs inside every worker and `lodeline up`: a full round at start, then rounds over what is due. */
export interface Reconciler {
  /** Ends the loop, and the round under way: with Temporal away it would go on for minutes. */
  stop(): Promise<void>
}

export interface ReconcilerOptions {
  readonly everyMs?: number
  onRound?(round: Reconciled): void
  onError?(error: unknown): void
}

const EVERY_MS = 30_000
/** What was just asked for does not wait for the next round; asking the catalog costs next to nothing. */
const ASKED_EVERY_MS = 2_000
/** Many workers must not look at the same moment. */
const JITTER = 0.3

export function startReconciler(deps: ReconcileDeps, options: ReconcilerOptions = {}): Reconciler {
  const stopping = new AbortController()
  let queue: Promise<void> = Promise.resolve()
  const round = (which: 'all' | 'due' | 'asked'): Promise<void> => {
    queue = queue.then(async () => {
      try {
        if (which === 'all') await intendMissing(deps.catalog, deps.now())
        const only = which === 'asked' ? { only: await waitingDeployments(deps.catalog, deps.now()) } : {}
        const done = await reconcile({ ...deps, signal: stopping.signal }, { all: which === 'all', ...only }) // not inside the call of a listener: without one nothing would run
        options.onRound?.(done)
      } catch (error) {
        options.onError?.(error) // the catalog is away: the next round will tell
      }
    })
    return queue
  }
  const loop = async () => {
    const every = options.everyMs ?? EVERY_MS
    const jittered = (ms: number): number => ms * (1 - JITTER + 2 * JITTER * Math.random())
    await round('all')
    for (let next = Date.now() + jittered(every); ; ) {
      await pause(jittered(Math.min(every, ASKED_EVERY_MS)), undefined, { signal: stopping.signal })
      const isDue = Date.now() >= next
      await round(isDue ? 'due' : 'asked')
      if (isDue) next = Date.now() + jittered(every)
    }
  }
  const running = loop().catch((error: unknown) => {
    if (!stopping.signal.aborted) options.onError?.(error)
  })
  return {
    async stop() {
      stopping.abort()
      await running
      await queue
    },
  }
}
