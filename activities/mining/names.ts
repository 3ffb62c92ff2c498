import { assetId, type Fold, looseKey, pathKey } from '../../catalog/asset-keys.ts'
import { type AssetHead, assetsByKey, assetsByLooseKey, assetsEndingWith, columnsOf } from '../../catalog/assets.ts'
import type { PartialMatches } from '../../catalog/mining/resolution.ts'
import type { Db } from '../../catalog/transaction.ts'
import type { NamedAsset } from './threads/resolve-messages.ts'

const SEPARATOR = '\u001f'

/** How many parts a full path has, and whose assets they are. */
export interface NameSpace {
  readonly connection: string
  readonly depth: number
  /** How the source tells names apart. */
  readonly fold: Fold
  /** Names mean an asset whatever their case: `ignore-all-case`. */
  readonly ignoreCase: boolean
  readonly databaseSpelling: string | null
}

/** The asset that each name (its parts) stands for; one the catalog does not know gets the id it will have. */
export async function namedAssets(
  db: Db,
  { connection, depth, fold, ignoreCase, databaseSpelling }: NameSpace,
  tables: Iterable<readonly string[]>,
): Promise<readonly (readonly [string, NamedAsset])[]> {
  const names = new Map<string, readonly string[]>()
  for (const parts of tables) names.set(parts.join(SEPARATOR), parts)
  const keys = new Map([...names].map(([name, parts]) => [name, pathKey(ownTable(parts), fold)]))
  const partial = [...names].filter(([, parts]) => isPartial(parts, depth)).map(([name]) => keys.get(name) ?? '')
  const exact = await knownAssets(db, { connection, ignoreCase }, new Set(keys.values()))
  const ending = partial.length === 0 ? new Map<string, AssetHead>() : await onlyEnding(db, connection, depth, partial)
  const columns = await columnsOf(
    db,
    [...exact.values(), ...ending.values()].filter(({ schemaHash }) => schemaHash !== null).map(({ id }) => id),
  )
  return [...names].map(([name, parts]) => {
    const key = keys.get(name) ?? ''
    const byEnd = ending.get(key)
    const known = byEnd ?? exact.get(key)
    const asset: NamedAsset = {
      id: known?.id ?? assetId(connection, key),
      path: known?.path ?? spelled(ownTable(parts), databaseSpelling, fold),
      columns: known === undefined || ownTable(parts) !== parts ? null : (columns.get(known.id)?.map((column) => column.name) ?? null),
      schemaHash: known?.schemaHash ?? '',
      isKnown: known !== undefined,
      isTold: known?.seenOnly === false,
      partialKey: isPartial(parts, depth) ? key : null,
      byEnd: byEnd !== undefined,
    }
    return [name, asset] as const
  })
}

/** A path that begins with the connection's own database has it as the source spells it. */
function spelled(parts: readonly string[], database: string | null, fold: Fold): readonly string[] {
  const [first, ...rest] = parts
  if (first === undefined || rest.length === 0 || database === null || fold(first) !== fold(database)) return parts
  return [database, ...rest]
}

/**
 * Exactly named assets; else the only one whose name differs in case alone, where the table's name stands as unquoted names are
 * stored: exports write such names in any case. A name that only quotes can make means itself, unless case is to be ignored.
 */
async function knownAssets(
  db: Db,
  { connection, ignoreCase }: Pick<NameSpace, 'connection' | 'ignoreCase'>,
  keys: ReadonlySet<string>,
): Promise<ReadonlyMap<string, AssetHead>> {
  const found = new Map(await assetsByKey(db, connection, keys))
  const isSure = (key: string): boolean => (ignoreCase ? found.get(key)?.seenOnly === false : found.has(key) || isQuoted(key))
  const rest = [...keys].filter((key) => !isSure(key))
  if (rest.length === 0) return found
  const loose = await assetsByLooseKey(db, connection, rest)
  for (const key of rest) {
    const heads = loose.get(looseKey(key)) ?? []
    const told = heads.find(({ seenOnly }) => !seenOnly)
    const head = ignoreCase ? (told ?? found.get(key) ?? heads[0]) : heads.length === 1 ? heads[0] : undefined
    if (head !== undefined) found.set(key, head)
  }
  return found
}

function isQuoted(key: string): boolean {
  return key.endsWith('"')
}

/** Iceberg's and Hive's metadata tables in Trino and Athena (`orders$snapshots`) are read of their table. */
function ownTable(parts: readonly string[]): readonly string[] {
  const table = parts.at(-1)?.match(METADATA_TABLE)?.[1]
  return table === undefined ? parts : [...parts.slice(0, -1), table]
}

const METADATA_TABLE =
  /^([^/:@]+)\$(files|manifests|all_manifests|entries|all_entries|history|snapshots|partitions|properties|refs|metadata_log_entries|position_deletes)$/

/** Paths and stages are one part that may look like anything: they are no short names. */
function isPartial(parts: readonly string[], depth: number): boolean {
  return parts.length < depth && !(parts.length === 1 && /[/@:\\]/.test(parts[0] ?? ''))
}

/** Of each partial key the one full path of the connection that ends with it. */
async function onlyEnding(db: Db, connection: string, depth: number, keys: readonly string[]): Promise<Map<string, AssetHead>> {
  const found = new Map<string, AssetHead>()
  for (const [key, heads] of await assetsEndingWith(db, connection, keys)) {
    const full = heads.filter(({ path, kind }) => path.length === depth && kind !== 'schema' && kind !== 'database')
    const [only] = full
    if (only !== undefined && full.length === 1) found.set(key, only)
  }
  return found
}

export function partialMatches({ connection, depth }: NameSpace): PartialMatches {
  return async (tx, keys) => new Map([...(await onlyEnding(tx, connection, depth, keys))].map(([key, { id }]) => [key, id]))
}
