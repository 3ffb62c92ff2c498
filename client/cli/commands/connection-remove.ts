import { removeConnection } from '../../../catalog/connections.ts'
import { listPipelines } from '../../../catalog/pipelines.ts'
import { LodelineError } from '../../../contracts/errors.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { requireConnection } from '../lookup.ts'

export const command = defineCommand({
  summary: 'Remove one connection',
  description: 'What was learnt through it (assets, lineage, usage) stays. A connection that pipelines still use is not removed.',
  args: [{ name: 'name', description: 'Name of the connection' }],
  flags: {},
  examples: [{ line: 'lodeline connection remove shop', says: 'after its pipelines' }],
  async run({ name }, deps) {
    const catalog = await deps.catalog()
    await requireConnection(catalog, name)
    const users = (await listPipelines(catalog.db))
      .filter(({ document }) => document.connection === name)
      .map(({ document }) => document.name)
    if (users.length > 0) {
      throw new LodelineError(
        'DOCUMENT_INVALID',
        `connection \`${name}\` is used by ${users.join(', ')}; remove ${users.length === 1 ? 'it' : 'them'} first: \`lodeline pipeline remove ${users[0]}\``,
        { pipelines: users },
      )
    }
    await removeConnection(catalog.db, name)
    return { code: EXIT.done, text: `Removed connection ${name}.`, data: { name, removed: true } }
  },
})
