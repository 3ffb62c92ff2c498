import { existsSync } from 'node:fs'
import { symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { makeFolder } from '../../../catalog/make-folder.ts'
import { LodelineError } from '../../../contracts/errors.ts'
import { PACKAGE_ROOT } from '../../../deploy/home.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { pluginFiles } from '../plugin-template.ts'

const NAME = /^[a-z][a-z0-9-]{0,39}$/

export const command = defineCommand({
  summary: 'Write a connector to start from, with data, a pipeline and a test',
  description:
    'It works as it is: a folder with two JSON files is its source. It lands in the plugins folder of the home, where workers find it. docs/writing-a-connector.md goes through it.',
  args: [{ name: 'name', description: 'Name of the connector: small letters, digits and dashes' }],
  flags: { folder: { type: 'string', value: 'DIR', description: 'Where to write it, instead of the plugins folder of the home' } },
  examples: [{ line: 'lodeline plugin new library', says: 'then run the test that it names' }],
  async run({ name, folder }, deps) {
    if (!NAME.test(name))
      throw new LodelineError('OPTION_UNKNOWN', `\`${name}\` is no name for a connector: small letters, digits and dashes`)
    const place = folder === undefined ? join(deps.home, 'plugins', name) : resolve(deps.cwd, folder)
    if (existsSync(place)) throw new LodelineError('OPTION_UNKNOWN', `${place} is there already`)
    const files = pluginFiles(name, place)
    for (const [file, text] of Object.entries(files)) {
      makeFolder(dirname(join(place, file)))
      await writeFile(join(place, file), text)
    }
    await lendPackages(place)
    const shown = relative(deps.cwd, place).startsWith('..') ? place : relative(deps.cwd, place)
    const text = [
      `Wrote ${shown}: ${Object.keys(files).join(', ')}.`,
      `\`lodeline plugin check ${name}\` holds it against the contract, \`node --test ${shown}/plugin.test.ts\` runs its test,`,
      `\`lodeline apply -f ${shown}/example/pipelines.yaml\` and \`lodeline pipeline run ${name}-metadata --wait\` ingest its example.`,
    ]
    return { code: EXIT.done, text: text.join('\n'), data: { name, folder: place, files: Object.keys(files) } }
  },
})

/** The worker lends a plugin what it imports; its own test and an editor find it here, where the folder lies outside of any installation. */
async function lendPackages(place: string): Promise<void> {
  const zod = dirname(createRequire(join(PACKAGE_ROOT, 'package.json')).resolve('zod/package.json'))
  const own = createRequire(join(place, 'plugin.ts'))
  for (const [name, target] of Object.entries({ lodeline: PACKAGE_ROOT, zod })) {
    if (isFound(own, name === 'lodeline' ? 'lodeline/plugin' : name)) continue
    makeFolder(join(place, 'node_modules'))
    await symlink(target, join(place, 'node_modules', name), 'dir')
  }
}

function isFound(from: NodeJS.Require, name: string): boolean {
  try {
    from.resolve(name)
    return true
  } catch {
    return false
  }
}
