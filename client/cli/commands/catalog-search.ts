import { searchAssets } from '../../../catalog/assets.ts'
import { ASSET_KINDS } from '../../../contracts/assets.ts'
import { pathText } from '../assets.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { requireConnection } from '../lookup.ts'
import { table } from '../table.ts'

export const command = defineCommand({
  summary: 'Find assets by a part of their name',
  args: [{ name: 'text', description: 'Part of a name, whatever its case; a dot stands between two parts' }],
  flags: {
    connection: { type: 'string', value: 'NAME', description: 'Only of this connection' },
    kind: {
      type: 'choice',
      choices: ASSET_KINDS,
      value: 'KIND',
      description: 'Only of this kind; column: what has such a column or field',
    },
    columns: { type: 'boolean', description: 'Also assets that have a column, or a field of a nested one, of such a name' },
    limit: { type: 'number', description: 'At most so many', default: 50, min: 1 },
  },
  examples: [
    { line: 'lodeline catalog search orders', says: 'everything with orders in its name' },
    { line: 'lodeline catalog search email --columns', says: 'also tables with such a column or field' },
  ],
  exits: { 0: 'Shown; also where nothing was found.' },
  async run({ text: wanted, connection, kind, columns, limit }, deps) {
    const catalog = await deps.catalog()
    if (connection !== undefined) await requireConnection(catalog, connection)
    const found = await searchAssets(catalog.db, wanted, {
      columns: kind === 'column' ? 'only' : columns,
      limit,
      ...(connection === undefined ? {} : { connection }),
      ...(kind === undefined || kind === 'column' ? {} : { kinds: [kind] }),
    })
    const data = found.map(({ connection: of, kind: is, path, rank, seenOnly, dropped }) => ({
      connection: of,
      kind: is,
      name: pathText(path),
      path,
      rank,
      seenOnly,
      dropped,
    }))
    if (data.length === 0) {
      const where = kind === 'column' ? 'in the name of a column' : columns ? 'in its name or that of a column' : 'in its name'
      const more = columns || kind !== undefined ? '' : ' `--columns` looks at the names of columns too.'
      return { code: EXIT.done, text: `No asset has \`${wanted}\` ${where}.${more}`, data }
    }
    const rows = data.map((asset) => [
      asset.name,
      asset.kind,
      asset.connection,
      asset.dropped ? 'dropped' : asset.seenOnly ? 'seen in queries only' : asset.rank,
    ])
    return { code: EXIT.done, text: table(deps.output, ['ASSET', 'KIND', 'CONNECTION', 'KNOWN FROM'], rows), data }
  },
})
