import { type AssetHead, assetsNamed, columnsOf, searchAssets } from '../../catalog/assets.ts'
import { type NestedField, nestedFields } from '../../catalog/nested-fields.ts'
import type { Catalog } from '../../catalog/open.ts'
import type { AssetColumn } from '../../contracts/assets.ts'
import { LodelineError } from '../../contracts/errors.ts'
import { nearest } from '../../contracts/nearest.ts'

/** An asset that the user named, and the column where the name went on to one. */
export interface NamedAsset {
  readonly asset: AssetHead
  readonly column: string | null
  /** Inside the column, where the name went on into its type. */
  readonly field: NestedField | null
}

const CANDIDATES = 5_000
const SHOWN = 8

/** `shop.public.orders`, a shorter end of it, or either with a column or a field of one; ASSET_UNKNOWN names the nearest, or all that it may be. */
export async function requireAsset(catalog: Catalog, name: string, connection: string | undefined): Promise<NamedAsset> {
  const whole = await assetsNamed(catalog.db, name, connection)
  if (whole.length > 0) return { asset: only(name, whole), column: null, field: null }
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const owners = await assetsNamed(catalog.db, name.slice(0, dot), connection)
    const holders = owners.filter((owner) => !isPlace(owner)) // those hold tables, not columns
    if (holders.length > 0) return await ownerOf(catalog, holders, name, name.slice(dot + 1))
  }
  throw await unknownAsset(catalog, name, connection)
}

/** `wanted` is what follows the asset's name: a column, or a path into one. */
async function ownerOf(catalog: Catalog, owners: readonly AssetHead[], name: string, wanted: string): Promise<NamedAsset> {
  const columns = await columnsOf(
    catalog.db,
    owners.map(({ id }) => id),
  )
  const having = owners.flatMap((asset): readonly NamedAsset[] => {
    const found = columnNamed(columns.get(asset.id) ?? [], wanted)
    return found === null ? [] : [{ asset, ...found }]
  })
  const asset = only(name, having.length > 0 ? having.map((one) => one.asset) : owners, name.slice(0, name.length - wanted.length - 1))
  const found = having.find((one) => one.asset.id === asset.id)
  if (found !== undefined) return found
  const known = columns.get(asset.id) ?? []
  if (known.length === 0) return { asset, column: wanted, field: null }
  const near = nearest(
    wanted,
    known.flatMap((one) => [one.name, ...(wanted.includes('.') ? nestedFields(one).map((field) => field.name) : [])]),
    3,
  )
  throw new LodelineError('ASSET_UNKNOWN', `${pathText(asset.path)} has no column \`${wanted}\`; did you mean ${quoted(near)}?`, {
    name,
    nearest: near,
  })
}

function columnNamed(columns: readonly AssetColumn[], wanted: string): Omit<NamedAsset, 'asset'> | null {
  const key = wanted.toLowerCase()
  const whole = columns.find((column) => column.name.toLowerCase() === key)
  if (whole !== undefined) return { column: whole.name, field: null }
  for (const column of columns) {
    if (!key.startsWith(`${column.name.toLowerCase()}.`)) continue
    const field = nestedFields(column).find((one) => one.name.toLowerCase() === key)
    if (field !== undefined) return { column: column.name, field }
  }
  return null
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

/** It holds other assets, and has no columns or lineage of its own. */
export function isPlace({ kind }: Pick<AssetHead, 'kind'>): boolean {
  return kind === 'database' || kind === 'schema'
}

export function pathText(path: readonly string[]): string {
  return path.join('.')
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(' or ')
}
