import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { cliMarkdown, configurationMarkdown, errorsMarkdown } from '../../client/cli/documentation.ts'
import { ERRORS } from '../../contracts/errors.ts'
import { describeConfig } from '../../worker/config.ts'
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
