import type { DescribedPlugins } from '../../../contracts/once.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { askPluginsOnce } from '../plugin-process.ts'
import { table } from '../table.ts'

export const command = defineCommand({
  summary: 'List what the plugins bring, and those that could not be loaded',
  args: [],
  flags: {},
  examples: [{ line: 'lodeline plugin list', says: 'connectors, query logs, sinks, tasks' }],
  exits: { 3: 'A plugin could not be loaded; the others are served.' },
  async run(_given, deps) {
    const found = await askPluginsOnce<DescribedPlugins>({ action: 'plugins' }, deps)
    const rows = [
      ...found.connectors.map(({ name, title, dialect, capabilities }) => [
        'connector',
        name,
        `${title}; ${dialect}; ${capabilities.join(', ')}`,
      ]),
      ...found.queryLogs.map(({ kind, title }) => ['query log', kind, title]),
      ...found.sinks.map(({ name, title }) => ['sink', name, title]),
      ...found.tasks.map((name) => ['task', name, '']),
      ...found.pipelineTypes.map((name) => ['pipeline type', name, '']),
    ]
    const { paint } = deps.output
    const problems = found.problems.map(({ folder, message }) => `${paint.red('✗')} ${folder}: ${message}`)
    const text = [table(deps.output, ['WHAT', 'NAME', 'IS'], rows), ...problems].join('\n')
    return { code: problems.length === 0 ? EXIT.done : EXIT.outcome, text, data: found }
  },
})
