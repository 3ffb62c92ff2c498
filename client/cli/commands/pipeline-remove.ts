import { transaction } from '../../../catalog/transaction.ts'
import { removePipeline } from '../../documents/write.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { requirePipeline } from '../lookup.ts'

export const command = defineCommand({
  summary: 'Remove one pipeline; its results stay',
  description: 'Its schedule in Temporal is removed by the reconciler, at once or when Temporal is back. Runs, lineage and usage stay.',
  args: [{ name: 'name', description: 'Name of the pipeline' }],
  flags: {},
  examples: [{ line: 'lodeline pipeline remove teradata-history', says: 'no further runs' }],
  async run({ name }, deps) {
    const catalog = await deps.catalog()
    const { document } = await requirePipeline(catalog, name)
    await transaction(catalog, (tx) => removePipeline(tx, document, new Date(deps.now()).toISOString()))
    return { code: EXIT.done, text: `Removed pipeline ${name}.`, data: { name, removed: true } }
  },
})
