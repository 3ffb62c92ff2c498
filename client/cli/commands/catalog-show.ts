import { assetDetails } from '../../../catalog/assets.ts'
import { LodelineError } from '../../../contracts/errors.ts'
import { pathText, requireAsset } from '../assets.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { facts, table, time } from '../table.ts'

export const command = defineCommand({
  summary: 'Show one asset with its columns',
  args: [{ name: 'asset', description: 'Its name, or an end of it that is unique' }],
  flags: { connection: { type: 'string', value: 'NAME', description: 'Where several connections have such an asset' } },
  examples: [{ line: 'lodeline catalog show shop.public.orders', says: 'columns, types and where they are known from' }],
  async run({ asset: name, connection }, deps) {
    const catalog = await deps.catalog()
    const { asset } = await requireAsset(catalog, name, connection)
    const details = await assetDetails(catalog.db, asset.id)
    if (details === null) throw new LodelineError('ASSET_UNKNOWN', `there is no asset \`${name}\` any more`, { name })
    const { paint } = deps.output
    const head = `${paint.bold(pathText(details.path))}  ${details.kind} of ${details.connection}`
    const known = facts(deps.output, [
      ['known from', details.dropped ? `${details.rank}, dropped since` : details.seenOnly ? 'queries only' : details.rank],
      ['comment', details.comment],
      ['owner', details.owner],
      ['location', details.location],
      ['tags', details.tags.join(', ')],
      ['changed', time(details.changedAt)],
    ])
    const rows = details.columns.map(({ name: column, type, nullable, comment, partitionKey }) => [
      column,
      type,
      nullable === undefined ? '' : nullable ? 'yes' : 'no',
      [partitionKey === true ? 'partition key' : '', comment ?? ''].filter((part) => part !== '').join('; '),
    ])
    const columns =
      rows.length === 0
        ? paint.dim('No columns are known; `lodeline catalog import` or a crawl brings them.')
        : table(deps.output, ['COLUMN', 'TYPE', 'NULLABLE', 'NOTE'], rows)
    return { code: EXIT.done, text: `${head}\n${known}\n\n${columns}`, data: { ...details, name: pathText(details.path) } }
  },
})
