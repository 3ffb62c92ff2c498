import { bulkUpsert } from '../bulk.ts'
import { among } from '../engine.ts'
import { idOf } from '../hash.ts'
import { positionOf } from '../mining/positions.ts'
import { removeProcesses } from '../mining/settling.ts'
import type { Catalog } from '../open.ts'
import { transaction } from '../transaction.ts'

/** A view as the catalog has it, with the defaults that its text was written in. */
export interface CatalogView {
  readonly asset: string
  readonly key: string
  readonly path: readonly string[]
  readonly sql: string
  readonly database: string
  readonly schema: string
}

const VIEWS_A_PAGE = 500

/** Views that are there and have a text, by asset id; a page at a time. */
export async function* viewsOf({ db }: Catalog, connection: string): AsyncGenerator<readonly CatalogView[]> {
  for (let after = ''; ; ) {
    const rows = await db
      .selectFrom('assets')
      .select(['id', 'path', 'path_key', 'view_sql', 'properties'])
      .where('connection', '=', connection)
      .where('kind', '=', 'view')
      .where('dropped_at', 'is', null)
      .where('view_sql', 'is not', null)
      .where('id', '>', after)
      .orderBy('id')
      .limit(VIEWS_A_PAGE)
      .execute()
    yield rows.map(({ id, path, path_key, view_sql, properties }) => {
      const parts = JSON.parse(path) as string[] // written from a path
      const said = (properties === null ? {} : JSON.parse(properties)) as Readonly<Record<string, string>> // contracts/assets.ts
      return {
        asset: id,
        key: path_key,
        path: parts,
        sql: view_sql ?? '',
        database: said.viewCatalog ?? parts.at(-3) ?? '',
        schema: said.viewSchema ?? parts.at(-2) ?? '',
      }
    })
    const last = rows.at(-1)
    if (last === undefined || rows.length < VIEWS_A_PAGE) return
    after = last.id
  }
}

export interface ViewProcess {
  readonly view: CatalogView
  /** The statement that makes the view, literals masked. */
  readonly sql: string
  readonly tables: readonly (readonly string[])[]
}

export const viewProcessId = (asset: string): string => idOf('view', asset)

/** Fingerprints of the views' processes, to see which texts changed. */
export async function viewFingerprints({ db }: Catalog, views: readonly CatalogView[]): Promise<ReadonlyMap<string, string>> {
  const ids = views.map(({ asset }) => viewProcessId(asset))
  const rows = await db
    .selectFrom('processes')
    .select(['id', 'fingerprint'])
    .where(among(db, 'id', ids))
    .execute()
  return new Map(rows.map(({ id, fingerprint }) => [id, fingerprint]))
}

export const viewFingerprint = ({ sql, database, schema, path }: CatalogView): string => idOf(sql, database, schema, ...path)

/** They wait to be resolved; what an earlier text of a view stated goes when its new one is. */
export async function putViewProcesses(
  catalog: Catalog,
  connection: string,
  dialect: string,
  processes: readonly ViewProcess[],
): Promise<void> {
  const columns = [
    'id',
    'connection',
    'kind',
    'dialect',
    'sql',
    'fingerprint',
    'default_database',
    'default_schema',
    'temps',
    'position',
    'state',
    'statement_kinds',
    'tables',
    'revision',
  ] as const
  const rows = processes.map(({ view, sql, tables }) => [
    viewProcessId(view.asset),
    connection,
    'view',
    dialect,
    sql,
    viewFingerprint(view),
    view.database,
    view.schema,
    '[]',
    positionOf('views', view.key, 0),
    'new',
    '["CREATE_VIEW"]',
    JSON.stringify(tables),
    0,
  ])
  await transaction(catalog, async (tx) => {
    const replace = columns.filter((column) => column !== 'id' && column !== 'revision')
    await bulkUpsert(catalog, tx, { table: 'processes', columns, conflict: ['id'], replace }, rows)
  })
}

/** Processes of what is no view any more, or not wanted, go with what they stated. A view that was dropped keeps its lineage. */
export async function removeOtherViews(
  catalog: Catalog,
  connection: string,
  isWanted: (path: readonly string[]) => boolean,
): Promise<number> {
  return await transaction(catalog, async (tx) => {
    const processes = await tx
      .selectFrom('processes')
      .select('id')
      .where('connection', '=', connection)
      .where('kind', '=', 'view')
      .execute()
    if (processes.length === 0) return 0
    const assets = await tx
      .selectFrom('assets')
      .select(['id', 'path'])
      .where('connection', '=', connection)
      .where('kind', '=', 'view')
      .execute()
    const kept = new Set(assets.filter(({ path }) => isWanted(JSON.parse(path))).map(({ id }) => viewProcessId(id)))
    const gone = processes.map(({ id }) => id).filter((id) => !kept.has(id))
    await removeProcesses(catalog, tx, connection, gone)
    return gone.length
  })
}
