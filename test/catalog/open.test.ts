import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { bulkUpsert } from '../../catalog/bulk.ts'
import { openCatalog } from '../../catalog/open.ts'
import { currentRevision, lazyRevision, nextRevision, transaction } from '../../catalog/transaction.ts'
import { catalogContent } from '../support/catalog-content.ts'
import { onEveryStore } from '../support/catalogs.ts'
import { writeProcesses } from '../support/lineage-rows.ts'

const WRITER = fileURLToPath(new URL('../support/catalog-writer.ts', import.meta.url))

async function writer(url: string, name: string, count: number): Promise<number | null> {
  const child = spawn(process.execPath, [WRITER, url, name, String(count)], { stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  return code
}

onEveryStore('a catalog', ({ open, newUrl }) => {
  test('is made and written by several processes at once, each transaction with a revision of its own', async () => {
    const url = await newUrl()
    expect(await Promise.all(['one', 'two', 'three'].map((name) => writer(url, name, 60)))).toEqual([0, 0, 0])
    const catalog = await open(url)
    const rows = await catalog.db.selectFrom('manifests').select('item').execute()
    expect(new Set(rows.map(({ item }) => Number(item)))).toEqual(new Set(Array.from({ length: 180 }, (_, i) => i + 1)))
    expect(await currentRevision(catalog.db)).toBe(180)
  })

  test('undoes a transaction that fails, and one that failed does not hold up the next', async () => {
    const catalog = await open()
    const failing = transaction(catalog, async (tx) => {
      await tx.insertInto('manifests').values({ run: 'r', manifest: 'm', position: 0, item: '1' }).execute()
      await nextRevision(tx)
      throw new Error('on purpose')
    })
    await expect(failing).rejects.toThrow('on purpose')
    expect(await catalog.db.selectFrom('manifests').selectAll().execute()).toEqual([])
    expect(await currentRevision(catalog.db)).toBe(0)
    expect(await transaction(catalog, nextRevision)).toBe(1)
  })

  test('is read as it was while a transaction is open', async () => {
    const catalog = await open()
    await transaction(catalog, async (tx) => {
      await tx.insertInto('manifests').values({ run: 'r', manifest: 'm', position: 0, item: '1' }).execute()
      expect(await catalog.db.selectFrom('manifests').selectAll().execute()).toEqual([])
      expect(await tx.selectFrom('manifests').select('item').execute()).toEqual([{ item: '1' }])
    })
    expect(await catalog.db.selectFrom('manifests').select('position').execute()).toEqual([{ position: 0 }])
  })

  test('takes writers of one process in turn, with and without transactions, while timers go on', async () => {
    const catalog = await open()
    let ticks = 0
    const timer = setInterval(() => ticks++, 5)
    const work = Array.from({ length: 20 }, async (_, i) => {
      if (i % 2 === 0)
        return await transaction(catalog, async (tx) => {
          await nextRevision(tx)
          await new Promise((resolve) => setTimeout(resolve, 5))
        })
      await catalog.db.insertInto('manifests').values({ run: 'single', manifest: 'm', position: i, item: '' }).execute()
    })
    await Promise.all(work)
    clearInterval(timer)
    expect(await currentRevision(catalog.db)).toBe(10)
    expect(await catalog.db.selectFrom('manifests').select('position').where('run', '=', 'single').execute()).toHaveLength(10)
    expect(ticks).toBeGreaterThan(5)
  })

  test('orders text by bytes', async () => {
    const catalog = await open()
    const names = ['a', 'B', '_', 'ä', 'z', 'Z', '~', '']
    await transaction(catalog, (tx) =>
      bulkUpsert(
        catalog,
        tx,
        { table: 'manifests', columns: ['run', 'manifest', 'position', 'item'] },
        names.map((name, i) => [name, 'm', i, '']),
      ),
    )
    const rows = await catalog.db.selectFrom('manifests').select('run').orderBy('run').execute()
    expect(rows.map(({ run }) => run)).toEqual(['', 'B', 'Z', '_', 'a', 'z', '~', 'ä'])
  })

  test('writes many rows: new ones, replaced ones, and sums', async () => {
    const catalog = await open()
    const rows = (factor: number) =>
      Array.from({ length: 2_345 }, (_, i) => ['p', `o${i}`, 'e', i * factor, 1, 'mined', `r${factor}`] as const)
    const write = async (factor: number) =>
      await transaction(catalog, (tx) =>
        bulkUpsert(
          catalog,
          tx,
          {
            table: 'mining_objects',
            columns: ['pipeline', 'object', 'etag', 'bytes', 'seekable', 'state', 'run'],
            conflict: ['pipeline', 'object'],
            replace: ['run'],
            add: ['bytes'],
          },
          rows(factor),
        ),
      )
    await write(1)
    await write(2)
    const stored = await catalog.db
      .selectFrom('mining_objects')
      .select(['object', 'bytes', 'run'])
      .where('bytes', '>=', 3 * 2_343)
      .orderBy('bytes')
      .execute()
    expect(stored).toEqual([
      { object: 'o2343', bytes: 7_029, run: 'r2' },
      { object: 'o2344', bytes: 7_032, run: 'r2' },
    ])
  })

  test('that a newer lodeline made is refused', async () => {
    const url = await newUrl()
    const catalog = await open(url)
    await catalog.db.updateTable('meta').set({ value: '9999' }).where('name', '=', 'version').execute()
    await expect(openCatalog({ url })).rejects.toMatchObject({ code: 'CATALOG_TOO_NEW' })
  })

  test('asked for a revision twice in a transaction gives the same one', async () => {
    const catalog = await open()
    const both = await transaction(catalog, async (tx) => {
      const revision = lazyRevision(tx)
      return [await revision(), await revision()]
    })
    expect(both).toEqual([1, 1])
  })

  test('says the same as another that was told the same in another order', async () => {
    const [one, other] = [await open(), await open()]
    const [p1, p2] = [
      { id: 'p1', edges: ['a -> b', 'a.x -> b.y'] },
      { id: 'p2', edges: ['b -> c'] },
    ]
    await writeProcesses(one, [p1, p2])
    await writeProcesses(other, [p2])
    await writeProcesses(other, [p1])
    expect(await catalogContent(one)).toBe(await catalogContent(other))
    await writeProcesses(other, [{ id: 'p1', edges: ['a -> b'] }])
    expect(await catalogContent(one)).not.toBe(await catalogContent(other))
  })
})

describe('a catalog that cannot be opened', () => {
  test('says where it was looked for, without the password', async () => {
    await expect(openCatalog({ url: 'mysql://me:s3cret@db/x' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.not.stringContaining('s3cret'),
    })
    const refused = await openCatalog({ url: 'postgres://me:s3cret@127.0.0.1:1/lodeline' }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'CATALOG_UNREACHABLE', message: expect.stringContaining('127.0.0.1:1/lodeline') })
    expect(String(refused)).not.toContain('s3cret')
  })

  test('because its file is none, or is not ours', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lodeline-broken-'))
    try {
      writeFileSync(join(folder, 'text.db'), 'not a database, but long enough to be taken for the header of one'.repeat(10))
      await expect(openCatalog({ url: `sqlite:${folder}/text.db` })).rejects.toMatchObject({ code: 'CATALOG_UNREACHABLE' })
      writeFileSync(join(folder, 'file'), '')
      await expect(openCatalog({ url: `sqlite:${folder}/file/x.db` })).rejects.toMatchObject({
        code: 'FILE_UNUSABLE',
        message: expect.stringContaining('is a file, not a folder'),
      })
    } finally {
      chmodSync(folder, 0o700)
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
