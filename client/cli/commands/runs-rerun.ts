import { fresh } from '../../sdk/steer.ts'
import { defineCommand } from '../command.ts'
import { requireRun } from '../runs.ts'
import { inputOf, RUN_ARG, startedAgain, UPDATE_ID } from '../steering.ts'

export const command = defineCommand({
  summary: 'Start a new run with the window and input of another',
  description: 'From the beginning, with the pipeline as it is now. `lodeline runs retry` keeps what succeeded.',
  args: [RUN_ARG],
  flags: { updateId: UPDATE_ID },
  examples: [{ line: 'lodeline runs rerun last', says: 'the same window once more' }],
  async run({ run: name, updateId }, deps) {
    const run = await requireRun(await deps.catalog(), name)
    return startedAgain(deps, run, fresh(await inputOf(deps, run)), updateId)
  },
})
