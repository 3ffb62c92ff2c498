import { intendPause } from '../../../deploy/intents.ts'
import { defineCommand } from '../command.ts'
import { deployedNow, SELECTION, scheduled } from '../deployments.ts'

export const command = defineCommand({
  summary: 'Resume the schedules of pipelines',
  description: 'Also where the pause was made in Temporal itself.',
  args: SELECTION.args,
  flags: { all: SELECTION.all },
  examples: [
    { line: 'lodeline pipeline resume snowflake-history', says: 'the next slot runs again' },
    { line: 'lodeline pipeline resume --all', says: 'everything' },
  ],
  exits: { 3: 'At least one deployment was refused; the table says why.' },
  async run({ names, all }, deps) {
    const catalog = await deps.catalog()
    const wanted = await scheduled(catalog, names, all)
    for (const name of wanted) await intendPause(catalog, name, false, new Date(deps.now()))
    return deployedNow(deps, wanted)
  },
})
