import { LodelineError } from '../../../contracts/errors.ts'
import type { Run } from '../../../contracts/runs.ts'
import { resuming } from '../../sdk/steer.ts'
import { defineCommand } from '../command.ts'
import type { Deps } from '../deps.ts'
import { EXIT } from '../exit-codes.ts'
import { isOver, requireRun } from '../runs.ts'
import { inputOf, RUN_ARG, requireTasks, requireWorker, startedAgain, UPDATE_ID, withId } from '../steering.ts'

export const command = defineCommand({
  summary: 'Run the failed tasks of a run again',
  description:
    'In a run that is open they run again in it. A run that has ended is followed by a new one with the same input and window, which keeps the tasks and items that succeeded and runs all the others.',
  args: [RUN_ARG],
  flags: {
    task: { type: 'strings', value: 'ID', description: 'This failed task, and what comes after it; may be repeated' },
    from: { type: 'string', value: 'ID', description: 'This task, also when it succeeded, and all that comes after it' },
    updateId: UPDATE_ID,
  },
  examples: [
    { line: 'lodeline runs retry last', says: 'all that failed' },
    { line: 'lodeline runs retry last --from resolve', says: 'from one task on' },
  ],
  async run({ run: name, task, from, updateId }, deps) {
    const run = await requireRun(await deps.catalog(), name)
    const tasks = tasksOf(run, task, from)
    if (!isOver(run.status)) return retryOpen(deps, run, tasks, updateId)
    if (run.status === 'succeeded' && tasks === undefined)
      throw new LodelineError('RUN_CLOSED', `the run ${run.id} succeeded: no task has failed; --from names one to go on from`, {
        run: run.id,
      })
    return startedAgain(deps, run, resuming(await inputOf(deps, run), run.id, tasks), updateId)
  },
})

function tasksOf(run: Run, task: readonly string[], from: string | undefined): readonly string[] | undefined {
  if (task.length > 0 && from !== undefined)
    throw new LodelineError('OPTION_UNKNOWN', '--task and --from do not go together', { option: '--from' })
  const tasks = from === undefined ? task : [from]
  requireTasks(run, tasks)
  const done = task.find((id) => run.tasks.some((one) => one.id === id && one.state === 'succeeded'))
  if (done !== undefined)
    throw new LodelineError('OPTION_UNKNOWN', `task ${done} has succeeded; \`--from ${done}\` runs it and what follows again`, {
      option: '--task',
    })
  return tasks.length === 0 ? undefined : tasks
}

async function retryOpen(deps: Deps, run: Run, tasks: readonly string[] | undefined, updateId: string | undefined) {
  const lodeline = await deps.lodeline()
  await requireWorker(lodeline.workers())
  const retried = await lodeline.run(run.workflowId).retry({ ...(tasks === undefined ? {} : { tasks }), ...withId(updateId) })
  const { workflowId } = retried.run
  return {
    code: EXIT.done,
    text: `Run ${run.id} goes on with ${tasks === undefined ? 'what failed' : tasks.join(', ')}.`,
    data: { id: run.id, pipeline: run.pipeline, workflowId },
  }
}
