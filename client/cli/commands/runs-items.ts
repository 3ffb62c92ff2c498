import { type TaskItem, taskItems } from '../../../catalog/run-items.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { countLines, requireRun, stateText } from '../runs.ts'
import { requireTasks } from '../steering.ts'
import { table } from '../table.ts'

const ITEM_WIDTH = 60

export const command = defineCommand({
  summary: 'Show what became of each item of a mapped task',
  description: 'Items that have ended or are under way; those that nobody began yet are only counted, by `lodeline runs show`.',
  args: [{ name: 'run', description: 'Id of the run, its beginning, its workflow id, or `last`' }],
  flags: {
    task: { type: 'string', value: 'ID', description: 'Only of this task' },
    state: { type: 'choice', choices: ['succeeded', 'failed', 'running'], value: 'STATE', description: 'Only in this state' },
    limit: { type: 'number', description: 'At most so many', default: 50, min: 1 },
  },
  examples: [
    { line: 'lodeline runs items last --state failed', says: 'which items failed, and why' },
    { line: 'lodeline runs items last --task scan --limit 100000 --json', says: 'for a program' },
  ],
  async run({ run: name, task, state, limit }, deps) {
    const { db } = await deps.catalog()
    const run = await requireRun(await deps.catalog(), name)
    if (task !== undefined) requireTasks(run, [task])
    const items = await taskItems(db, run.id, {
      limit,
      ...(task === undefined ? {} : { task }),
      ...(state === undefined ? {} : { state }),
    })
    if (items.length === 0) return { code: EXIT.done, text: `There is no such item in run ${run.id}.`, data: items }
    const rows = items.map((item) => [
      item.task,
      item.position,
      stateText(item.state, deps.output.paint),
      short(item.item),
      item.error?.message ?? said(item),
    ])
    const more = items.length === limit ? `\nThe first ${limit}; --limit shows more.` : ''
    return { code: EXIT.done, text: `${table(deps.output, ['TASK', 'ITEM', 'STATE', 'WHAT', 'RESULT'], rows)}${more}`, data: items }
  },
})

function said({ counts, output }: TaskItem): string {
  const counted = countLines(counts).map(([what, many]) => `${what} ${many}`)
  return counted.length > 0 ? counted.join(', ') : short(output)
}

function short(value: unknown): string {
  const text = value === undefined ? '' : JSON.stringify(value)
  return text.length > ITEM_WIDTH ? `${text.slice(0, ITEM_WIDTH - 1)}…` : text
}
