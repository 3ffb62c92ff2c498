import { among } from '../engine.ts'
import { idOf } from '../hash.ts'
import { removeProcesses } from '../mining/settling.ts'
import type { Catalog } from '../open.ts'
import { transaction } from '../transaction.ts'
import { putDerived, toldAssets } from './derived.ts'

/** A view as the catalog has it, with the defaults that its text was written in. */
export interface CatalogView {
  readonly asset: string
  readonly key: string
  readonly path: readonly string[]
  readonly sql: string
  readonly database: string
  readonly schema: string
}

/** Views that are there and have a text, by asset id; a page at a time. */
export async function* viewsOf(catalog: Catalog, connection: string): AsyncGenerator<readonly CatalogView[]> {
  for await (const page of toldAssets(catalog, connection, 'view', 'view_sql'))
    yield page.map(({ asset, key, path, fact, properties }) => ({
      asset,
      key,
      path,
      sql: fact,
      database: properties.viewCatalog ?? path.at(-3) ?? '',
      schema: properties.viewSchema ?? path.at(-2) ?? '',
    }))
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
  const rows = processes.map(({ view, sql, tables }) => ({
    id: viewProcessId(view.asset),
    key: view.key,
    columns: {
      sql,
      fingerprint: viewFingerprint(view),
      default_database: view.database,
      default_schema: view.schema,
      state: 'new',
      statement_kinds: '["CREATE_VIEW"]',
      tables: JSON.stringify(tables),
      revision: 0,
    },
  }))
  const replace = ['sql', 'fingerprint', 'default_database', 'default_schema', 'state', 'statement_kinds', 'tables'] as const
  await transaction(catalog, (tx) => putDerived(catalog, tx, { connection, dialect, kind: 'view', replace }, rows))
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
