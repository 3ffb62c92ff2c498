import { restoreRun } from '../../../catalog/metadata/deletions.ts'
import { LodelineError } from '../../../contracts/errors.ts'
import { findRun } from '../../runs.ts'
import { pathText } from '../assets.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'

const SHOWN = 20

export const command = defineCommand({
  summary: 'Undo what a run marked as deleted',
  description:
    'The assets are there again, with their lineage and usage. What the source really no longer has is marked again by the next run.',
  args: [],
  flags: { run: { type: 'string', value: 'ID', description: 'The run, as `lodeline runs list` names it', required: true } },
  examples: [{ line: 'lodeline catalog restore --run last', says: 'take back the deletions of a run' }],
  async run({ run }, deps) {
    const catalog = await deps.catalog()
    const id = (await findRun(catalog, run))?.id
    if (id === undefined) throw new LodelineError('RUN_UNKNOWN', `there is no run \`${run}\``, { run })
    const restored = await restoreRun(catalog, id, new Date(deps.now()).toISOString())
    const paths = (restored ?? []).map(pathText)
    const text =
      restored === null
        ? 'The run marked nothing as deleted.'
        : `${paths.length} assets are there again.${paths
            .slice(0, SHOWN)
            .map((path) => `\n  ${path}`)
            .join('')}${paths.length > SHOWN ? `\n  and ${paths.length - SHOWN} more` : ''}`
    return { code: EXIT.done, text, data: { run: id, restored: paths } }
  },
})
