import { topAssets, topQueries } from '../../../catalog/usage.ts'
import { pathText } from '../assets.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { requireConnection } from '../lookup.ts'
import { table, time } from '../table.ts'

const LONGEST_SQL = 80

export const command = defineCommand({
  summary: 'The most used tables, or the queries that run most, longest or dearest',
  description:
    'Reads are those of SELECTs; reads by statements that write are counted apart and make nothing popular. Tables: over the last 30 days that have usage.',
  args: [],
  flags: {
    of: { type: 'choice', choices: ['tables', 'queries'], value: 'WHAT', description: 'Tables (and views), or queries', default: 'tables' },
    by: {
      type: 'choice',
      choices: ['executions', 'duration', 'cost'],
      value: 'ORDER',
      description: 'Order of queries',
      default: 'executions',
    },
    connection: { type: 'string', value: 'NAME', description: 'Only of this connection' },
    limit: { type: 'number', description: 'At most so many', default: 20, min: 1 },
  },
  examples: [
    { line: 'lodeline usage top', says: 'the most popular tables of all connections' },
    { line: 'lodeline usage top --of queries --by cost --connection shop', says: 'the dearest queries of one' },
  ],
  async run({ of, by, connection, limit }, deps) {
    const catalog = await deps.catalog()
    if (connection !== undefined) await requireConnection(catalog, connection)
    const where = connection === undefined ? {} : { connection }
    const none = { code: EXIT.done, text: 'No usage is known yet; a pipeline that mines a query log brings it.', data: [] }
    if (of === 'queries') {
      const queries = await topQueries(catalog.db, { by, limit, ...where })
      if (queries.length === 0) return none
      const rows = queries.map((query) => [
        query.executions,
        query.users,
        query.averageMs,
        query.cost,
        query.connection,
        oneLine(query.sql),
      ])
      return {
        code: EXIT.done,
        text: table(deps.output, ['EXECUTIONS', 'USERS', 'AVERAGE MS', 'COST', 'CONNECTION', 'QUERY'], rows),
        data: queries,
      }
    }
    const assets = await topAssets(catalog.db, { limit, ...where })
    if (assets.length === 0) return none
    const data = assets.map(({ asset, ...rest }) => ({
      asset: pathText(asset.path),
      kind: asset.kind,
      connection: asset.connection,
      ...rest,
    }))
    const rows = data.map((one) => [
      '▂▄▆█'.slice(0, one.bars).padEnd(4),
      one.asset,
      one.connection,
      one.reads,
      one.users,
      one.writeReads,
      time(one.lastReadAt),
    ])
    return {
      code: EXIT.done,
      text: table(deps.output, ['', 'ASSET', 'CONNECTION', 'READS', 'USERS', 'READ BY JOBS', 'LAST READ (UTC)'], rows),
      data,
    }
  },
})

function oneLine(sql: string): string {
  const line = sql.replaceAll(/\s+/g, ' ')
  return line.length > LONGEST_SQL ? `${line.slice(0, LONGEST_SQL)}…` : line
}
