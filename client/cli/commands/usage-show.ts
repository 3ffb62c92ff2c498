import type { AssetHead } from '../../../catalog/assets.ts'
import { joinedOn, readsThroughViews, readTogether } from '../../../catalog/metadata/read-ways.ts'
import type { Db } from '../../../catalog/transaction.ts'
import { assetUsage, type DayUsage, type UserReads } from '../../../catalog/usage.ts'
import { placeUsage } from '../../../catalog/usage-places.ts'
import { isPlace, pathText, requireAsset } from '../assets.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { bytesText, type Cell, facts, number, table, time } from '../table.ts'

const MOST = 10

interface Shown {
  /** Null: nobody has read it. */
  readonly parts: readonly string[] | null
  readonly data: object
}

export const command = defineCommand({
  summary: 'Who uses one asset, when',
  description:
    'Of a table or view: users, days, columns, what it is joined with and on which columns, queries. Of a schema or database: users, days and tables. Bytes and cost are those of the SELECTs that read it, each whole.',
  args: [{ name: 'asset', description: 'Its name, or an end of it that is unique; a column may follow' }],
  flags: { connection: { type: 'string', value: 'NAME', description: 'Where several connections have such an asset' } },
  examples: [
    { line: 'lodeline usage show SHOP.MART.DAILY_REVENUE', says: 'users, days, columns, joins and queries' },
    { line: 'lodeline usage show SHOP.MART', says: 'of all tables in it' },
  ],
  async run({ asset: name, connection }, deps) {
    const catalog = await deps.catalog()
    const { asset, column } = await requireAsset(catalog, name, connection)
    const { output } = deps
    if (column !== null) return { code: EXIT.done, ...(await ofColumn(catalog.db, asset, column, output)) }
    const { parts, data } = await (isPlace(asset) ? ofPlace : ofTable)(catalog.db, asset, output)
    const head = `${output.paint.bold(pathText(asset.path))}  ${asset.kind} of ${asset.connection}`
    const text = [head, ...(parts ?? ['Nobody has read it, as far as is known.'])].join('\n')
    return { code: EXIT.done, text, data: { asset: pathText(asset.path), connection: asset.connection, ...data } }
  },
})

async function ofColumn(db: Db, asset: AssetHead, column: string, output: Output) {
  const key = column.toLowerCase()
  const { columns } = await assetUsage(db, asset.id)
  const { reads = 0, users = 0, score = 0 } = columns.find((each) => each.column.toLowerCase() === key) ?? {}
  const joins = (await joinedOn(db, asset.id))
    .filter((join) => join.column.toLowerCase() === key)
    .map(({ other, ...join }) => ({ ...join, other: pathText(other) }))
  const name = `${pathText(asset.path)}.${column}`
  const rows = joins.slice(0, MOST).map(({ other, otherColumn, times }) => [`${other}.${otherColumn}`, times])
  const parts = [
    `${output.paint.bold(name)}  column of ${asset.connection}`,
    reads === 0
      ? 'Nobody has read it, as far as is known.'
      : facts(output, [
          ['reads', reads],
          ['users', users],
        ]),
    ...section(output, ['JOINED WITH', 'TIMES'], rows),
  ]
  const data = { asset: pathText(asset.path), connection: asset.connection, column, reads, users, score, joins }
  return { text: parts.join('\n'), data }
}

async function ofPlace(db: Db, { id }: AssetHead, output: Output): Promise<Shown> {
  const usage = await placeUsage(db, id)
  const tables = usage.tables.map(({ asset, ...counts }) => ({ asset: pathText(asset.path), ...counts }))
  const data = { ...usage, tables }
  if (usage.reads + usage.writeReads === 0) return { parts: null, data }
  const rows = tables.slice(0, MOST).map(({ asset, reads, writeReads }) => [asset, reads, writeReads])
  return {
    parts: [facts(output, readFacts(usage)), ...usersAndDays(output, usage), ...section(output, ['TABLE', 'READS', 'BY JOBS'], rows)],
    data,
  }
}

async function ofTable(db: Db, { id }: AssetHead, output: Output): Promise<Shown> {
  const usage = await assetUsage(db, id)
  const throughViews = (await readsThroughViews(db, id)).map(({ view, reads }) => ({ view: pathText(view), reads }))
  const indirectReads = throughViews.reduce((sum, { reads }) => sum + reads, 0)
  const together = (await readTogether(db, id)).map(({ asset: { path }, times }) => ({ asset: pathText(path), times }))
  const joins = (await joinedOn(db, id)).map(({ other, ...join }) => ({ ...join, other: pathText(other) }))
  const data = { ...usage, indirectReads, throughViews, together, joins }
  if (usage.reads + usage.writeReads + indirectReads === 0) return { parts: null, data }
  const views = throughViews.slice(0, 3).map(({ view }) => view)
  const parts = [
    facts(output, [
      ...readFacts(usage),
      ['read through views', indirectReads === 0 ? undefined : `${indirectReads} (${views.join(', ')})`],
    ]),
    ...usersAndDays(output, usage),
    ...section(
      output,
      ['COLUMN', 'READS', 'USERS'],
      byReads(usage.columns).map(({ column, reads, users }) => [column, reads, users]),
    ),
    ...section(
      output,
      ['JOINED ON', 'WITH', 'TIMES'],
      joins.slice(0, MOST).map(({ column, other, otherColumn, times }) => [column, `${other}.${otherColumn}`, times]),
    ),
    ...section(
      output,
      ['READ TOGETHER WITH', 'TIMES'],
      together.map(({ asset, times }) => [asset, times]),
    ),
    ...section(
      output,
      ['EXECUTIONS', 'USERS', 'SCANNED', 'COST', 'QUERY'],
      usage.queries.map(({ executions, users, bytes, cost, sql }) => [
        executions,
        users,
        bytesText(bytes),
        cost,
        sql.replaceAll(/\s+/g, ' ').slice(0, 100),
      ]),
    ),
  ]
  return { parts, data }
}

interface Totals {
  readonly reads: number
  readonly writeReads: number
  readonly bytes: number
  readonly cost: number
  readonly lastReadAt: string | null
}

function readFacts({ reads, writeReads, bytes, cost, lastReadAt }: Totals): readonly (readonly [string, Cell])[] {
  return [
    ['reads', reads],
    ['read by jobs', writeReads],
    ['last read', time(lastReadAt)],
    ['scanned', bytesText(bytes)],
    ['cost', cost === 0 ? '' : number(cost)],
  ]
}

function usersAndDays(
  output: Output,
  { users, days }: { readonly users: readonly UserReads[]; readonly days: readonly DayUsage[] },
): readonly string[] {
  return [
    ...section(
      output,
      ['USER', 'READS', 'BY JOBS'],
      byReads(users).map(({ user, reads, writeReads }) => [user === '' ? '(unknown)' : user, reads, writeReads]),
    ),
    ...section(
      output,
      ['DAY (UTC)', 'READS', 'BY JOBS', 'SCANNED', 'COST'],
      days
        .slice(-MOST)
        .map(({ day, reads, writeReads, bytes, cost }) => [day === '' ? '(unknown)' : day, reads, writeReads, bytesText(bytes), cost]),
    ),
  ]
}

function byReads<Row extends { readonly reads: number }>(rows: readonly Row[]): readonly Row[] {
  return [...rows].sort((a, b) => b.reads - a.reads).slice(0, MOST)
}

/** A table with a line before it; nothing where it would be empty. */
function section(output: Output, head: readonly string[], rows: readonly (readonly Cell[])[]): readonly string[] {
  return rows.length === 0 ? [] : [`\n${table(output, head, rows)}`]
}
