import { bulkUpsert } from './bulk.ts'
import type { Catalog } from './open.ts'
import { type Db, transaction } from './transaction.ts'

/** Lists of items for mapped tasks, kept here so that histories hold only a reference. */

const ITEMS_A_TRANSACTION = 5_000

/** Replaces what was there under the name. Items are JSON. Gives how many. */
export async function writeManifest(
  catalog: Catalog,
  run: string,
  manifest: string,
  items: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<number> {
  await catalog.db.deleteFrom('manifests').where('run', '=', run).where('manifest', '=', manifest).execute()
  let position = 0
  let rows: (readonly (string | number)[])[] = []
  const flush = async () => {
    const some = rows
    rows = []
    await transaction(catalog, (tx) =>
      bulkUpsert(
        catalog,
        tx,
        {
          table: 'manifests',
          columns: ['run', 'manifest', 'position', 'item'],
          conflict: ['run', 'manifest', 'position'],
          replace: ['item'],
        },
        some,
      ),
    )
  }
  for await (const item of items) {
    rows.push([run, manifest, position, JSON.stringify(item)])
    position += 1
    if (rows.length >= ITEMS_A_TRANSACTION) await flush()
  }
  if (rows.length > 0) await flush()
  return position
}

/** Items [from, from + count), fewer at the end. */
export async function readManifest(db: Db, run: string, manifest: string, from: number, count: number): Promise<readonly unknown[]> {
  const rows = await db
    .selectFrom('manifests')
    .select('item')
    .where('run', '=', run)
    .where('manifest', '=', manifest)
    .where('position', '>=', from)
    .where('position', '<', from + count)
    .orderBy('position')
    .execute()
  return rows.map((row): unknown => JSON.parse(row.item))
}
