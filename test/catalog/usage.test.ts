import { expect, test } from '@jest/globals'
import type { Catalog } from '../../catalog/open.ts'
import { assetUsage, exportUsage, topAssets, topQueries } from '../../catalog/usage.ts'
import { onEveryStore } from '../support/catalogs.ts'
import { idOfTable, writeProcesses } from '../support/lineage-rows.ts'

/** `reads` by user on a day; the last letter of the table's name is all that differs. */
async function use(catalog: Catalog, table: string, day: string, users: Readonly<Record<string, readonly [number, number]>>, columns = {}) {
  const sum = (index: 0 | 1) => Object.values(users).reduce((total, counts) => total + counts[index], 0)
  await catalog.db
    .insertInto('usage_by_asset')
    .values({
      connection: 'shop',
      asset: idOfTable(table),
      day,
      selects: sum(0),
      writes: sum(1),
      last_at: day === '' ? null : `${day}T10:00:00.000Z`,
      users: JSON.stringify(users),
      columns: JSON.stringify(columns),
    })
    .execute()
}

onEveryStore('usage', ({ open }) => {
  test('makes popularity of distinct users and the logarithm of reads, in four groups', async () => {
    const catalog = await open()
    await writeProcesses(catalog, [{ id: 'p', edges: [], reads: ['a', 'b', 'c', 'e'] }])
    await use(catalog, 'a', '2026-01-10', { ann: [100, 0], bob: [22, 0] })
    await use(catalog, 'a', '2026-01-09', { ann: [0, 5] })
    await use(catalog, 'b', '2026-01-09', { ann: [122, 0] })
    await use(catalog, 'c', '2025-12-12', { cy: [3, 0] })
    await use(catalog, 'e', '2025-12-11', { cy: [1000, 0], ann: [1, 0] })
    const top = await topAssets(catalog.db, { connection: 'shop' })
    expect(top.map(({ asset, reads, users, writeReads, bars }) => [asset.path.at(-1), reads, users, writeReads, bars])).toEqual([
      ['a', 122, 2, 5, 4],
      ['b', 122, 1, 0, 3],
      ['c', 3, 1, 0, 2],
    ])
    // The sample of a popularity score in the field: one user, 122 reads.
    expect(top[1]?.score).toBeCloseTo(4.8121843, 6)
    expect(top[0]?.lastReadAt).toBe('2026-01-10T10:00:00.000Z')
    const december = await topAssets(catalog.db, { days: { from: '2025-12-01', to: '2025-12-31' }, limit: 1 })
    expect(december.map(({ asset, users }) => [asset.path.at(-1), users])).toEqual([['e', 2]])
  })

  test('is of the days that are past: one record whose clock was years ahead hides nothing, and a log of the future is still told', async () => {
    const catalog = await open()
    await writeProcesses(catalog, [{ id: 'p', edges: [], reads: ['a', 'b'] }])
    await use(catalog, 'a', '2199-01-01', { ann: [1, 0] })
    const names = async () => (await topAssets(catalog.db)).map(({ asset, reads }) => [asset.path.at(-1), reads])
    expect(await names()).toEqual([['a', 1]])
    await use(catalog, 'b', '2025-01-10', { ann: [5, 0] })
    expect(await names()).toEqual([['b', 5]])
  })

  test('of one asset is told by user, day, column and query', async () => {
    const catalog = await open()
    await writeProcesses(catalog, [
      { id: 'q1', edges: [], reads: ['a'] },
      { id: 'q2', edges: [], reads: ['a'] },
      { id: 'job', edges: ['a -> b'] },
    ])
    await use(catalog, 'a', '2026-01-09', { ann: [2, 0], job: [0, 7] }, { x: 2, y: 1 })
    await use(catalog, 'a', '2026-01-10', { bob: [1, 0] }, { x: 1 })
    const columns = { q1: '["x","y"]', q2: '["x"]' }
    for (const [process, names] of Object.entries(columns))
      await catalog.db.updateTable('process_reads').set({ columns: names }).where('process', '=', process).execute()
    const query = (process: string, executions: number, duration: number, users = '{"ann":1}') => ({
      connection: 'shop',
      process,
      executions,
      duration_ms: duration,
      rows_returned: 0,
      bytes: 0,
      cost: 0,
      first_at: null,
      last_at: null,
      users,
    })
    await catalog.db
      .insertInto('usage_by_process')
      .values([query('q1', 3, 30), query('q2', 1, 90, '{"bob":1}'), query('job', 99, 1)])
      .execute()
    expect(await assetUsage(catalog.db, idOfTable('a'))).toMatchObject({
      reads: 3,
      writeReads: 7,
      users: [
        { user: 'ann', reads: 2 },
        { user: 'bob', reads: 1 },
        { user: 'job', reads: 0, writeReads: 7 },
      ],
      days: [
        { day: '2026-01-09', reads: 2, writeReads: 7 },
        { day: '2026-01-10', reads: 1 },
      ],
      columns: [
        { column: 'x', reads: 3, users: 2 },
        { column: 'y', reads: 1, users: 1 },
      ],
      queries: [
        { process: 'q1', executions: 3, averageMs: 10 },
        { process: 'q2', executions: 1 },
      ],
    })
    expect((await topQueries(catalog.db, { by: 'duration' })).map(({ process }) => process)).toEqual(['q2', 'q1'])
    const exported = []
    for await (const row of exportUsage(catalog.db))
      exported.push(`${row.asset.join('.')} ${row.day} ${row.user} ${row.reads} ${row.writeReads}`)
    expect(exported).toEqual(['d.s.a 2026-01-09 ann 2 0', 'd.s.a 2026-01-09 job 0 7', 'd.s.a 2026-01-10 bob 1 0'])
  })
})
