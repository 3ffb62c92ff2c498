import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { cliMarkdown, configurationMarkdown, errorsMarkdown } from '../../client/cli/documentation.ts'
import { settingsMarkdown } from '../../client/cli/settings-page.ts'
import { ERRORS } from '../../contracts/errors.ts'
import { describeConfig } from '../../worker/config.ts'
import { configuredThings } from '../../worker/once/plugins.ts'
import { loadPlugins } from '../../worker/registry.ts'
import { ROOT } from '../support/cli.ts'

const page = (name: string) => readFileSync(join(ROOT, 'docs', name), 'utf8')

test('docs/errors.md has every code of the table and no other', () => {
  const documented = [...page('errors.md').matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, code]) => code)
  expect(documented).toEqual(Object.keys(ERRORS).sort())
  expect(page('errors.md')).toBe(errorsMarkdown())
})

test('docs/cli.md and docs/configuration.md are what the program says (`npm run docs` writes them)', async () => {
  expect(page('cli.md')).toBe(await cliMarkdown())
  expect(page('configuration.md')).toBe(configurationMarkdown(describeConfig({ env: {}, args: [], root: ROOT })))
})

test('docs/connectors/settings.md has every setting of every plugin (`npm run docs` writes it)', async () => {
  const registry = await loadPlugins({ folders: [join(ROOT, 'plugins')], named: [], builtIn: new Set(), cwd: ROOT })
  expect(registry.problems).toEqual([])
  expect(page('connectors/settings.md')).toBe(settingsMarkdown(configuredThings(registry)))
})
