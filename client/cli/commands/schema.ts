import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { askPluginsOnce } from '../plugin-process.ts'

export const command = defineCommand({
  summary: 'Print the JSON Schema of documents, for editors',
  description: `What \`lodeline apply\` reads, with the settings of every connector, query log and sink that is installed, plugins included. Editors
complete and check YAML by it: put \`# yaml-language-server: $schema=./lodeline.schema.json\` into its first line.`,
  args: [],
  flags: {},
  examples: [{ line: 'lodeline schema > lodeline.schema.json', says: 'beside the documents; again after a plugin was added' }],
  async run(_given, deps) {
    const schema = await askPluginsOnce<unknown>({ action: 'schema' }, deps)
    return { code: EXIT.done, text: JSON.stringify(schema, null, 2), data: schema }
  },
})
