import { intendMissing } from '../../../deploy/intents.ts'
import { defineCommand } from '../command.ts'
import { deployedNow, SELECTION, selected } from '../deployments.ts'

export const command = defineCommand({
  summary: 'Bring the schedules of pipelines to Temporal now',
  description:
    'What is written down in the catalog is compared with Temporal and the difference applied. Workers do the same by themselves every 30 seconds.',
  args: SELECTION.args,
  flags: { all: SELECTION.all },
  examples: [
    { line: 'lodeline pipeline deploy snowflake-history', says: 'deploy one, and see how it went' },
    { line: 'lodeline pipeline deploy --all', says: 'all of them' },
  ],
  exits: { 3: 'At least one deployment was refused; the table says why.' },
  async run({ names, all }, deps) {
    const catalog = await deps.catalog()
    const wanted = await selected(catalog, names, all)
    await intendMissing(catalog, new Date(deps.now()))
    return deployedNow(deps, wanted)
  },
})
