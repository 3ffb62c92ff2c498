// `npm run docs`: writes the pages that are made from the program itself. With --check it compares, and exits with 1 where a page is old.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { cliMarkdown, configurationMarkdown, errorsMarkdown } from '../client/cli/documentation.ts'
import { settingsMarkdown } from '../client/cli/settings-page.ts'
import { describeConfig } from '../worker/config.ts'
import { configuredThings } from '../worker/once/plugins.ts'
import { loadPlugins } from '../worker/registry.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const builtIn = await loadPlugins({ folders: [`${root}plugins`], named: [], builtIn: new Set(), cwd: root })
const pages = {
  'cli.md': await cliMarkdown(),
  'configuration.md': configurationMarkdown(describeConfig({ env: {}, args: [], root })),
  'errors.md': errorsMarkdown(),
  'connectors/settings.md': settingsMarkdown(configuredThings(builtIn)),
}
const page = (name) => `${root}docs/${name}`
for (const [name, text] of Object.entries(pages)) {
  if (!process.argv.includes('--check')) writeFileSync(page(name), text)
  else if (readFileSync(page(name), 'utf8') !== text) {
    console.error(`docs/${name} is not what the program says; \`npm run docs\` writes it anew`)
    process.exitCode = 1
  }
}
