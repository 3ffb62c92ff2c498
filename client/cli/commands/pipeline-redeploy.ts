import { intendRedeployment } from '../../../deploy/intents.ts'
import { defineCommand } from '../command.ts'
import { deployedNow, SELECTION, selected } from '../deployments.ts'

export const command = defineCommand({
  summary: 'Deploy again from the beginning, also what failed',
  description: 'Attempts and pauses between them start anew, e.g. after the reason of a failure was removed.',
  args: SELECTION.args,
  flags: { all: SELECTION.all },
  examples: [
    { line: 'lodeline pipeline redeploy snowflake-history', says: 'try again now' },
    { line: 'lodeline pipeline redeploy --all', says: 'all of them, e.g. after an upgrade' },
  ],
  exits: { 3: 'At least one deployment was refused; the table says why.' },
  async run({ names, all }, deps) {
    const catalog = await deps.catalog()
    const wanted = await selected(catalog, names, all)
    for (const name of wanted) await intendRedeployment(catalog, name, new Date(deps.now()))
    return deployedNow(deps, wanted)
  },
})
