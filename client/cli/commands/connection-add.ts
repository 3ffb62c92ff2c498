import { LodelineError } from '../../../contracts/errors.ts'
import { readDocuments } from '../../documents/read.ts'
import { applyRead } from '../apply-documents.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'

export const command = defineCommand({
  summary: 'Add or change one connection',
  description:
    'The same as a connection in a document of `lodeline apply`. Values of --set are read as JSON where they are JSON, else as text.',
  args: [{ name: 'name', description: 'Name of the connection' }],
  flags: {
    connector: { type: 'string', value: 'NAME', description: 'Kind of the source, e.g. snowflake', required: true },
    set: { type: 'strings', value: 'KEY=VALUE', description: 'One setting of the connector; dots nest; may be repeated' },
    credential: {
      type: 'strings',
      value: 'KEY=REFERENCE',
      description: 'One credential, as env:NAME, file:/path and the like; may be repeated',
    },
    description: { type: 'string', value: 'TEXT', description: 'What it is' },
  },
  examples: [
    {
      line: 'lodeline connection add shop --connector snowflake --set defaultDatabase=SHOP',
      says: 'names of this source complete with SHOP',
    },
    { line: 'lodeline connection add lake --connector hive --set host=metastore.example', says: 'a Hive warehouse' },
  ],
  exits: { 0: 'Added, changed, or the same as before.', 2: 'The connector or a setting is not known; the nearest is named.' },
  async run(given, deps) {
    const config = nested(given.set)
    const credentials = Object.fromEntries(given.credential.map(pair))
    const document = {
      name: given.name,
      connector: given.connector,
      ...(given.description === undefined ? {} : { description: given.description }),
      config,
      ...(given.credential.length === 0 ? {} : { credentials }),
    }
    const read = readDocuments('command line', JSON.stringify({ connections: [document] }))
    const changes = await applyRead(read, { manager: 'command line', prune: false, dryRun: false }, deps)
    const change = changes[0]?.change ?? 'same'
    const said = { create: 'Added', change: 'Changed', same: 'Unchanged:', remove: 'Removed' }[change]
    return {
      code: EXIT.done,
      text: `${said} connection ${given.name}. \`lodeline connection check ${given.name}\` tests it.`,
      data: { name: given.name, change },
    }
  },
})

function pair(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new LodelineError('OPTION_UNKNOWN', `\`${text}\` is no KEY=VALUE`, { value: text })
  return [text.slice(0, at), text.slice(at + 1)]
}

function nested(settings: readonly string[]): Readonly<Record<string, unknown>> {
  const root: Record<string, unknown> = {}
  for (const [path, value] of settings.map(pair)) {
    const steps = path.split('.')
    let at = root
    for (const step of steps.slice(0, -1)) {
      const inner = Object.hasOwn(at, step) ? at[step] : undefined
      const next: Record<string, unknown> = typeof inner === 'object' && inner !== null ? { ...inner } : {}
      Object.defineProperty(at, step, { value: next, enumerable: true, configurable: true, writable: true }) // also for `__proto__`
      at = next
    }
    Object.defineProperty(at, steps.at(-1) ?? '', { value: jsonOrText(value), enumerable: true, configurable: true, writable: true })
  }
  return root
}

function jsonOrText(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
