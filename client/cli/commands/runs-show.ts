import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { requireRun, runText } from '../runs.ts'

export const command = defineCommand({
  summary: 'Show one run: counts, tasks, warnings, error',
  args: [{ name: 'run', description: 'Id of the run, its beginning, or its workflow id' }],
  flags: {},
  examples: [{ line: 'lodeline runs show 3f9c01ab --json', says: 'everything that is known of it' }],
  async run({ run: name }, deps) {
    const run = await requireRun(await deps.catalog(), name)
    return { code: EXIT.done, text: runText(run, deps.output, deps.now()), data: run }
  },
})
