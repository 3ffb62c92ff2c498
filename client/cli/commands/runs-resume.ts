import { defineCommand } from '../command.ts'
import { RUN_ARG, steerRun, UPDATE_ID, withId } from '../steering.ts'

export const command = defineCommand({
  summary: 'Let a paused run go on',
  args: [RUN_ARG],
  flags: { updateId: UPDATE_ID },
  examples: [{ line: 'lodeline runs resume last', says: 'after a pause' }],
  run: ({ run, updateId }, deps) =>
    steerRun(deps, run, { to: 'resume', done: 'Resumed', ask: (handle) => handle.resume(withId(updateId)) }),
})
