import { removeStoredSecret } from '../../../catalog/stored-secrets.ts'
import { LodelineError } from '../../../contracts/errors.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { secretUsers } from '../secret-users.ts'

export const command = defineCommand({
  summary: 'Remove one secret from the catalog',
  description: 'A secret that a connection or pipeline names is not removed.',
  args: [{ name: 'name', description: 'Name of the secret' }],
  flags: {},
  examples: [{ line: 'lodeline secret remove warehouse-password', says: 'after what uses it' }],
  async run({ name }, deps) {
    const catalog = await deps.catalog()
    const usedBy = await secretUsers(catalog, name)
    if (usedBy.length > 0) throw new LodelineError('DOCUMENT_INVALID', `the secret \`${name}\` is used by ${usedBy.join(', ')}`, { usedBy })
    if (!(await removeStoredSecret(catalog.db, name)))
      throw new LodelineError('NAME_UNKNOWN', `there is no secret \`${name}\`; \`lodeline secret list\` shows what there is`, { name })
    return { code: EXIT.done, text: `Removed the secret ${name}.`, data: { name, removed: true } }
  },
})
