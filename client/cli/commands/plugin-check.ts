import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { CheckedPart } from '../../../contracts/once.ts'
import { showChecks } from '../checks.ts'
import { defineCommand } from '../command.ts'
import type { Deps } from '../deps.ts'
import { askPlugins } from '../plugin-process.ts'

export const command = defineCommand({
  summary: 'Hold one plugin against the contract',
  description: 'That it loads, takes no name that is taken, and that its settings explain themselves. Its source is not asked anything.',
  args: [{ name: 'plugin', description: 'Its folder, its name in the plugins folder of the home, or an npm package' }],
  flags: {},
  examples: [{ line: 'lodeline plugin check library', says: 'before it is installed anywhere' }],
  exits: { 0: 'It holds.', 3: 'It does not; each step says what to do.' },
  async run({ plugin }, deps) {
    const place = placeOf(plugin, deps)
    return await showChecks(`Plugin ${place}`, askPlugins<CheckedPart>({ action: 'checkPlugin', place }, deps), deps.output)
  },
})

function placeOf(plugin: string, { cwd, home }: Pick<Deps, 'cwd' | 'home'>): string {
  return [resolve(cwd, plugin), join(home, 'plugins', plugin)].find((folder) => existsSync(folder)) ?? plugin
}
