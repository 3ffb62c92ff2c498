import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, it } from '@jest/globals'
import { lineageTasks } from '../../activities/lineage/tasks.ts'
import type { TaskFunction } from '../../activities/task.ts'
import { assetsNamed } from '../../catalog/assets.ts'
import { topGroups } from '../../catalog/metadata/groups.ts'
import { joinedOn, readsThroughViews, readTogether } from '../../catalog/metadata/read-ways.ts'
import { exportUsage, topAssets } from '../../catalog/usage.ts'
import { placeUsage, topUsers } from '../../catalog/usage-places.ts'
import { athenaLake, DAY, NEXT } from '../support/athena-lake.ts'
import { addDatabase, execution, glueTable, glueView, icebergTable } from '../support/athena-world.ts'
import { onEveryStore } from '../support/catalogs.ts'
import { all } from '../support/host.ts'
import { startTaskRun } from '../support/task-context.ts'

const lake = athenaLake()
const { crawl, usage, lineage, history, readsOf, steps, world } = lake

onEveryStore('usage of Athena', (bench) => {
  beforeEach(async () => {
    lake.catalog = await bench.open()
  })
  beforeEach(async () => {
    addDatabase(lake.aws.world, 'shop', [
      glueTable('orders', {
        columns: [
          ['id', 'bigint'],
          ['total', 'double'],
        ],
      }),
      icebergTable('events', [['id', 'bigint']]),
      glueView('open', 'SELECT id FROM orders', { schema: 'shop' }),
    ])
    await crawl()
  })

  it('executions without a time are kept as long as those of today', async () => {
    const recent = Date.parse('2026-01-05T18:00:00Z')
    history(
      { QueryExecutionId: 'timeless', Query: 'SELECT id FROM shop.orders' },
      execution('SELECT id FROM shop.orders', { at: '2026-01-05T10:00:00Z' }),
    )
    await usage(DAY, {}, recent)
    const second = await usage(NEXT, {}, Date.parse('2026-01-06T18:00:00Z'))
    expect(await lake.catalog.db.selectFrom('history_objects').select('object').execute()).toHaveLength(1)
    expect(second.warnings.join('\n')).not.toContain('empty')
    expect((await readsOf('shop.orders')).reads).toBe(2)
  })

  it('exports reads of users whom Athena does not name', async () => {
    history(
      execution('SELECT total FROM orders', { database: 'shop' }),
      execution('INSERT INTO events SELECT id FROM orders', { database: 'shop' }),
    )
    await usage()
    const exported = (await all(exportUsage(lake.catalog.db, 'lake'))).map(({ asset, ...rest }) => ({ ...rest, asset: asset.at(-1) }))
    expect(exported).toEqual([{ connection: 'lake', asset: 'orders', day: '2026-01-05', user: '', reads: 1, writeReads: 1 }])
  })

  it('counts reads by SELECT by day, with bytes and cost; failed ones, EXPLAIN and CREATE VIEW are none; writes are apart', async () => {
    history(
      execution('SELECT total FROM orders WHERE id = 1', { database: 'shop', at: '2026-01-05T10:00:00Z', bytes: 2e12 }),
      execution('SELECT total FROM orders WHERE id = 2', { database: 'shop', at: '2026-01-05T09:00:00Z', bytes: 1e12 }),
      execution('SELECT id FROM shop.orders', { state: 'FAILED' }),
      execution('EXPLAIN SELECT id FROM shop.orders'),
      execution('CREATE VIEW shop.more AS SELECT id FROM shop.orders', { type: 'DDL' }),
      execution('CREATE TABLE shop.copy AS SELECT id FROM shop.orders', { type: 'DDL' }),
    )
    const run = await usage()
    expect(await readsOf('shop.orders')).toMatchObject({
      reads: 2,
      writeReads: 1,
      days: [{ day: '2026-01-05', reads: 2, writeReads: 1, bytes: 3e12, cost: 15 }],
      bytes: 3e12,
      cost: 15,
      lastReadAt: '2026-01-05T10:00:00.000Z',
    })
    expect((await readsOf('shop.orders')).queries[0]).toMatchObject({ executions: 2, cost: 15, averageMs: 2000 })
    expect((await readsOf('shop.orders')).columns.map(({ column }) => column).sort()).toEqual(['id', 'total'])
    expect(run.counts.get('failedRecords')).toBe(1)
    const groups = await lake.catalog.db.selectFrom('history_groups').select(['day', 'name', 'executions', 'failed', 'bytes']).execute()
    expect(groups).toEqual([{ day: '2026-01-05', name: 'primary', executions: 6, failed: 1, bytes: 3e12 + 4 * 20_000_000 }])
  })

  it('OpenMetadata #6253, #11085: popularity is not 0 although Athena names no user', async () => {
    history(execution('SELECT 1 FROM shop.orders'), execution('SELECT 2 FROM shop.orders'))
    await usage()
    expect((await topAssets(lake.catalog.db))[0]).toMatchObject({ reads: 2, bars: 4 })
    expect((await topAssets(lake.catalog.db))[0]?.score).toBeCloseTo(Math.log(3))
  })

  it('OpenMetadata #8303, #3528, #23265: the reads of a table are the executions of the queries listed for it', async () => {
    history(
      execution('SELECT total FROM shop.orders WHERE id = 1'),
      execution('SELECT total FROM shop.orders WHERE id = 2'),
      execution('SELECT id FROM shop.orders'),
      execution('SELECT id FROM shop.events'),
    )
    await usage()
    const { reads, queries } = await readsOf('shop.orders')
    expect(reads).toBe(3)
    expect(queries.map(({ executions }) => executions)).toEqual([2, 1])
  })

  it('a read of a view is one of the view, and an indirect one of what is under it', async () => {
    addDatabase(lake.aws.world, 'shop', [
      glueTable('orders', { columns: [['id', 'bigint']] }),
      glueView('open', 'SELECT id FROM orders', { schema: 'shop' }),
      glueView('few', 'SELECT id FROM open', { schema: 'shop' }),
    ])
    await crawl()
    history(execution('SELECT id FROM shop.few'), execution('SELECT id FROM shop.few WHERE id = 3'), execution('SELECT id FROM shop.open'))
    await usage()
    await lineage()
    expect((await readsOf('shop.few')).reads).toBe(2)
    expect((await readsOf('shop.orders')).reads).toBe(0)
    const [orders] = await assetsNamed(lake.catalog.db, 'shop.orders')
    const through = await readsThroughViews(lake.catalog.db, orders?.id ?? '')
    expect(through.map(({ view, reads }) => [view.at(-1), reads])).toEqual([
      ['few', 2],
      ['open', 1],
    ])
  })

  it('OpenMetadata #13001: knows what a table is joined with, on both sides', async () => {
    history(execution('SELECT o.total FROM shop.orders o JOIN shop.events e ON e.id = o.id'), execution('SELECT 1 FROM shop.orders'))
    await usage()
    for (const [one, other] of [
      ['orders', 'events'],
      ['events', 'orders'],
    ]) {
      const [head] = await assetsNamed(lake.catalog.db, `shop.${one}`)
      expect((await readTogether(lake.catalog.db, head?.id ?? '')).map(({ asset, times }) => [asset.path.at(-1), times])).toEqual([
        [other, 1],
      ])
    }
  })

  it('OpenMetadata #13001: counts joins by pairs of columns, from either side, whichever side is written first', async () => {
    history(
      execution('SELECT o.total FROM shop.orders o JOIN shop.events e ON e.id = o.id', { database: 'shop' }),
      execution('SELECT e.id FROM events e, orders o WHERE o.id = e.id AND o.total > 3', { database: 'shop' }),
      execution('SELECT a.id FROM orders a JOIN orders b ON a.total = b.id', { database: 'shop' }),
      execution('INSERT INTO shop.out SELECT o.id FROM shop.orders o JOIN shop.events e ON e.id = o.total'),
    )
    await usage()
    const joins = async (name: string) => {
      const [head] = await assetsNamed(lake.catalog.db, `shop.${name}`)
      return (await joinedOn(lake.catalog.db, head?.id ?? '')).map(({ column, other, otherColumn, times }) => [
        column,
        other.at(-1),
        otherColumn,
        times,
      ])
    }
    expect(await joins('orders')).toEqual([
      ['id', 'events', 'id', 2],
      ['id', 'orders', 'total', 1],
    ])
    expect(await joins('events')).toEqual([['id', 'orders', 'id', 2]])
  })

  it('bytes and cost are told by workgroup and day', async () => {
    history(
      execution('SELECT 1 FROM shop.orders', { at: '2026-01-05T10:00:00Z', bytes: 3e12 }),
      execution('SELECT 2 FROM shop.orders', { at: '2026-01-05T11:00:00Z', bytes: 1e12, state: 'FAILED' }),
    )
    lake.aws.world.workGroups.set('bi', {
      State: 'ENABLED',
      history: [execution('SELECT 1 FROM shop.events', { workGroup: 'bi', at: '2026-01-05T09:00:00Z', bytes: 5e12 })],
    })
    await usage()
    const by = async (order: 'executions' | 'cost') =>
      (await topGroups(lake.catalog.db, { connection: 'lake', by: order, limit: 9 })).map(
        ({ group, executions, failed, bytes, cost, days }) => [group, executions, failed, bytes, cost, days.map(({ day }) => day).join()],
      )
    expect(await by('executions')).toEqual([
      ['primary', 2, 1, 4e12, 20, '2026-01-05'],
      ['bi', 1, 0, 5e12, 25, '2026-01-05'],
    ])
    expect((await by('cost'))[0]?.[0]).toBe('bi')
    expect(await topGroups(lake.catalog.db, { connection: 'other', by: 'cost', limit: 9 })).toEqual([])
  })

  it('OpenMetadata #20213: the usage of a schema is that of its tables, also after running again', async () => {
    history(execution('SELECT 1 FROM shop.orders', { bytes: 2e12 }), execution('SELECT id FROM shop.events', { bytes: 1e12 }))
    for (let times = 0; times < 2; times++) {
      await usage()
      const [schema] = await assetsNamed(lake.catalog.db, 'AwsDataCatalog.shop')
      expect(await placeUsage(lake.catalog.db, schema?.id ?? '')).toMatchObject({
        reads: 2,
        bytes: 3e12,
        cost: 15,
        days: [{ day: '2026-01-05', reads: 2, cost: 15 }],
        tables: [{ reads: 1 }, { reads: 1 }],
      })
    }
  })

  it("an Iceberg table's metadata tables count for it", async () => {
    history(execution('SELECT snapshot_id FROM "shop"."events$snapshots"'), execution('SELECT * FROM "events$files"', { database: 'shop' }))
    await usage()
    expect((await readsOf('shop.events')).reads).toBe(2)
    expect(await assetsNamed(lake.catalog.db, 'events$snapshots')).toEqual([])
  })

  it('OpenMetadata #8422: overlapping windows, and running again, count once', async () => {
    history(
      execution('SELECT 1 FROM shop.orders', { at: '2026-01-06T01:00:00Z' }),
      execution('SELECT 1 FROM shop.orders', { at: '2026-01-05T23:00:00Z' }),
    )
    await usage(DAY)
    await usage(DAY)
    const run = await usage({ from: DAY.from, to: NEXT.to })
    expect(run.counts.get('knownHistoryEntries')).toBe(1)
    await lineage(NEXT)
    await usage(NEXT)
    expect(await readsOf('shop.orders')).toMatchObject({
      reads: 2,
      days: [
        { day: '2026-01-05', reads: 1 },
        { day: '2026-01-06', reads: 1 },
      ],
    })
  })

  it('a query that was still running is read again by a later run', async () => {
    history(execution('SELECT 1 FROM shop.orders', { id: 'long', state: 'RUNNING', at: '2026-01-05T23:59:00Z' }))
    const run = await usage(DAY)
    expect(run.counts.get('stillRunning')).toBe(1)
    expect((await readsOf('shop.orders')).reads).toBe(0)
    history(execution('SELECT 1 FROM shop.orders', { id: 'long', at: '2026-01-05T23:59:00Z' }))
    await usage(NEXT)
    await usage(NEXT)
    expect(await readsOf('shop.orders')).toMatchObject({ reads: 1, days: [{ day: '2026-01-05' }] })
  })

  it('a missed day is caught up, and without a slot it goes on from where it ended', async () => {
    history(
      execution('SELECT 1 FROM shop.orders', { at: '2026-01-07T11:00:00Z' }),
      execution('SELECT 1 FROM shop.orders', { at: '2026-01-06T11:00:00Z' }),
      execution('SELECT 1 FROM shop.orders', { at: '2026-01-05T11:00:00Z' }),
    )
    await usage(DAY)
    await usage({ from: '2026-01-07T00:00:00.000Z', to: '2026-01-07T10:00:00.000Z' })
    expect((await readsOf('shop.orders')).reads).toBe(2)
    await usage(null)
    expect((await readsOf('shop.orders')).reads).toBe(3)
  })

  it('the first run without a slot goes lookbackDays back', async () => {
    history(
      execution('SELECT 1 FROM shop.orders', { at: '2026-01-06T11:00:00Z' }),
      execution('SELECT 1 FROM shop.orders', { at: '2026-01-05T13:00:00Z' }),
      execution('SELECT 1 FROM shop.orders', { at: '2026-01-05T11:00:00Z' }),
    )
    await usage(null, { lookbackDays: 2 }, Date.parse('2026-01-07T12:00:00Z'))
    expect((await readsOf('shop.orders')).reads).toBe(2)
  })

  it('what was read is forgotten after keepDays; usage and lineage stay, and nothing is counted again', async () => {
    history(execution('SELECT 1 FROM shop.orders', { at: '2026-01-05T10:00:00Z' }))
    await usage(DAY)
    const kept = async () => [
      (await lake.catalog.db.selectFrom('history_executions').select('id').execute()).length,
      (await lake.catalog.db.selectFrom('history_objects').select('object').execute()).length,
    ]
    const on = (day: string) => ({ from: `${day}T00:00:00.000Z`, to: `${day}T12:00:00.000Z` })
    await usage(on('2026-02-20'), { keepDays: 50 }, Date.parse('2026-02-20T12:00:00Z'))
    expect(await kept()).toEqual([1, 1])
    const run = await usage(on('2026-03-01'), { keepDays: 50 }, Date.parse('2026-03-01T12:00:00Z'))
    expect(run.counts.get('forgottenHistoryEntries')).toBe(1)
    expect(await kept()).toEqual([0, 0])
    expect((await readsOf('shop.orders')).reads).toBe(1)
  })

  it('OpenMetadata #14072: reads all workgroups; one that is denied is said, and its window is read again later', async () => {
    history(execution('SELECT 1 FROM shop.orders'))
    lake.aws.world.workGroups.set('bi', { State: 'ENABLED', history: [execution('SELECT 1 FROM shop.orders', { workGroup: 'bi' })] })
    lake.aws.deny('athena:ListQueryExecutions(bi)')
    const run = await usage(DAY)
    expect(run.warnings.join('\n')).toContain('The history of workgroup bi could not be read')
    lake.aws.allowAll()
    await usage(NEXT)
    expect((await readsOf('shop.orders')).reads).toBe(1)
    await usage(DAY)
    expect((await readsOf('shop.orders')).reads).toBe(2)
  })

  it('#23183, #28908, #24303, #25615: keeps what it read as it goes, and goes on in the middle of a workgroup without counting twice', async () => {
    const many = Array.from({ length: 7000 }, (_, n) =>
      execution(`SELECT ${n} FROM shop.orders`, { id: `m${n}`, at: new Date(Date.parse('2026-01-05T20:00:00Z') - n * 1000).toISOString() }),
    )
    history(...many)
    const stop = new AbortController()
    lake.aws.onCall((action) => {
      if (action === 'athena:ListQueryExecutions' && lake.aws.count(action) === 120) stop.abort(new Error('killed'))
    })
    const run = startTaskRun(world(), { name: 'usage', type: 'usageIngestion' }, {}, DAY)
    const fetch = lineageTasks['history.fetch'] as TaskFunction // it is there
    await expect(run.run(fetch, { signal: stop.signal })).rejects.toThrow()
    expect(run.checkpoints.at(-1)).toBeDefined()
    lake.aws.onCall(null)
    await run.run(fetch, { checkpoint: run.checkpoints.at(-1) })
    expect(lake.aws.count('athena:ListQueryExecutions')).toBeLessThan(120 + 140) // 140 pages of 50, had it begun anew
    await steps(run, ['mine.list', 'mine.settle', 'mine.resolve', 'mine.usage'])
    expect((await readsOf('shop.orders')).reads).toBe(7000)
  })
})

onEveryStore('usage from a query log in S3', (bench) => {
  beforeEach(async () => {
    lake.catalog = await bench.open()
  })
  const csv = [
    'query_text,user_name,start_time,end_time,duration,cost,aborted,database_name,schema_name',
    '"SELECT id\nFROM orders WHERE name = ""x, y""",ann,2026-01-05 10:00:00.123456,2026-01-05 10:00:02,2000,0.5,false,AwsDataCatalog,shop',
    'SELECT id FROM orders,ben,2026-01-05 11:00:00.000000,,,,false,AwsDataCatalog,shop',
    'SELECT id FROM orders,ben,2026-01-05 11:00:00.000000,,,,true,AwsDataCatalog,shop',
  ].join('\r\n')
  const ndjson = `${JSON.stringify({ query_text: 'SELECT id FROM orders', user_name: 'cat', start_time: '2026-01-06T00:00:00Z', schema_name: 'shop' })}\n`

  it("takes OpenMetadata's CSV and NDJSON, with users", async () => {
    addDatabase(lake.aws.world, 'shop', [glueTable('orders')])
    await crawl()
    await writeFile(join(lake.folder, 'log.csv'), csv)
    await writeFile(join(lake.folder, 'log.ndjson'), ndjson)
    const log = { kind: 's3', bucket: `file://${lake.folder}`, keys: 'openmetadata' }
    const first = await usage(DAY, { queryLog: { ...log, suffixes: ['.csv'], format: 'csv' } })
    expect(Object.fromEntries(first.counts)).toMatchObject({ records: 3, failedRecords: 1 })
    const more = startTaskRun(world(), { name: 'more', type: 'usageIngestion', options: { queryLog: { ...log, suffixes: ['.ndjson'] } } })
    await steps(more, ['history.fetch', 'mine.list', 'mine.settle', 'mine.resolve', 'mine.usage'])
    const found = await readsOf('shop.orders')
    expect(found).toMatchObject({
      reads: 3,
      days: [
        { day: '2026-01-05', reads: 2 },
        { day: '2026-01-06', reads: 1 },
      ],
    })
    expect(found.users.map(({ user }) => user)).toEqual(['ann', 'ben', 'cat'])
    // OpenMetadata #1440: who uses the lake most.
    expect((await topUsers(lake.catalog.db, { limit: 2 })).map(({ user, executions }) => [user, executions])).toEqual([
      ['ann', 1],
      ['ben', 1],
    ])
    expect(lake.aws.count('athena:ListQueryExecutions')).toBe(0)
  })

  it('does not count the users it is told to leave out', async () => {
    addDatabase(lake.aws.world, 'shop', [glueTable('orders')])
    await crawl()
    await writeFile(join(lake.folder, 'log.csv'), csv)
    const queryLog = { kind: 's3', bucket: `file://${lake.folder}`, keys: 'openmetadata', suffixes: ['.csv'], format: 'csv' }
    await usage(DAY, { queryLog, excludedUsers: ['ben'] })
    const found = await readsOf('shop.orders')
    expect(found.users.map(({ user, reads }) => [user, reads])).toEqual([['ann', 1]])
  })
})
