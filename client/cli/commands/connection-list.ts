import { listConnections } from '../../../catalog/connections.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { table, time } from '../table.ts'

export const command = defineCommand({
  summary: 'List the connections',
  args: [],
  flags: {},
  examples: [{ line: 'lodeline connection list', says: 'all connections' }],
  async run(_given, deps) {
    const stored = await listConnections((await deps.catalog()).db)
    const data = stored.map(({ document: { name, connector, description }, managedBy, updatedAt }) => ({
      name,
      connector,
      description,
      managedBy,
      updatedAt,
    }))
    const rows = data.map(({ name, connector, managedBy, updatedAt, description }) => [
      name,
      connector,
      managedBy,
      time(updatedAt),
      description,
    ])
    const text =
      rows.length === 0
        ? 'There is no connection yet; `lodeline apply -f FILE` or `lodeline connection add` makes one.'
        : table(deps.output, ['NAME', 'CONNECTOR', 'MANAGED BY', 'UPDATED', 'DESCRIPTION'], rows)
    return { code: EXIT.done, text, data }
  },
})
