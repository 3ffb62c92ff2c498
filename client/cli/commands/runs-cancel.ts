import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { isOver, requireRun } from '../runs.ts'

export const command = defineCommand({
  summary: 'Stop a run',
  description: 'Tasks under way stop too. What was committed stays; the next run goes on from there.',
  args: [{ name: 'run', description: 'Id of the run, its beginning, its workflow id, or `last`' }],
  flags: { wait: { type: 'boolean', description: 'Until it has stopped' } },
  examples: [{ line: 'lodeline runs cancel last --wait', says: 'and wait until it has stopped' }],
  async run({ run: name, wait }, deps) {
    const run = await requireRun(await deps.catalog(), name)
    if (isOver(run.status))
      return { code: EXIT.done, text: `Run ${run.id} has ended already: ${run.status}.`, data: { id: run.id, status: run.status } }
    const handle = (await deps.lodeline()).run(run.workflowId)
    await handle.cancel()
    if (!wait) return { code: EXIT.done, text: `Asked run ${run.id} to stop.`, data: { id: run.id, status: 'cancelling' } }
    const { status } = await handle.wait()
    return { code: EXIT.done, text: `Run ${run.id} has ended: ${status}.`, data: { id: run.id, status } }
  },
})
