import { bulkUpsert } from '../bulk.ts'
import { positionOf } from '../mining/positions.ts'
import type { Catalog } from '../open.ts'
import type { CatalogTables } from '../schema.ts'
import type { Tx } from '../transaction.ts'

/** What a crawl told of an asset that has lineage of itself: a view's text, a table's location. */
export interface ToldAsset {
  readonly asset: string
  readonly key: string
  readonly path: readonly string[]
  /** The text or the location. */
  readonly fact: string
  readonly properties: Readonly<Record<string, string>>
}

const ASSETS_A_PAGE = 500

/** Assets that are there and have the fact, by id; a page at a time. */
export async function* toldAssets(
  { db }: Catalog,
  connection: string,
  kind: 'view' | 'table',
  fact: 'view_sql' | 'location',
): AsyncGenerator<readonly ToldAsset[]> {
  for (let after = ''; ; ) {
    const rows = await db
      .selectFrom('assets')
      .select(['id', 'path', 'path_key', `${fact} as fact`, 'properties'])
      .where('connection', '=', connection)
      .where('kind', '=', kind)
      .where('dropped_at', 'is', null)
      .where(fact, 'is not', null)
      .where('id', '>', after)
      .orderBy('id')
      .limit(ASSETS_A_PAGE)
      .execute()
    yield rows.map(({ id, path, path_key, fact: told, properties }) => ({
      asset: id,
      key: path_key,
      path: JSON.parse(path),
      fact: told ?? '',
      properties: properties === null ? {} : JSON.parse(properties),
    }))
    const last = rows.at(-1)
    if (last === undefined || rows.length < ASSETS_A_PAGE) return
    after = last.id
  }
}

type Column = keyof CatalogTables['processes']

/** A process that follows from such an asset and not from a query log. */
export interface DerivedProcess {
  readonly id: string
  readonly key: string
  readonly columns: Readonly<Partial<Record<Column, string | number | null>>>
}

export interface DerivedKind {
  readonly connection: string
  readonly dialect: string
  readonly kind: 'view' | 'location'
  /** What is written again where the process is there already. */
  readonly replace: readonly Column[]
}

/** Of one kind all have the same columns. */
export async function putDerived(
  catalog: Catalog,
  tx: Tx,
  { connection, dialect, kind, replace }: DerivedKind,
  processes: readonly DerivedProcess[],
): Promise<void> {
  const [first] = processes
  if (first === undefined) return
  const own = Object.keys(first.columns) as Column[] // the type's keys
  const columns = ['id', 'connection', 'kind', 'dialect', 'temps', 'position', ...own] as const
  const rows = processes.map(({ id, key, columns: told }) => [
    id,
    connection,
    kind,
    dialect,
    '[]',
    positionOf(`${kind}s`, key, 0),
    ...own.map((column) => told[column] ?? null),
  ])
  await bulkUpsert(catalog, tx, { table: 'processes', columns, conflict: ['id'], replace: ['position', ...replace] }, rows)
}
