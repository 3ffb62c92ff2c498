import { transaction } from '../../../catalog/transaction.ts'
import { removePipeline } from '../../documents/write.ts'
import { defineCommand } from '../command.ts'
import { SELECTION, selected } from '../deployments.ts'
import { EXIT } from '../exit-codes.ts'
import { requirePipeline } from '../lookup.ts'

export const command = defineCommand({
  summary: 'Remove pipelines; their results stay',
  description: 'Their schedules in Temporal are removed by the reconciler, at once or when Temporal is back. Runs, lineage and usage stay.',
  args: SELECTION.args,
  flags: { all: SELECTION.all },
  examples: [{ line: 'lodeline pipeline remove teradata-history', says: 'no further runs' }],
  async run({ names, all }, deps) {
    const catalog = await deps.catalog()
    const wanted = [...new Set(await selected(catalog, names, all))]
    const documents = await Promise.all(wanted.map(async (name) => (await requirePipeline(catalog, name)).document))
    const now = new Date(deps.now()).toISOString()
    await transaction(catalog, async (tx) => {
      for (const document of documents) await removePipeline(tx, document, now)
    })
    const text =
      wanted.length === 0 ? 'There is no pipeline.' : `Removed ${wanted.length === 1 ? 'pipeline' : 'pipelines'} ${wanted.join(', ')}.`
    return { code: EXIT.done, text, data: { removed: wanted } }
  },
})
