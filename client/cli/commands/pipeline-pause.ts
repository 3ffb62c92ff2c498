import { intendPause } from '../../../deploy/intents.ts'
import { defineCommand } from '../command.ts'
import { deployedNow, SELECTION, scheduled } from '../deployments.ts'

export const command = defineCommand({
  summary: 'Pause the schedules of pipelines',
  description: 'No further runs start by schedule; a run under way goes on. The pipeline document keeps it.',
  args: SELECTION.args,
  flags: { all: SELECTION.all },
  examples: [
    { line: 'lodeline pipeline pause snowflake-history', says: 'until it is resumed' },
    { line: 'lodeline pipeline pause --all', says: 'everything' },
  ],
  exits: { 3: 'At least one deployment was refused; the table says why.' },
  async run({ names, all }, deps) {
    const catalog = await deps.catalog()
    const wanted = await scheduled(catalog, names, all)
    for (const name of wanted) await intendPause(catalog, name, true, new Date(deps.now()))
    return deployedNow(deps, wanted)
  },
})
