import { openCatalog } from '../../catalog/open.ts'
import { nextRevision, transaction } from '../../catalog/transaction.ts'

/** A process of its own that opens a catalog and adds rows, one a transaction: `node catalog-writer.ts URL NAME COUNT`. */
const [url = '', name = '', count = '0'] = process.argv.slice(2)
const catalog = await openCatalog({ url })
for (let number = 0; number < Number(count); number++) {
  await transaction(catalog, async (tx) => {
    // A transaction that begins by reading is where SQLite's lock is easily taken too late.
    await tx.selectFrom('manifests').select('position').where('run', '=', name).execute()
    const revision = await nextRevision(tx)
    await tx
      .insertInto('manifests')
      .values({ run: name, manifest: 'written', position: number, item: String(revision) })
      .execute()
  })
}
await catalog.close()
