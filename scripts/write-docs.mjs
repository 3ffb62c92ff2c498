// `npm run docs`: writes the pages that are made from the program itself.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { cliMarkdown, errorsMarkdown } from '../client/cli/documentation.ts'

const page = (name) => fileURLToPath(new URL(`../docs/${name}`, import.meta.url))
writeFileSync(page('cli.md'), await cliMarkdown())
writeFileSync(page('errors.md'), errorsMarkdown())
