import { lineageGaps } from '../../../catalog/metadata/report.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { requireConnection } from '../lookup.ts'
import { table } from '../table.ts'

export const command = defineCommand({
  summary: 'What could not be resolved, and why',
  description:
    'Reasons are the codes of the SQL engine, UNKNOWN_TABLE for tables that queries name and neither a crawl nor an import knows, and VIEW_WITHOUT_TEXT for views whose text a crawl could not read.',
  args: [],
  flags: { connection: { type: 'string', value: 'NAME', description: 'Of which connection', required: true } },
  examples: [{ line: 'lodeline lineage report --connection lake', says: 'reasons, the most frequent first, with samples' }],
  async run({ connection }, deps) {
    const catalog = await deps.catalog()
    await requireConnection(catalog, connection)
    const gaps = await lineageGaps(catalog.db, connection)
    const rows = gaps.flatMap(({ reason, statements, samples }) =>
      samples.map(({ what, process }, index) => [index === 0 ? reason : '', index === 0 ? statements : '', what, process.slice(0, 12)]),
    )
    const text =
      rows.length === 0 ? 'Everything is resolved.' : table(deps.output, ['REASON', 'STATEMENTS', 'FOR EXAMPLE', 'PROCESS'], rows)
    return { code: EXIT.done, text, data: gaps }
  },
})
