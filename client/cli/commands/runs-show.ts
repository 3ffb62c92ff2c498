import { setTimeout as sleep } from 'node:timers/promises'
import type { Run } from '../../../contracts/runs.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { progressBoard, shareOf, workOf } from '../progress.ts'
import { exitOfRun, isOver, requireRun, runText } from '../runs.ts'
import { number } from '../table.ts'

const FOLLOW_EVERY_MS = 500

export const command = defineCommand({
  summary: 'Show one run: counts, tasks, warnings, error',
  description: 'Of a run under way what it has done so far, as its tasks write it down about every second.',
  args: [{ name: 'run', description: 'Id of the run, its beginning, its workflow id, or `last`' }],
  flags: { follow: { type: 'boolean', description: 'With progress until the run ends, then show it' } },
  examples: [
    { line: 'lodeline runs show last --json', says: 'everything that is known of it' },
    { line: 'lodeline runs show last --follow', says: 'live, until it ends' },
  ],
  exits: { 3: 'With --follow: the run failed, was cancelled or lost.', 130: 'Interrupted while following; the run goes on.' },
  async run({ run: name, follow }, deps) {
    const catalog = await deps.catalog()
    let run = await requireRun(catalog, name)
    if (follow) {
      const board = await progressBoard(deps.output, [run.pipeline], deps.now)
      try {
        for (; !isOver(run.status) && !deps.signal.aborted; run = await requireRun(catalog, run.id)) {
          board.update(run.pipeline, { share: shareOf({ tasks: run.tasks.map(statusOf) }), says: says(run) })
          await sleep(FOLLOW_EVERY_MS, undefined, { signal: deps.signal }).catch(() => undefined)
        }
      } finally {
        board.stop()
      }
    }
    const code = !follow ? EXIT.done : isOver(run.status) ? exitOfRun(run.status) : EXIT.interrupted
    return { code, text: runText(run, deps.output, deps.now()), data: run }
  },
})

/** As a run says of itself: items under way are not written down. */
function statusOf({ id, state, items }: Run['tasks'][number]) {
  return { id, state, ...(items === undefined ? {} : { items: { ...items, running: 0 } }) }
}

function says(run: Run): string {
  const { records } = run.counts
  const work = run.status === 'running' ? workOf({ tasks: run.tasks.map(statusOf), status: run.status }) : run.status
  return `${work}${records === undefined ? '' : `, ${number(records)} records`}`
}
