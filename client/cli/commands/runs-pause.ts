import { defineCommand } from '../command.ts'
import { RUN_ARG, steerRun, UPDATE_ID, withId } from '../steering.ts'

export const command = defineCommand({
  summary: 'Let a run start nothing new',
  description: 'Tasks under way are finished; the run then waits for `lodeline runs resume`.',
  args: [RUN_ARG],
  flags: { reason: { type: 'string', value: 'TEXT', description: 'Kept in the history of the run' }, updateId: UPDATE_ID },
  examples: [{ line: 'lodeline runs pause last --reason "the warehouse is being moved"', says: 'until it is resumed' }],
  run: ({ run, reason, updateId }, deps) =>
    steerRun(deps, run, {
      to: 'pause',
      done: 'Paused',
      ask: (handle) => handle.pause({ ...(reason === undefined ? {} : { reason }), ...withId(updateId) }),
    }),
})
