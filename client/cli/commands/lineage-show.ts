import type { AssetHead } from '../../../catalog/assets.ts'
import { type LineageGraph as CatalogGraph, lineageOf } from '../../../catalog/lineage.ts'
import { LodelineError } from '../../../contracts/errors.ts'
import { dot } from '../../lineage/dot.ts'
import { graphOf } from '../../lineage/from-catalog.ts'
import { mermaid } from '../../lineage/mermaid.ts'
import { tree } from '../../lineage/tree.ts'
import { isPlace, pathText, requireAsset } from '../assets.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import type { Paint } from '../paint.ts'

const DEPTH = 3

export const command = defineCommand({
  summary: 'Show where an asset comes from and goes to',
  description:
    'Upstream and downstream unless one of them is asked for. Names are those of the catalog; an end of a name does where it is unique, and a column may follow.',
  args: [{ name: 'asset', description: 'Table, view or column: shop.public.orders, orders, orders.amount' }],
  flags: {
    upstream: { type: 'boolean', description: 'Only what it is made from' },
    downstream: { type: 'boolean', description: 'Only what is made from it' },
    columns: { type: 'boolean', description: 'Columns, not only tables; on its own where the asset is a column' },
    control: { type: 'boolean', description: 'With --columns: also columns that only filter, join, group or sort' },
    depth: { type: 'number', description: 'Steps away from the asset', default: DEPTH, min: 1 },
    format: {
      type: 'choice',
      choices: ['tree', 'json', 'mermaid', 'dot'],
      value: 'FORMAT',
      description: 'How it is drawn',
      default: 'tree',
    },
    connection: { type: 'string', value: 'NAME', description: 'Where several connections have such an asset' },
  },
  examples: [
    { line: 'lodeline lineage show SHOP.MART.DAILY_REVENUE --columns', says: 'where each of its columns comes from and goes to' },
    {
      line: 'lodeline lineage show orders.amount --connection snowflake --downstream --depth 10',
      says: 'everything that depends on one column',
    },
    { line: 'lodeline lineage show SHOP.MART.DAILY_REVENUE --format mermaid > revenue.mmd', says: 'a picture' },
  ],
  async run(given, deps) {
    const catalog = await deps.catalog()
    const { asset, column } = await requireAsset(catalog, given.asset, given.connection)
    if (isPlace(asset))
      throw new LodelineError(
        'ASSET_UNKNOWN',
        `${pathText(asset.path)} is a ${asset.kind}, which has no lineage of its own: name a table or view in it, as \`lodeline catalog show ${pathText(asset.path)}\` lists them`,
        { name: given.asset },
      )
    const columns = given.columns || column !== null
    const directions =
      given.upstream === given.downstream
        ? (['upstream', 'downstream'] as const)
        : given.upstream
          ? (['upstream'] as const)
          : (['downstream'] as const)
    const query = { depth: given.depth, columns, control: given.control, ...(column === null ? {} : { column }) }
    const found = await Promise.all(
      directions.map(async (direction) => ({ direction, graph: await lineageOf(catalog.db, asset.id, { ...query, direction }) })),
    )
    const whole = graphOf(
      found.map(({ graph }) => graph),
      columns,
    )
    const data = {
      asset: pathText(asset.path),
      connection: asset.connection,
      ...(column === null ? {} : { column }),
      depth: given.depth,
      ...dataOf(found.map(({ graph }) => graph)),
    }
    if (given.format === 'json') return { code: EXIT.done, text: JSON.stringify(data, null, 2), data }
    if (given.format === 'mermaid') return { code: EXIT.done, text: mermaid(whole), data }
    if (given.format === 'dot') return { code: EXIT.done, text: dot(whole), data }
    const { paint } = deps.output
    const parts = found.map(({ direction, graph }) => {
      const options = { direction, depth: given.depth, columns, ...(column === null ? {} : { column }) }
      const lines = tree(graphOf([graph], columns), asset.id, options, paint)
      return [
        paint.dim(direction === 'upstream' ? 'comes from' : 'goes to'),
        ...(lines.length === 0 ? ['   nothing that is known'] : lines),
        ...(graph.truncated ? [paint.yellow('   … cut off: too much to show; --depth lowers it')] : []),
      ].join('\n')
    })
    return { code: EXIT.done, text: [title(asset, column, paint), ...parts].join('\n'), data }
  },
})

function title({ path, kind, connection, dropped }: AssetHead, column: string | null, paint: Paint): string {
  return `${paint.bold(pathText(path))}${column === null ? '' : paint.bold(`.${column}`)}  ${paint.dim(`${column === null ? kind : 'column'} of ${connection}${dropped ? ', dropped' : ''}`)}`
}

/** Names instead of ids: what other programs want. */
function dataOf(graphs: readonly CatalogGraph[]) {
  const assets = new Map(graphs.flatMap((graph) => [...graph.assets]))
  const distance = new Map<string, number>()
  for (const { distances } of graphs) for (const [id, steps] of distances) distance.set(id, steps)
  const name = (id: string) => pathText(assets.get(id)?.path ?? [id])
  const edges = new Map(graphs.flatMap(({ edges: some }) => some.map((edge) => [JSON.stringify(edge), edge])))
  return {
    assets: [...assets.values()].map(({ id, path, kind, dropped, seenOnly }) => ({
      name: pathText(path),
      path,
      kind,
      dropped,
      seenOnly,
      distance: distance.get(id) ?? 0,
    })),
    edges: [...edges.values()].map(
      ({ level, source, sourceColumn, sourcePaths, target, targetColumn, kind, confidence, processes, process }) => ({
        level,
        source: name(source),
        ...(sourceColumn === '' ? {} : { sourceColumn }),
        ...(sourcePaths === undefined ? {} : { sourcePaths }),
        target: name(target),
        ...(targetColumn === '' ? {} : { targetColumn }),
        kind,
        confidence,
        processes,
        process,
      }),
    ),
    truncated: graphs.some(({ truncated }) => truncated),
  }
}
