import { setTimeout as sleep } from 'node:timers/promises'
import type { Run } from '../../contracts/runs.ts'
import type { Deps } from './deps.ts'
import { type ProgressBoard, progressBoard, shareOf, workOf } from './progress.ts'
import { isOver } from './runs.ts'
import { number } from './table.ts'

const LOOK_EVERY_MS = 500

/**
 * Shows how a run goes, as its tasks write it down about every second, until it is over; null where the signal came first. Nothing but
 * the catalog is asked: a run is over there as soon as its tasks are, though its webhooks may still be tried.
 */
export async function followRun(
  pipeline: string,
  find: () => Promise<Run | null>,
  { output, now, signal }: Pick<Deps, 'output' | 'now' | 'signal'>,
): Promise<Run | null> {
  const board = await progressBoard(output, [pipeline], now)
  try {
    for (;;) {
      const run = await find()
      show(board, pipeline, run)
      if (run !== null && isOver(run.status)) return run
      if (signal.aborted) return null
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
    }
  } finally {
    board.stop()
  }
}

function show(board: ProgressBoard, pipeline: string, run: Run | null): void {
  if (run === null) return board.update(pipeline, { share: 0, says: 'queued' })
  const { records } = run.counts
  const work = run.status === 'running' ? workOf(run) : run.status
  board.update(pipeline, { share: shareOf(run), says: `${work}${records === undefined ? '' : `, ${number(records)} records`}` })
}
