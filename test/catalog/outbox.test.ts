import { expect, test } from '@jest/globals'
import type { Catalog } from '../../catalog/open.ts'
import {
  listRefusals,
  nextChanges,
  pendingChanges,
  recordDelivery,
  resetSink,
  type SinkCursor,
  START,
  sinkCursor,
} from '../../catalog/outbox.ts'
import { onEveryStore } from '../support/catalogs.ts'
import { writeProcesses } from '../support/lineage-rows.ts'

const key = { pipeline: 'history', sink: '1-openlineage' }
const now = '2026-01-01T00:00:00.000Z'

async function next(catalog: Catalog, after: SinkCursor, limit = 2) {
  return await nextChanges(catalog.db, { connection: 'shop', namespace: 'snowflake://x', after, limit, texts: true })
}

/** Delivers all there is; gives the ids in order. */
async function deliver(catalog: Catalog, refused: readonly string[] = []): Promise<readonly string[]> {
  const ids: string[] = []
  for (let from = await sinkCursor(catalog.db, key); ; ) {
    const page = await next(catalog, from)
    if (page === null) return ids
    ids.push(...page.batch.processes.map(({ id }) => id))
    const refusals = refused.map((process) => ({ process, reason: 'too large' }))
    await recordDelivery(catalog, { ...key, from, to: page.next, batch: page.batch, refused: refusals, now })
    from = page.next
  }
}

onEveryStore('the outbox', ({ open }) => {
  test('gives a sink what changed, once, in order, and again what changes again', async () => {
    const catalog = await open()
    await writeProcesses(
      catalog,
      ['p3', 'p1', 'p2'].map((id) => ({ id, edges: ['a -> b'] })),
    )
    await writeProcesses(catalog, [
      { id: 'p0', edges: ['b -> c'] },
      { id: 'select', edges: [], reads: ['a'] },
    ])
    expect(await pendingChanges(catalog.db, 'shop', START)).toBe(4)
    expect(await deliver(catalog)).toEqual(['p1', 'p2', 'p3', 'p0'])
    expect(await deliver(catalog)).toEqual([])
    await writeProcesses(catalog, [{ id: 'p2', edges: ['a -> c'] }])
    expect(await pendingChanges(catalog.db, 'shop', await sinkCursor(catalog.db, key))).toBe(1)
    expect(await deliver(catalog)).toEqual(['p2'])
    await resetSink(catalog.db, key)
    expect(await deliver(catalog)).toHaveLength(4)
  })

  test('tells inputs, outputs and edges by their names, and the text only where it may', async () => {
    const catalog = await open()
    await writeProcesses(catalog, [{ id: 'p', edges: ['a -> b', 'a.x -> b.y', 'c -> b'], lastRunAt: now }])
    const page = await next(catalog, START)
    expect(page?.batch).toMatchObject({ connection: 'shop', namespace: 'snowflake://x' })
    expect(page?.batch.processes).toEqual([
      {
        id: 'p',
        kind: 'statement',
        sql: 'text of p',
        dialect: 'ansi',
        inputs: [
          { path: ['d', 's', 'a'], kind: 'table', columns: [] },
          { path: ['d', 's', 'c'], kind: 'table', columns: [] },
        ],
        outputs: [{ path: ['d', 's', 'b'], kind: 'table', columns: [] }],
        edges: expect.arrayContaining([
          {
            level: 'column',
            source: ['d', 's', 'a'],
            sourceColumn: 'x',
            target: ['d', 's', 'b'],
            targetColumn: 'y',
            kind: 'IDENTITY',
            confidence: 1,
          },
        ]),
        lastRunAt: now,
        revision: expect.any(Number),
      },
    ])
    const without = await nextChanges(catalog.db, { connection: 'shop', namespace: 'n', after: START, limit: 1, texts: false })
    expect(without?.batch.processes[0]).not.toHaveProperty('sql')
  })

  test('moves a cursor only from where it was read', async () => {
    const catalog = await open()
    await writeProcesses(catalog, [
      { id: 'p1', edges: ['a -> b'] },
      { id: 'p2', edges: ['a -> b'] },
    ])
    const page = await next(catalog, START, 1)
    if (page === null) throw new Error('nothing to deliver')
    const delivery = { ...key, from: START, to: page.next, batch: page.batch, refused: [], now }
    await recordDelivery(catalog, delivery)
    await expect(recordDelivery(catalog, delivery)).rejects.toMatchObject({ code: 'CATALOG_CONFLICT' })
    expect(await sinkCursor(catalog.db, key)).toEqual(page.next)
  })

  test('keeps what was refused until it is taken', async () => {
    const catalog = await open()
    await writeProcesses(catalog, [{ id: 'p1', edges: ['a -> b'] }])
    await deliver(catalog, ['p1'])
    expect(await listRefusals(catalog.db, 'history')).toMatchObject([{ process: 'p1', reason: 'too large', sink: key.sink }])
    await writeProcesses(catalog, [{ id: 'p1', edges: ['a -> c'] }])
    await deliver(catalog)
    expect(await listRefusals(catalog.db, 'history')).toEqual([])
  })
})
