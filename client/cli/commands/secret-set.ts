import { text } from 'node:stream/consumers'
import { sealSecret } from '../../../catalog/secrets.ts'
import { putStoredSecret } from '../../../catalog/stored-secrets.ts'
import { LodelineError } from '../../../contracts/errors.ts'
import { SECRET_REFERENCE } from '../../../contracts/secret.ts'
import { secretKeyOf } from '../../../deploy/secret-key.ts'
import { defineCommand } from '../command.ts'
import type { Deps } from '../deps.ts'
import { EXIT } from '../exit-codes.ts'
import { askHidden } from '../hidden-input.ts'

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

export const command = defineCommand({
  summary: 'Keep a secret in the catalog, encrypted',
  description: `The value is read from standard input, or asked for without showing it; never from the command line, which other users of the
machine can see. Documents name it as \`secret:NAME\`. It is encrypted with LODELINE_KEY, else with the key file under the home, and opened
only in the worker, which needs the same key.`,
  args: [{ name: 'name', description: 'Name of the secret' }],
  flags: {},
  examples: [
    { line: 'lodeline secret set warehouse-password', says: 'asks for the value' },
    {
      line: 'openssl rand -hex 16 | lodeline secret set warehouse-password',
      says: 'from a program or file; a line end after it is left out',
    },
  ],
  async run({ name }, deps) {
    if (!NAME.test(name)) throw new LodelineError('OPTION_UNKNOWN', 'names of secrets have letters, digits, dots, dashes and underscores')
    const value = await valueFor(name, deps)
    if (value === '') throw new LodelineError('OPTION_UNKNOWN', 'the value is empty')
    if (SECRET_REFERENCE.test(value))
      throw new LodelineError('OPTION_UNKNOWN', 'this is a reference, not a value: use it in the document as it is')
    const sealed = sealSecret(value, secretKeyOf(deps.env, deps.home))
    const { db } = await deps.catalog()
    const change = await putStoredSecret(db, name, sealed, new Date(deps.now()).toISOString())
    const said = change === 'created' ? 'Kept' : 'Replaced'
    return { code: EXIT.done, text: `${said} the secret ${name}; documents name it as \`secret:${name}\`.`, data: { name, change } }
  },
})

async function valueFor(name: string, { stdin, output }: Deps): Promise<string> {
  const typed = 'isTTY' in stdin && stdin.isTTY === true ? await askHidden(stdin, `Value of ${name}: `, output.note) : await text(stdin)
  return typed.replace(/\r?\n$/, '')
}
