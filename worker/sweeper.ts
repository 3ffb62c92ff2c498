import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'winston'
import type { HostDeps } from '../activities/host/deps.ts'
import { sweepRuns } from '../activities/host/sweep.ts'
import { forgetRuns } from '../catalog/run-retention.ts'

/** Calls to a server that is away are retried for long; what a sweep leaves undone the next one does. */
const STOP_WITHIN_MS = 1_000

export interface SweeperOptions {
  readonly everyMs: number
  readonly log: Logger
  /** A server that lost its state lost our search attributes too, and runs that set them would hang. */
  keepSearchAttributes(): Promise<unknown>
  /** How long runs that ended are kept; 0 for ever. */
  readonly keepRunsMs: number
}

/** Looks for runs that Temporal lost, at start and every so often with some jitter; a sweep that fails is made again the next time. */
export function startSweeper(
  deps: HostDeps,
  { everyMs, log, keepSearchAttributes, keepRunsMs }: SweeperOptions,
): { stop(): Promise<void> } {
  const suspects = new Set<string>()
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let sweeping: Promise<void> = Promise.resolve()
  const sweep = async (): Promise<void> => {
    try {
      await keepSearchAttributes()
      for (const run of await sweepRuns(deps, suspects)) log.warn('a run is lost: Temporal no longer runs it', { run })
      const forgotten = keepRunsMs === 0 ? 0 : await forgetRuns(deps.catalog, new Date(deps.now() - keepRunsMs))
      if (forgotten > 0) log.info('forgot runs that are past keepRuns', { runs: forgotten })
    } catch (error) {
      if (stopped) return
      log.warn('looking for lost runs failed', { reason: error instanceof Error ? error.message : String(error) })
    }
    if (!stopped) timer = setTimeout(start, everyMs * (0.8 + 0.4 * Math.random()))
  }
  const start = (): void => {
    sweeping = sweep()
  }
  timer = setTimeout(start, Math.min(everyMs, 2000))
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await Promise.race([sweeping, pause(STOP_WITHIN_MS, undefined, { ref: false })])
    },
  }
}
