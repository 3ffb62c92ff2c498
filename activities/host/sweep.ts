import { endRun, openRuns } from '../../catalog/run-state.ts'
import type { HostDeps } from './deps.ts'

/** So many runs are asked about at once; a sweep must not crowd out the work. */
const AT_ONCE = 8

/**
 * Runs that the catalog holds for open but Temporal no longer runs: terminated from outside, or gone with Temporal's state.
 * They become `lost`. A run that only just ended is looked at again the next time: its last word may be on its way.
 */
export async function sweepRuns(deps: HostDeps, suspects: Set<string>): Promise<readonly string[]> {
  const open = await openRuns(deps)
  const lost: string[] = []
  const still = new Set<string>()
  for (let from = 0; from < open.length; from += AT_ONCE) {
    const some = open.slice(from, from + AT_ONCE)
    const running = await Promise.all(some.map(({ workflowId, temporalRunId }) => deps.temporal.isRunning(workflowId, temporalRunId)))
    for (const [at, run] of some.entries()) {
      if (running[at] === true) continue
      if (suspects.has(run.id)) lost.push(run.id)
      else still.add(run.id)
    }
  }
  for (const run of lost) await loseRun(deps, run)
  suspects.clear()
  for (const run of still) suspects.add(run)
  return lost
}

async function loseRun(deps: HostDeps, run: string): Promise<void> {
  await endRun(deps, {
    run,
    status: 'lost',
    error: { code: 'RUN_LOST', message: 'Temporal no longer runs it: it was terminated, or the server lost its state' },
  })
}
