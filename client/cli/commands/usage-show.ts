import { readsThroughViews, readTogether } from '../../../catalog/metadata/read-ways.ts'
import { assetUsage } from '../../../catalog/usage.ts'
import { pathText, requireAsset } from '../assets.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { facts, table, time } from '../table.ts'

const MOST = 10

export const command = defineCommand({
  summary: 'Who uses one asset, when',
  args: [{ name: 'asset', description: 'Its name, or an end of it that is unique' }],
  flags: { connection: { type: 'string', value: 'NAME', description: 'Where several connections have such an asset' } },
  examples: [{ line: 'lodeline usage show shop.mart.revenue', says: 'users, days, columns and queries' }],
  async run({ asset: name, connection }, deps) {
    const catalog = await deps.catalog()
    const { asset } = await requireAsset(catalog, name, connection)
    const usage = await assetUsage(catalog.db, asset.id)
    const throughViews = (await readsThroughViews(catalog.db, asset.id)).map(({ view, reads }) => ({ view: pathText(view), reads }))
    const indirectReads = throughViews.reduce((sum, { reads }) => sum + reads, 0)
    const together = (await readTogether(catalog.db, asset.id)).map(({ asset: { path }, times }) => ({ asset: pathText(path), times }))
    const data = { asset: pathText(asset.path), connection: asset.connection, ...usage, indirectReads, throughViews, together }
    const { output } = deps
    const head = `${output.paint.bold(pathText(asset.path))}  ${asset.kind} of ${asset.connection}`
    if (usage.reads + usage.writeReads + indirectReads === 0)
      return { code: EXIT.done, text: `${head}\nNobody has read it, as far as is known.`, data }
    const byReads = <Row extends { readonly reads: number }>(rows: readonly Row[]) =>
      [...rows].sort((a, b) => b.reads - a.reads).slice(0, MOST)
    const parts = [
      head,
      facts(output, [
        ['reads', usage.reads],
        ['read by jobs', usage.writeReads],
        [
          'read through views',
          indirectReads === 0
            ? undefined
            : `${indirectReads} (${throughViews
                .slice(0, 3)
                .map(({ view }) => view)
                .join(', ')})`,
        ],
        ['last read', time(usage.lastReadAt)],
      ]),
      `\n${table(
        output,
        ['USER', 'READS', 'BY JOBS'],
        byReads(usage.users).map(({ user, reads, writeReads }) => [user === '' ? '(unknown)' : user, reads, writeReads]),
      )}`,
      `\n${table(
        output,
        ['DAY (UTC)', 'READS', 'BY JOBS'],
        usage.days.slice(-MOST).map(({ day, reads, writeReads }) => [day === '' ? '(unknown)' : day, reads, writeReads]),
      )}`,
      ...(usage.columns.length === 0
        ? []
        : [
            `\n${table(
              output,
              ['COLUMN', 'READS', 'USERS'],
              byReads(usage.columns).map(({ column, reads, users }) => [column, reads, users]),
            )}`,
          ]),
      ...(together.length === 0
        ? []
        : [
            `\n${table(
              output,
              ['READ TOGETHER WITH', 'TIMES'],
              together.map(({ asset: other, times }) => [other, times]),
            )}`,
          ]),
      ...(usage.queries.length === 0
        ? []
        : [
            `\n${table(
              output,
              ['EXECUTIONS', 'USERS', 'QUERY'],
              usage.queries.map(({ executions, users, sql }) => [executions, users, sql.replaceAll(/\s+/g, ' ').slice(0, 100)]),
            )}`,
          ]),
    ]
    return { code: EXIT.done, text: parts.join('\n'), data }
  },
})
