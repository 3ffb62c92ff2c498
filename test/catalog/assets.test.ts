import { expect, test } from '@jest/globals'
import { pathKey } from '../../catalog/asset-keys.ts'
import { putSchemas, removeSchemas, settleSchemas } from '../../catalog/asset-schemas.ts'
import { type AssetOrigin, markDropped, upsertAssets } from '../../catalog/asset-writes.ts'
import { assetDetails, assetsByKey, assetsEndingWith, assetsNamed, columnsOf, countAssets, searchAssets } from '../../catalog/assets.ts'
import { inheritedTags } from '../../catalog/inherited-tags.ts'
import type { Catalog } from '../../catalog/open.ts'
import { currentRevision, lazyRevision, transaction } from '../../catalog/transaction.ts'
import type { Asset } from '../../contracts/assets.ts'
import { onEveryStore } from '../support/catalogs.ts'

const NOW = '2026-01-01T00:00:00.000Z'
const imported: AssetOrigin = { connection: 'shop', levels: ['database', 'schema'], rank: 'imported', origin: 'import', position: NOW }
const ORDERS: Asset = {
  kind: 'table',
  path: ['SHOP', 'SALES', 'ORDERS'],
  comment: 'all orders',
  columns: [{ name: 'ID', type: 'NUMBER', nullable: false }, { name: 'AMOUNT' }],
}

async function write(catalog: Catalog, assets: readonly Asset[], origin: Partial<AssetOrigin> = {}, now = NOW) {
  return await transaction(catalog, (tx) =>
    upsertAssets(catalog, tx, { ...imported, ...origin }, assets, { now, revision: lazyRevision(tx) }),
  )
}

async function idOfPath(catalog: Catalog, path: readonly string[]): Promise<string> {
  const key = pathKey(path)
  return (await assetsByKey(catalog.db, 'shop', [key])).get(key)?.id ?? 'none'
}

onEveryStore('assets', ({ open }) => {
  test('are found by their path whatever its case, with the levels above them', async () => {
    const catalog = await open()
    await write(catalog, [ORDERS])
    const keys = [['shop'], ['shop', 'sales'], ['Shop', 'Sales', 'Orders'], ['shop', 'sales', 'none']].map((path) => pathKey(path))
    const found = await assetsByKey(catalog.db, 'shop', keys)
    expect(keys.map((key) => found.get(key)?.kind)).toEqual(['database', 'schema', 'table', undefined])
    expect(found.get(keys[2] ?? '')?.path).toEqual(['SHOP', 'SALES', 'ORDERS'])
    expect((await assetsByKey(catalog.db, 'other', keys)).size).toBe(0)
    const id = await idOfPath(catalog, ORDERS.path)
    expect(await assetDetails(catalog.db, id)).toMatchObject({
      comment: 'all orders',
      columns: [{ name: 'ID', type: 'NUMBER', nullable: false }, { name: 'AMOUNT' }],
    })
    expect(await countAssets(catalog.db, 'shop')).toEqual({ assets: 1, columns: 2, seenOnly: 0 })
  })

  test('told again change nothing and take no revision; told differently they do', async () => {
    const catalog = await open()
    expect(await write(catalog, [ORDERS])).toMatchObject({ unchanged: 0 })
    const revision = await currentRevision(catalog.db)
    expect(await write(catalog, [ORDERS], {}, '2026-02-02T00:00:00.000Z')).toEqual({ changed: [], unchanged: 3 })
    expect(await currentRevision(catalog.db)).toBe(revision)
    const before = await assetDetails(catalog.db, await idOfPath(catalog, ORDERS.path))
    await write(catalog, [{ ...ORDERS, columns: [{ name: 'ID', type: 'TEXT' }, { name: 'AMOUNT' }] }])
    const retyped = await assetDetails(catalog.db, await idOfPath(catalog, ORDERS.path))
    expect(retyped?.columns[0]).toEqual({ name: 'ID', type: 'TEXT', ordinal: 0 })
    expect(retyped?.schemaHash).toBe(before?.schemaHash)
    await write(catalog, [{ ...ORDERS, columns: [{ name: 'ID' }] }])
    expect((await assetDetails(catalog.db, await idOfPath(catalog, ORDERS.path)))?.schemaHash).not.toBe(before?.schemaHash)
    expect(await currentRevision(catalog.db)).toBe(revision + 2)
  })

  test('keep facts of a better rank, and what is not told again', async () => {
    const catalog = await open()
    await write(catalog, [{ kind: 'table', path: ['shop', 'sales', 'orders'] }], { rank: 'seen', origin: 'p1' })
    expect(await countAssets(catalog.db, 'shop')).toMatchObject({ seenOnly: 1 })
    await write(catalog, [ORDERS])
    await write(catalog, [{ kind: 'view', path: ['shop', 'sales', 'orders'], comment: 'worse', owner: 'me' }], {
      rank: 'seen',
      origin: 'p2',
    })
    await write(catalog, [{ kind: 'table', path: ORDERS.path }])
    const details = await assetDetails(catalog.db, await idOfPath(catalog, ORDERS.path))
    expect(details).toMatchObject({
      kind: 'table',
      path: ['SHOP', 'SALES', 'ORDERS'],
      comment: 'all orders',
      owner: 'me',
      seenOnly: false,
      rank: 'imported',
    })
    expect(details?.columns).toHaveLength(2)
  })

  test('have the columns of the best rank, there of the greatest position, in whatever order they were told', async () => {
    const candidates = [
      { rank: 'ddl', origin: 'p1', position: 'b', columns: [{ name: 'ddl_b' }] },
      { rank: 'ddl', origin: 'p2', position: 'a', columns: [{ name: 'ddl_a' }] },
      { rank: 'implied', origin: 'p3', position: 'z', columns: [{ name: 'implied_z' }] },
    ] as const
    const orders = [candidates, [...candidates].reverse(), [candidates[1], candidates[0], candidates[2]]]
    for (const order of orders) {
      const catalog = await open()
      await write(catalog, [{ kind: 'table', path: ['d', 's', 't'] }], { rank: 'seen' })
      const asset = await idOfPath(catalog, ['d', 's', 't'])
      const columnNames = async () => (await columnsOf(catalog.db, [asset])).get(asset)?.map(({ name }) => name)
      const settle = async (work: (tx: Parameters<Parameters<typeof transaction>[1]>[0]) => Promise<readonly string[]>) =>
        await transaction(catalog, async (tx) =>
          settleSchemas(catalog, tx, await work(tx), { now: NOW, revision: lazyRevision(tx), fold: (part) => part.toLowerCase() }),
        )
      for (const candidate of order) await settle((tx) => putSchemas(catalog, tx, [{ ...candidate, asset }]))
      expect(await columnNames()).toEqual(['ddl_b'])
      await settle((tx) => removeSchemas(tx, 'ddl', ['p1', 'p2']))
      expect(await columnNames()).toEqual(['implied_z'])
      await settle((tx) => removeSchemas(tx, 'implied', ['p3']))
      expect(await columnNames()).toBeUndefined()
    }
  })

  test('that end with a partial name are all given', async () => {
    const catalog = await open()
    await write(catalog, [
      ORDERS,
      { kind: 'table', path: ['shop', 'archive', 'orders'] },
      { kind: 'table', path: ['shop', 'archive', 'old_orders'] },
    ])
    const keys = [['orders'], ['archive', 'orders'], ['s', 'orders'], ['nothing']].map((path) => pathKey(path))
    const found = await assetsEndingWith(catalog.db, 'shop', keys)
    expect(keys.map((key) => found.get(key)?.map(({ path }) => path.join('.')))).toEqual([
      ['shop.archive.orders', 'SHOP.SALES.ORDERS'],
      ['shop.archive.orders'],
      [],
      [],
    ])
  })

  test('are searched by a part of the path or of a column, exact names first, wildcards taken as they are', async () => {
    const catalog = await open()
    const table = (...path: string[]): Asset => ({ kind: 'table', path, columns: [{ name: `of_${path.at(-1)}` }] })
    await write(catalog, [
      table('d', 's', 'my_orders'),
      table('d', 's', 'orders_2'),
      table('d', 's', 'orders'),
      table('d', 's', '100%'),
      table('d', 's', 'ordersX2'),
    ])
    const names = async (text: string, columns = false) =>
      (await searchAssets(catalog.db, text, { columns })).map(({ path }) => path.at(-1))
    expect(await names('ORDERS')).toEqual(['orders', 'orders_2', 'ordersX2', 'my_orders'])
    expect(await names('s.orders_')).toEqual(['orders_2'])
    expect(await names('%')).toEqual(['100%'])
    expect(await names('of_my', true)).toEqual(['my_orders'])
    expect((await assetsNamed(catalog.db, 'S.Orders')).map(({ path }) => path)).toEqual([['d', 's', 'orders']])
    expect((await assetsNamed(catalog.db, "'; drop table assets; --")).length).toBe(0)
  })

  test('have the tags of what is around them, unless a nearer one has the same key', async () => {
    const catalog = await open()
    await write(catalog, [
      { kind: 'database', path: ['d'], tags: ['owner=platform', 'zone=raw'] },
      { kind: 'schema', path: ['d', 's'], tags: ['domain=sales', 'domain=web', 'zone=silver'] },
      { kind: 'table', path: ['d', 's', 't'], tags: ['domain=shop'] },
    ])
    const of = async (name: string) => {
      const [head] = await assetsNamed(catalog.db, name)
      const details = head === undefined ? null : await assetDetails(catalog.db, head.id)
      return details === null ? null : await inheritedTags(catalog.db, details)
    }
    expect(await of('d.s.t')).toEqual(['zone=silver', 'owner=platform'])
    expect(await of('d.s')).toEqual(['owner=platform'])
    expect(await of('d')).toEqual([])
  })

  test('are searched by fields inside of columns too', async () => {
    const catalog = await open()
    const table = (name: string, type: string): Asset => ({ kind: 'table', path: ['d', 's', name], columns: [{ name: 'a', type }] })
    await write(catalog, [
      table('places', 'struct<geo:struct<lat:double,lon:double>>'),
      table('flat', 'decimal(10,2)'),
      table('items', 'array<struct<plate:string>>'),
    ])
    const names = async (text: string) => (await searchAssets(catalog.db, text, { columns: true })).map(({ path }) => path.at(-1)).sort()
    expect(await names('lat')).toEqual(['flat', 'items', 'places'])
    expect(await names('geo.lat')).toEqual(['places'])
    expect(await names('double')).toEqual([])
  })

  test('that were dropped are marked, until an import tells of them again', async () => {
    const catalog = await open()
    await write(catalog, [ORDERS])
    const id = await idOfPath(catalog, ORDERS.path)
    const drop = async () => await transaction(catalog, (tx) => markDropped(tx, [id], NOW, { now: NOW, revision: lazyRevision(tx) }))
    expect([await drop(), await drop()]).toEqual([1, 0])
    expect((await assetDetails(catalog.db, id))?.dropped).toBe(true)
    await write(catalog, [ORDERS])
    expect((await assetDetails(catalog.db, id))?.dropped).toBe(false)
  })

  test('take names and texts that SQL or the database would stumble over', async () => {
    const catalog = await open()
    const odd = ["Robert'); drop table assets; --", 'a.b', 'zwölf\u0000"x"\\ \ud800']
    await write(catalog, [
      { kind: 'table', path: odd, comment: '\u0000\ud800', columns: [{ name: 'a\u0000b' }, { name: '"' }, { name: '"' }] },
    ])
    const found = await assetsByKey(catalog.db, 'shop', [pathKey(odd)])
    const id = found.get(pathKey(odd))?.id ?? ''
    expect((await columnsOf(catalog.db, [id])).get(id)?.map(({ name }) => name)).toEqual(['a\uFFFDb', '"'])
    expect(
      (
        await write(catalog, [
          { kind: 'table', path: odd, comment: '\u0000\ud800', columns: [{ name: 'a\u0000b' }, { name: '"' }, { name: '"' }] },
        ])
      ).changed,
    ).toEqual([])
  })
})
