import { topGroups } from '../../../catalog/metadata/groups.ts'
import type { Catalog } from '../../../catalog/open.ts'
import { topAssets, topQueries } from '../../../catalog/usage.ts'
import { topUsers } from '../../../catalog/usage-places.ts'
import { LodelineError } from '../../../contracts/errors.ts'
import { pathText } from '../assets.ts'
import { type CommandResult, defineCommand } from '../command.ts'
import type { Deps } from '../deps.ts'
import { EXIT } from '../exit-codes.ts'
import { requireConnection } from '../lookup.ts'
import { bytesText, table, time } from '../table.ts'

const LONGEST_SQL = 80

const ORDERS = ['popularity', 'reads', 'executions', 'duration', 'bytes', 'cost'] as const
type Order = (typeof ORDERS)[number]

interface Asked {
  readonly catalog: Catalog
  readonly output: Deps['output']
  readonly by: Order
  readonly where: { readonly connection?: string; readonly limit: number }
}

/** What can be listed, by which orders (the first is the one unless said), and how. */
const LISTS: Readonly<
  Record<
    string,
    { readonly orders: readonly Order[]; show(asked: Asked): Promise<{ readonly text: string; readonly data: readonly unknown[] }> }
  >
> = {
  tables: { orders: ['popularity', 'reads', 'bytes', 'cost'], show: tables },
  queries: { orders: ['executions', 'duration', 'bytes', 'cost'], show: queries },
  workgroups: { orders: ['executions', 'bytes', 'cost'], show: workgroups },
  users: { orders: ['executions'], show: users },
}

const NO_USAGE = 'No usage is known yet; a pipeline that mines a query log brings it.'
const NOTHING: Readonly<Record<string, string>> = {
  workgroups: 'No history of workgroups is known yet; a usage or lineage pipeline of Athena reads it.',
  users: "No user is known: Athena's own history names none; a query log in S3 can.",
}

export const command = defineCommand({
  summary: 'The most used tables, the queries that run most, longest or dearest, workgroups, users',
  description:
    'Reads are those of SELECTs; reads by statements that write are counted apart and make nothing popular. Tables: over the last 30 days that have usage. Bytes and cost of a table are those of the SELECTs that read it, each whole.',
  args: [],
  flags: {
    of: {
      type: 'choice',
      choices: ['tables', 'queries', 'workgroups', 'users'],
      value: 'WHAT',
      description: 'Tables (and views), queries, workgroups of a history, or users',
      default: 'tables',
    },
    by: {
      type: 'choice',
      choices: ORDERS,
      value: 'ORDER',
      description:
        'Order: popularity, reads, bytes, cost of tables; executions, duration, bytes, cost of queries; executions, bytes, cost of workgroups',
    },
    connection: { type: 'string', value: 'NAME', description: 'Only of this connection' },
    limit: { type: 'number', description: 'At most so many', default: 20, min: 1 },
  },
  examples: [
    { line: 'lodeline usage top', says: 'the most popular tables of all connections' },
    { line: 'lodeline usage top --of queries --by cost --connection snowflake', says: 'the dearest queries of one' },
    { line: 'lodeline usage top --of workgroups --by bytes', says: 'which workgroups scan most; `--json` by day' },
  ],
  async run({ of, by, connection, limit }, deps): Promise<CommandResult> {
    const catalog = await deps.catalog()
    if (connection !== undefined) await requireConnection(catalog, connection)
    const list = LISTS[of]
    const order = by ?? list?.orders[0]
    if (list === undefined || order === undefined || !list.orders.includes(order))
      throw new LodelineError('OPTION_UNKNOWN', `--of ${of} cannot be put in order by ${by}; there is ${list?.orders.join(', ')}`, {
        of,
        by: by ?? '',
      })
    const where = { limit, ...(connection === undefined ? {} : { connection }) }
    const { text, data } = await list.show({ catalog, output: deps.output, by: order, where })
    return { code: EXIT.done, text: data.length === 0 ? (NOTHING[of] ?? NO_USAGE) : text, data }
  },
})

async function tables({ catalog, output, by, where }: Asked) {
  const order = by === 'reads' || by === 'bytes' || by === 'cost' ? by : 'popularity'
  const assets = await topAssets(catalog.db, { by: order, ...where })
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
    bytesText(one.bytes),
    one.cost,
    time(one.lastReadAt),
  ])
  const head = ['', 'ASSET', 'CONNECTION', 'READS', 'USERS', 'READ BY JOBS', 'SCANNED', 'COST', 'LAST READ (UTC)']
  return { text: table(output, head, rows), data }
}

async function queries({ catalog, output, by, where }: Asked) {
  const order = by === 'duration' || by === 'bytes' || by === 'cost' ? by : 'executions'
  const data = await topQueries(catalog.db, { by: order, ...where })
  const rows = data.map((query) => [
    query.executions,
    query.users,
    query.averageMs,
    bytesText(query.bytes),
    query.cost,
    query.connection,
    oneLine(query.sql),
  ])
  return { text: table(output, ['EXECUTIONS', 'USERS', 'AVERAGE MS', 'SCANNED', 'COST', 'CONNECTION', 'QUERY'], rows), data }
}

async function workgroups({ catalog, output, by, where }: Asked) {
  const data = await topGroups(catalog.db, { by: by === 'bytes' || by === 'cost' ? by : 'executions', ...where })
  const rows = data.map(({ group, connection, executions, failed, bytes, cost, days }) => [
    group === '' ? '(unknown)' : group,
    connection,
    executions,
    failed,
    bytesText(bytes),
    cost,
    days[0]?.day ?? '',
    days.at(-1)?.day ?? '',
  ])
  return { text: table(output, ['WORKGROUP', 'CONNECTION', 'EXECUTIONS', 'FAILED', 'SCANNED', 'COST', 'FROM', 'TO'], rows), data }
}

async function users({ catalog, output, where }: Asked) {
  const data = await topUsers(catalog.db, where)
  const rows = data.map(({ user, connection, executions, queries: different }) => [user, connection, executions, different])
  return { text: table(output, ['USER', 'CONNECTION', 'EXECUTIONS', 'DIFFERENT QUERIES'], rows), data }
}

function oneLine(sql: string): string {
  const line = sql.replaceAll(/\s+/g, ' ')
  return line.length > LONGEST_SQL ? `${line.slice(0, LONGEST_SQL)}…` : line
}
