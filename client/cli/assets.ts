import { type AssetHead, assetsNamed, searchAssets } from '../../catalog/assets.ts'
import type { Catalog } from '../../catalog/open.ts'
import { LodelineError } from '../../contracts/errors.ts'
import { nearest } from '../../contracts/nearest.ts'

/** An asset that the user named, and the column where the name went on to one. */
export interface NamedAsset {
  readonly asset: AssetHead
  readonly column: string | null
}

const CANDIDATES = 5_000
const SHOWN = 8

/** `shop.public.orders`, a shorter end of it, or either with a column; ASSET_UNKNOWN names the nearest, or all that it may be. */
export async function requireAsset(catalog: Catalog, name: string, connection: string | undefined): Promise<NamedAsset> {
  const whole = await assetsNamed(catalog.db, name, connection)
  if (whole.length > 0) return { asset: only(name, whole), column: null }
  const dot = name.lastIndexOf('.')
  if (dot > 0) {
    const owners = await assetsNamed(catalog.db, name.slice(0, dot), connection)
    const holders = owners.filter(({ kind }) => kind !== 'database' && kind !== 'schema') // those hold tables, not columns
    if (holders.length > 0) return await ownerOf(catalog, holders, name, name.slice(dot + 1))
  }
  throw await unknownAsset(catalog, name, connection)
}

async function ownerOf(catalog: Catalog, owners: readonly AssetHead[], name: string, column: string): Promise<NamedAsset> {
  const { columnsOf } = await import('../../catalog/assets.ts')
  const columns = await columnsOf(
    catalog.db,
    owners.map(({ id }) => id),
  )
  const having = owners.flatMap((asset) =>
    (columns.get(asset.id) ?? [])
      .filter((one) => one.name.toLowerCase() === column.toLowerCase())
      .map((one) => ({ asset, column: one.name })),
  )
  const asset = only(name, having.length > 0 ? having.map((one) => one.asset) : owners, name.slice(0, name.lastIndexOf('.')))
  const known = columns.get(asset.id) ?? []
  const found = having.find((one) => one.asset.id === asset.id)?.column
  if (found !== undefined || known.length === 0) return { asset, column: found ?? column }
  const near = nearest(
    column,
    known.map((one) => one.name),
    3,
  )
  throw new LodelineError('ASSET_UNKNOWN', `${pathText(asset.path)} has no column \`${column}\`; did you mean ${quoted(near)}?`, {
    name,
    nearest: near,
  })
}

/** The only one; of several the only one that is written exactly so. */
function only(name: string, found: readonly AssetHead[], written = name): AssetHead {
  const exact = found.filter(({ path }) => pathText(path) === written)
  const [first] = exact.length === 1 ? exact : found
  if (first !== undefined && (found.length === 1 || exact.length === 1)) return first
  const names = found.slice(0, SHOWN).map(({ connection, path }) => `${pathText(path)} (--connection ${connection})`)
  throw new LodelineError(
    'ASSET_UNKNOWN',
    `\`${name}\` may be any of ${found.length} assets: ${names.join(', ')}${found.length > SHOWN ? ', …' : ''}`,
    { name, candidates: names },
  )
}

async function unknownAsset({ db }: Catalog, name: string, connection: string | undefined): Promise<LodelineError> {
  const all = await searchAssets(db, '', {
    ...(connection === undefined ? {} : { connection }),
    kinds: ['table', 'view', 'location', 'stage', 'stream', 'model'],
    limit: CANDIDATES,
  })
  // People shorten names: a candidate is compared in the length they gave.
  const parts = name.split('.').length
  const short = new Map(all.map(({ path }) => [path.slice(-parts).join('.'), path]))
  const near = nearest(name, short.keys(), 3).map((one) => pathText(short.get(one) ?? []))
  const rest = near.length === 0 ? 'the catalog has no assets yet' : `did you mean ${quoted(near)}?`
  return new LodelineError(
    'ASSET_UNKNOWN',
    `there is no asset \`${name}\`${connection === undefined ? '' : ` in connection ${connection}`}; ${rest}`,
    { name, nearest: near },
  )
}

export function pathText(path: readonly string[]): string {
  return path.join('.')
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(' or ')
}
