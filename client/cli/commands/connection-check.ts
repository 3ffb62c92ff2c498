import type { CheckedPart } from '../../../contracts/once.ts'
import { showChecks } from '../checks.ts'
import { defineCommand } from '../command.ts'
import { requireConnection } from '../lookup.ts'
import { askPlugins } from '../plugin-process.ts'

export const command = defineCommand({
  summary: 'Test one connection, step by step',
  description: 'Each step says what was tried, how it went, and what to do about it. Runs here, with the credentials of this machine.',
  args: [{ name: 'name', description: 'Name of the connection' }],
  flags: {},
  examples: [{ line: 'lodeline connection check snowflake', says: 'every step with its outcome' }],
  exits: { 0: 'Every mandatory step passed.', 3: 'A mandatory step failed.' },
  async run({ name }, deps) {
    const { document } = await requireConnection(await deps.catalog(), name)
    return await showChecks(
      `Connection ${name}`,
      askPlugins<CheckedPart>({ action: 'checkConnection', connection: document }, deps),
      deps.output,
    )
  },
})
