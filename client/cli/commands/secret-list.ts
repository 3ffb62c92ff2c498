import { listStoredSecrets } from '../../../catalog/stored-secrets.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { secretUsers } from '../secret-users.ts'
import { table, time } from '../table.ts'

export const command = defineCommand({
  summary: 'List the secrets in the catalog by name, and what uses them',
  args: [],
  flags: {},
  examples: [{ line: 'lodeline secret list', says: 'names only; no command prints a value' }],
  async run(_given, deps) {
    const catalog = await deps.catalog()
    const secrets = await listStoredSecrets(catalog.db)
    if (secrets.length === 0) return { code: EXIT.done, text: 'There is no secret yet; `lodeline secret set NAME` keeps one.', data: [] }
    const data = await Promise.all(secrets.map(async (secret) => ({ ...secret, usedBy: await secretUsers(catalog, secret.name) })))
    const rows = data.map(({ name, updatedAt, usedBy }) => [name, time(updatedAt), usedBy.join(', ')])
    return { code: EXIT.done, text: table(deps.output, ['SECRET', 'CHANGED (UTC)', 'USED BY'], rows), data }
  },
})
