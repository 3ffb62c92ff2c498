import { setTimeout as pause } from 'node:timers/promises'
import { intendMissing } from './intents.ts'
import { type ReconcileDeps, type Reconciled, reconcile } from './reconcile.ts'

/** Runs inside every worker and `lodeline up`: a full round at start, then rounds over what is due. */
export interface Reconciler {
  /** A round at once, e.g. after a deploy; waits for it. */
  nudge(): Promise<void>
  /** Ends the loop once the round under way is done. */
  stop(): Promise<void>
}

export interface ReconcilerOptions {
  readonly everyMs?: number
  onRound?(round: Reconciled): void
  onError?(error: unknown): void
}

const EVERY_MS = 30_000
/** Many workers must not look at the same moment. */
const JITTER = 0.3

export function startReconciler(deps: ReconcileDeps, options: ReconcilerOptions = {}): Reconciler {
  const stopping = new AbortController()
  let queue: Promise<void> = Promise.resolve()
  const round = (all: boolean): Promise<void> => {
    queue = queue.then(async () => {
      try {
        if (all) await intendMissing(deps.catalog, deps.now())
        const done = await reconcile(deps, { all }) // not inside the call of a listener: without one nothing would run
        options.onRound?.(done)
      } catch (error) {
        options.onError?.(error) // the catalog is away: the next round will tell
      }
    })
    return queue
  }
  const loop = async () => {
    await round(true)
    for (;;) {
      const every = options.everyMs ?? EVERY_MS
      await pause(every * (1 - JITTER + 2 * JITTER * Math.random()), undefined, { signal: stopping.signal })
      await round(false)
    }
  }
  const running = loop().catch((error: unknown) => {
    if (!stopping.signal.aborted) options.onError?.(error)
  })
  return {
    nudge: () => round(false),
    async stop() {
      stopping.abort()
      await running
      await queue
    },
  }
}
