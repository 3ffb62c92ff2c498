import { exportUsage } from '../../../catalog/usage.ts'
import { pathText } from '../assets.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { requireConnection } from '../lookup.ts'

export const command = defineCommand({
  summary: 'Write out usage by asset, user and day',
  description:
    'NDJSON: {"connection","asset","day","user","reads","writeReads"}; `day` is UTC, empty where the log has no times; `user` is empty where it names none, as Athena does.',
  args: [],
  flags: { connection: { type: 'string', value: 'NAME', description: 'Only of this connection' } },
  examples: [{ line: 'lodeline usage export --connection snowflake > usage.ndjson', says: 'for a program' }],
  async run({ connection }, deps) {
    const catalog = await deps.catalog()
    if (connection !== undefined) await requireConnection(catalog, connection)
    for await (const { asset, ...rest } of exportUsage(catalog.db, connection)) {
      const { connection: of, ...facts } = rest
      await deps.output.write(`${JSON.stringify({ connection: of, asset: pathText(asset), ...facts })}\n`)
      if (deps.signal.aborted) return { code: EXIT.interrupted, text: '' }
    }
    return { code: EXIT.done, text: '' }
  },
})
