import { getRun } from '../../../catalog/runs.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { followRun } from '../follow.ts'
import { exitOfRun, isOver, requireRun, runText } from '../runs.ts'

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
    const found = await requireRun(catalog, name)
    const run = follow
      ? ((await followRun(found.pipeline, () => getRun(catalog.db, found.id), deps)) ?? (await requireRun(catalog, found.id)))
      : found
    const code = !follow ? EXIT.done : isOver(run.status) ? exitOfRun(run.status) : EXIT.interrupted
    return { code, text: runText(run, deps.output, deps.now()), data: run }
  },
})
