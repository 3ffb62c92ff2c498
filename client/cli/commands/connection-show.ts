import { stringify } from 'yaml'
import { listPipelines } from '../../../catalog/pipelines.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { requireConnection } from '../lookup.ts'
import { maskedConnection } from '../masked.ts'

export const command = defineCommand({
  summary: 'Show one connection, secrets masked',
  args: [{ name: 'name', description: 'Name of the connection' }],
  flags: {},
  examples: [{ line: 'lodeline connection show snowflake', says: 'its document, as YAML' }],
  async run({ name }, deps) {
    const catalog = await deps.catalog()
    const { document, managedBy, generation, updatedAt } = await requireConnection(catalog, name)
    const pipelines = (await listPipelines(catalog.db))
      .filter((pipeline) => pipeline.document.connection === name)
      .map((pipeline) => pipeline.document.name)
    const shown = maskedConnection(document)
    const data = { ...shown, managedBy, generation, updatedAt, pipelines }
    const note = deps.output.paint.dim(
      `# managed by ${managedBy ?? 'nobody'}, changed ${updatedAt}; pipelines: ${pipelines.join(', ') || 'none'}`,
    )
    return { code: EXIT.done, text: `${note}\n${stringify(shown)}`, data }
  },
})
