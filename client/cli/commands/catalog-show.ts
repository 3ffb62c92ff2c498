import { type AssetDetails, assetDetails, childrenOf } from '../../../catalog/assets.ts'
import { inheritedTags } from '../../../catalog/inherited-tags.ts'
import { type NestedField, nestedFields } from '../../../catalog/nested-fields.ts'
import type { Db } from '../../../catalog/transaction.ts'
import type { AssetColumn } from '../../../contracts/assets.ts'
import { LodelineError } from '../../../contracts/errors.ts'
import { isPlace, pathText, requireAsset } from '../assets.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { type Cell, facts, table, time } from '../table.ts'

/** A nested type is told field by field below its column. */
const LONGEST_TYPE = 40
const MOST_INSIDE = 100

export const command = defineCommand({
  summary: 'Show one asset with its columns or what is in it, or one column or field of it',
  description:
    'Fields of structs, arrays and maps stand below their column (`address.geo.lat`); arrays are passed through, maps have `key` and `value`.',
  args: [{ name: 'asset', description: 'Its name, or an end of it that is unique; a column or field may follow' }],
  flags: { connection: { type: 'string', value: 'NAME', description: 'Where several connections have such an asset' } },
  examples: [
    { line: 'lodeline catalog show SHOP.RAW.ORDERS', says: 'columns, types and where they are known from' },
    { line: 'lodeline catalog show orders.address.geo.lat', says: 'one field of a nested column' },
  ],
  async run({ asset: name, connection }, deps) {
    const catalog = await deps.catalog()
    const { asset, column, field } = await requireAsset(catalog, name, connection)
    const details = await assetDetails(catalog.db, asset.id)
    if (details === null) throw new LodelineError('ASSET_UNKNOWN', `there is no asset \`${name}\` any more`, { name })
    const one = details.columns.find((each) => each.name === column)
    if (one !== undefined) return { code: EXIT.done, ...columnShown(details, one, field, deps.output) }
    const inherited = await inheritedTags(catalog.db, details)
    const { paint } = deps.output
    const head = `${paint.bold(pathText(details.path))}  ${details.kind} of ${details.connection}`
    const known = facts(deps.output, [
      ['known from', details.dropped ? `${details.rank}, dropped since` : details.seenOnly ? 'queries only' : details.rank],
      ['comment', details.comment],
      ['owner', details.owner],
      ['type', details.properties.tableType],
      ['format', details.properties.format],
      ['partitions', details.properties.partitions],
      ['location', details.location],
      ['tags', details.tags.join(', ')],
      ['tags from above', inherited.join(', ')],
      ['created', time(details.sourceCreatedAt)],
      ['updated', time(details.sourceUpdatedAt)],
      ['changed', time(details.changedAt)],
    ])
    if (isPlace(details)) {
      const inside = await insideOf(catalog.db, details, deps.output)
      const data = { ...details, inheritedTags: inherited, name: pathText(details.path), ...inside.data }
      return { code: EXIT.done, text: `${head}\n${known}\n\n${inside.text}`, data }
    }
    const rows = details.columns.flatMap(columnRows)
    const columns =
      rows.length === 0
        ? paint.dim('No columns are known; `lodeline catalog import` or a crawl brings them.')
        : table(deps.output, ['COLUMN', 'TYPE', 'NULLABLE', 'NOTE'], rows)
    const data = { ...details, inheritedTags: inherited, columns: details.columns.map(withFields), name: pathText(details.path) }
    const query = details.viewSql === undefined ? '' : `\n\n${paint.dim('sql')}\n${details.viewSql}`
    return { code: EXIT.done, text: `${head}\n${known}\n\n${columns}${query}`, data }
  },
})

/** What a database or schema has in it. */
async function insideOf(db: Db, { id, path }: AssetDetails, output: Output) {
  const { assets, total } = await childrenOf(db, id, MOST_INSIDE)
  const assetsInside = assets.map((asset) => ({ name: pathText(asset.path), kind: asset.kind, dropped: asset.dropped, rank: asset.rank }))
  const rows = assets.map((asset) => [asset.path.at(-1), asset.kind, asset.dropped ? `${asset.rank}, dropped` : asset.rank])
  const more =
    total > rows.length ? `\n${output.paint.dim(`and ${total - rows.length} more: lodeline catalog search ${pathText(path)}.`)}` : ''
  const text =
    rows.length === 0 ? output.paint.dim('Nothing is known in it.') : `${table(output, ['IN IT', 'KIND', 'KNOWN FROM'], rows)}${more}`
  return { text, data: { assets: assetsInside, assetsInAll: total } }
}

type ColumnWithFields = AssetColumn & { readonly fields?: readonly NestedField[] }

function withFields(column: AssetColumn): ColumnWithFields {
  const fields = nestedFields(column)
  return fields.length === 0 ? column : { ...column, fields }
}

function columnRows(column: AssetColumn): readonly (readonly Cell[])[] {
  const { name, type = '', nullable, comment = '', partitionKey, tags = [] } = column
  const fields = nestedFields(column)
  const note = [partitionKey === true ? 'partition key' : '', comment, tags.join(', ')].filter((part) => part !== '').join('; ')
  const isNullable = nullable === undefined ? '' : nullable ? 'yes' : 'no'
  return [
    [name, shortType(type, fields.length > 0), isNullable, note],
    ...fields.map((field) => [`${'  '.repeat(field.path.length - 1)}${field.name}`, shortType(field.type, true), '', field.comment ?? '']),
  ]
}

function shortType(type: string, isTold: boolean): string {
  return isTold && type.length > LONGEST_TYPE ? `${type.slice(0, LONGEST_TYPE - 1)}…` : type
}

function columnShown({ path, connection }: AssetDetails, column: AssetColumn, field: NestedField | null, output: Output) {
  const shown = field ?? { ...column, name: column.name, parent: '' }
  const below = nestedFields(column).filter((one) => field === null || one.name.startsWith(`${field.name}.`))
  const head = `${output.paint.bold(`${pathText(path)}.${shown.name}`)}  ${field === null ? 'column' : 'field'} of ${connection}`
  const known = facts(output, [
    ['type', shown.type],
    ['parent', shown.parent],
    ['ordinal', shown.ordinal],
    ['comment', shown.comment],
    ['partition key', field === null && column.partitionKey === true ? 'yes' : ''],
    ['tags', field === null ? column.tags?.join(', ') : ''],
  ])
  const rows = below.map((one) => [one.name, shortType(one.type, true), one.comment ?? ''])
  const fields = rows.length === 0 ? '' : `\n\n${table(output, ['FIELD', 'TYPE', 'NOTE'], rows)}`
  const data = { asset: pathText(path), connection, ...(field === null ? withFields(column) : { ...field, fields: below }) }
  return { text: `${head}\n${known}${fields}`, data }
}
