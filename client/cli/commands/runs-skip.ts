import { defineCommand } from '../command.ts'
import { RUN_ARG, requireTasks, steerRun, UPDATE_ID, withId } from '../steering.ts'

export const command = defineCommand({
  summary: 'Mark tasks of a run as skipped',
  description: 'Tasks that have not finished; one under way stops. What comes after them decides by its trigger rule.',
  args: [RUN_ARG],
  flags: { task: { type: 'strings', value: 'ID', description: 'May be repeated' }, updateId: UPDATE_ID },
  examples: [{ line: 'lodeline runs skip last --task publish', says: 'a task that fails again and again' }],
  run: ({ run: name, task, updateId }, deps) =>
    steerRun(deps, name, {
      to: 'skip',
      done: 'Skipped',
      ask: (handle, run) => {
        requireTasks(run, task)
        return handle.skip(task, withId(updateId))
      },
    }),
})
