import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals'
import { lineageTasks } from '../../activities/lineage/tasks.ts'
import { extractMetadata } from '../../activities/metadata/extract.ts'
import { miningTasks } from '../../activities/mining/tasks.ts'
import { publish } from '../../activities/publish.ts'
import type { TaskFunction } from '../../activities/task.ts'
import { assetsNamed } from '../../catalog/assets.ts'
import { exportEdges, lineageOf } from '../../catalog/lineage.ts'
import { topGroups } from '../../catalog/metadata/groups.ts'
import { joinedOn, readsThroughViews, readTogether } from '../../catalog/metadata/read-ways.ts'
import type { Catalog } from '../../catalog/open.ts'
import { markPipelineDeleted, putPipeline } from '../../catalog/pipelines.ts'
import { assetUsage, exportUsage, topAssets } from '../../catalog/usage.ts'
import { placeUsage, topUsers } from '../../catalog/usage-places.ts'
import { paintOf } from '../../client/cli/paint.ts'
import { graphOf } from '../../client/lineage/from-catalog.ts'
import { tree } from '../../client/lineage/tree.ts'
import { pipelineSchema } from '../../contracts/pipeline.ts'
import type { PluginRegistry } from '../../contracts/registry.ts'
import type { Window } from '../../contracts/window.ts'
import { startThreads, type Threads } from '../../worker/threads.ts'
import { addDatabase, execution, glueTable, glueView, icebergTable } from '../support/athena-world.ts'
import { type Body, type FakeAws, startFakeAws } from '../support/aws-json.ts'
import { onEveryStore } from '../support/catalogs.ts'
import { all } from '../support/host.ts'
import { realPlugins, startTaskRun, type TaskRun, type TaskWorld } from '../support/task-context.ts'

let aws: FakeAws
let registry: PluginRegistry
let threads: Threads
let folder: string
let catalog: Catalog

beforeAll(async () => {
  aws = await startFakeAws()
  registry = await realPlugins()
  threads = startThreads({ count: 1, memoryMb: 512 })
})
afterAll(async () => {
  await threads.close()
  await aws.close()
})
beforeEach(async () => {
  aws.allowAll()
  aws.forget()
  aws.world.catalogs.clear()
  aws.world.workGroups.clear()
  aws.world.tags.clear()
  folder = await mkdtemp(join(tmpdir(), 'athena-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

const DAY = { from: '2026-01-05T00:00:00.000Z', to: '2026-01-06T00:00:00.000Z' }
const NEXT = { from: '2026-01-06T00:00:00.000Z', to: '2026-01-07T00:00:00.000Z' }

function world(now = Date.parse('2026-01-07T12:00:00Z')): TaskWorld {
  const config = { region: 'eu-west-1', endpoint: aws.endpoint, accessKeyId: 'AKIATEST', secretAccessKey: 'secret', requestsPerSecond: 100 }
  return { catalog, registry, threads, connection: { name: 'lake', connector: 'athena', config }, now: () => now }
}

async function steps(run: TaskRun, names: readonly string[]): Promise<TaskRun> {
  for (const name of names) {
    const task: TaskFunction | undefined = lineageTasks[name] ?? miningTasks[name]
    if (task === undefined) throw new Error(`no task ${name}`)
    if (name === 'mine.scan') continue
    const output = await run.run(task)
    if (name !== 'mine.list') continue
    for (const item of run.manifests.get(String(output.manifest)) ?? []) await run.run(miningTasks['mine.scan'] as TaskFunction, { item }) // it is there
  }
  return run
}

async function crawl(): Promise<void> {
  await startTaskRun(world(), { name: 'metadata', type: 'metadataIngestion', options: { includeTags: false } }).run(extractMetadata)
}

const usage = (window: Window | null = DAY, options: object = {}, now?: number) =>
  steps(startTaskRun(world(now), { name: 'usage', type: 'usageIngestion', options }, {}, window), [
    'history.fetch',
    'mine.list',
    'mine.settle',
    'mine.resolve',
    'mine.usage',
  ])

const lineage = (window: Window | null = DAY, options: object = {}, now?: number, name = 'lineage') =>
  steps(startTaskRun(world(now), { name, type: 'lineageIngestion', options }, {}, window), [
    'history.fetch',
    'mine.list',
    'mine.settle',
    'lineage.views',
    'mine.resolve',
    'lineage.locations',
    'lineage.report',
  ])

const history = (...executions: readonly Body[]) => void aws.world.workGroups.set('primary', { State: 'ENABLED', history: executions })

async function edges(level = 'table'): Promise<readonly string[]> {
  const found = await all(exportEdges(catalog.db, 'lake'))
  const name = (path: readonly string[], column?: string) =>
    [...(path.length > 1 ? path.slice(1) : path), ...(column === undefined ? [] : [column])].join('.')
  return found
    .filter((edge) => edge.level === level)
    .map(({ source, sourceColumn, target, targetColumn }) => `${name(source, sourceColumn)} → ${name(target, targetColumn)}`)
    .sort()
}

async function readsOf(name: string) {
  const [head] = await assetsNamed(catalog.db, name)
  if (head === undefined) throw new Error(`no asset ${name}`)
  return await assetUsage(catalog.db, head.id)
}

onEveryStore('usage of Athena', (bench) => {
  beforeEach(async () => {
    catalog = await bench.open()
  })
  beforeEach(async () => {
    addDatabase(aws.world, 'shop', [
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
    expect(await catalog.db.selectFrom('history_objects').select('object').execute()).toHaveLength(1)
    expect(second.warnings.join('\n')).not.toContain('empty')
    expect((await readsOf('shop.orders')).reads).toBe(2)
  })

  it('exports reads of users whom Athena does not name', async () => {
    history(
      execution('SELECT total FROM orders', { database: 'shop' }),
      execution('INSERT INTO events SELECT id FROM orders', { database: 'shop' }),
    )
    await usage()
    const exported = (await all(exportUsage(catalog.db, 'lake'))).map(({ asset, ...rest }) => ({ ...rest, asset: asset.at(-1) }))
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
    const groups = await catalog.db.selectFrom('history_groups').select(['day', 'name', 'executions', 'failed', 'bytes']).execute()
    expect(groups).toEqual([{ day: '2026-01-05', name: 'primary', executions: 6, failed: 1, bytes: 3e12 + 4 * 20_000_000 }])
  })

  it('OpenMetadata #6253, #11085: popularity is not 0 although Athena names no user', async () => {
    history(execution('SELECT 1 FROM shop.orders'), execution('SELECT 2 FROM shop.orders'))
    await usage()
    expect((await topAssets(catalog.db))[0]).toMatchObject({ reads: 2, bars: 4 })
    expect((await topAssets(catalog.db))[0]?.score).toBeCloseTo(Math.log(3))
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
    addDatabase(aws.world, 'shop', [
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
    const [orders] = await assetsNamed(catalog.db, 'shop.orders')
    const through = await readsThroughViews(catalog.db, orders?.id ?? '')
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
      const [head] = await assetsNamed(catalog.db, `shop.${one}`)
      expect((await readTogether(catalog.db, head?.id ?? '')).map(({ asset, times }) => [asset.path.at(-1), times])).toEqual([[other, 1]])
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
      const [head] = await assetsNamed(catalog.db, `shop.${name}`)
      return (await joinedOn(catalog.db, head?.id ?? '')).map(({ column, other, otherColumn, times }) => [
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
    aws.world.workGroups.set('bi', {
      State: 'ENABLED',
      history: [execution('SELECT 1 FROM shop.events', { workGroup: 'bi', at: '2026-01-05T09:00:00Z', bytes: 5e12 })],
    })
    await usage()
    const by = async (order: 'executions' | 'cost') =>
      (await topGroups(catalog.db, { connection: 'lake', by: order, limit: 9 })).map(({ group, executions, failed, bytes, cost, days }) => [
        group,
        executions,
        failed,
        bytes,
        cost,
        days.map(({ day }) => day).join(),
      ])
    expect(await by('executions')).toEqual([
      ['primary', 2, 1, 4e12, 20, '2026-01-05'],
      ['bi', 1, 0, 5e12, 25, '2026-01-05'],
    ])
    expect((await by('cost'))[0]?.[0]).toBe('bi')
    expect(await topGroups(catalog.db, { connection: 'other', by: 'cost', limit: 9 })).toEqual([])
  })

  it('OpenMetadata #20213: the usage of a schema is that of its tables, also after running again', async () => {
    history(execution('SELECT 1 FROM shop.orders', { bytes: 2e12 }), execution('SELECT id FROM shop.events', { bytes: 1e12 }))
    for (let times = 0; times < 2; times++) {
      await usage()
      const [schema] = await assetsNamed(catalog.db, 'AwsDataCatalog.shop')
      expect(await placeUsage(catalog.db, schema?.id ?? '')).toMatchObject({
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
    expect(await assetsNamed(catalog.db, 'events$snapshots')).toEqual([])
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
      (await catalog.db.selectFrom('history_executions').select('id').execute()).length,
      (await catalog.db.selectFrom('history_objects').select('object').execute()).length,
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
    aws.world.workGroups.set('bi', { State: 'ENABLED', history: [execution('SELECT 1 FROM shop.orders', { workGroup: 'bi' })] })
    aws.deny('athena:ListQueryExecutions(bi)')
    const run = await usage(DAY)
    expect(run.warnings.join('\n')).toContain('The history of workgroup bi could not be read')
    aws.allowAll()
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
    aws.onCall((action) => {
      if (action === 'athena:ListQueryExecutions' && aws.count(action) === 120) stop.abort(new Error('killed'))
    })
    const run = startTaskRun(world(), { name: 'usage', type: 'usageIngestion' }, {}, DAY)
    const fetch = lineageTasks['history.fetch'] as TaskFunction // it is there
    await expect(run.run(fetch, { signal: stop.signal })).rejects.toThrow()
    expect(run.checkpoints.at(-1)).toBeDefined()
    aws.onCall(null)
    await run.run(fetch, { checkpoint: run.checkpoints.at(-1) })
    expect(aws.count('athena:ListQueryExecutions')).toBeLessThan(120 + 140) // 140 pages of 50, had it begun anew
    await steps(run, ['mine.list', 'mine.settle', 'mine.resolve', 'mine.usage'])
    expect((await readsOf('shop.orders')).reads).toBe(7000)
  })
})

onEveryStore('usage from a query log in S3', (bench) => {
  beforeEach(async () => {
    catalog = await bench.open()
  })
  const csv = [
    'query_text,user_name,start_time,end_time,duration,cost,aborted,database_name,schema_name',
    '"SELECT id\nFROM orders WHERE name = ""x, y""",ann,2026-01-05 10:00:00.123456,2026-01-05 10:00:02,2000,0.5,false,AwsDataCatalog,shop',
    'SELECT id FROM orders,ben,2026-01-05 11:00:00.000000,,,,false,AwsDataCatalog,shop',
    'SELECT id FROM orders,ben,2026-01-05 11:00:00.000000,,,,true,AwsDataCatalog,shop',
  ].join('\r\n')
  const ndjson = `${JSON.stringify({ query_text: 'SELECT id FROM orders', user_name: 'cat', start_time: '2026-01-06T00:00:00Z', schema_name: 'shop' })}\n`

  it("takes OpenMetadata's CSV and NDJSON, with users", async () => {
    addDatabase(aws.world, 'shop', [glueTable('orders')])
    await crawl()
    await writeFile(join(folder, 'log.csv'), csv)
    await writeFile(join(folder, 'log.ndjson'), ndjson)
    const log = { kind: 's3', bucket: `file://${folder}`, keys: 'openmetadata' }
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
    expect((await topUsers(catalog.db, { limit: 2 })).map(({ user, executions }) => [user, executions])).toEqual([
      ['ann', 1],
      ['ben', 1],
    ])
    expect(aws.count('athena:ListQueryExecutions')).toBe(0)
  })

  it('does not count the users it is told to leave out', async () => {
    addDatabase(aws.world, 'shop', [glueTable('orders')])
    await crawl()
    await writeFile(join(folder, 'log.csv'), csv)
    const queryLog = { kind: 's3', bucket: `file://${folder}`, keys: 'openmetadata', suffixes: ['.csv'], format: 'csv' }
    await usage(DAY, { queryLog, excludedUsers: ['ben'] })
    const found = await readsOf('shop.orders')
    expect(found.users.map(({ user, reads }) => [user, reads])).toEqual([['ann', 1]])
  })
})

onEveryStore('lineage of Athena', (bench) => {
  beforeEach(async () => {
    catalog = await bench.open()
  })
  it('OpenMetadata #13368, #10483, #11561: names are resolved by the context of the query, never by name alone', async () => {
    for (const name of ['a', 'b', 'default']) addDatabase(aws.world, name, [glueTable('t'), glueTable('u')])
    await crawl()
    history(
      execution('INSERT INTO u SELECT id FROM t', { database: 'a' }),
      execution('INSERT INTO u SELECT id FROM t'),
      execution('INSERT INTO b.u SELECT id FROM awsdatacatalog.b.t', { database: 'a', catalog: 'AWSDATACATALOG' }),
    )
    await lineage()
    expect((await edges()).filter((edge) => !edge.startsWith('s3:'))).toEqual(['a.t → a.u', 'b.t → b.u', 'default.t → default.u'])
    expect(await edges('column')).toEqual(expect.arrayContaining(['a.t.id → a.u.id']))
  })

  it('tables that only queries name are spelled as the catalog is, before it is crawled and after', async () => {
    const names = async () => (await catalog.db.selectFrom('assets').select('path').orderBy('path_key').execute()).map(({ path }) => path)
    history(
      execution('INSERT INTO shop.b SELECT id FROM a', { database: 'shop', catalog: 'awsdatacatalog' }),
      execution('SELECT id FROM "AWSDataCatalog"."shop"."c"'),
    )
    await usage()
    const spelled = [
      '["AwsDataCatalog"]',
      '["AwsDataCatalog","shop"]',
      ...['a', 'b', 'c'].map((name) => `["AwsDataCatalog","shop","${name}"]`),
    ]
    expect(await names()).toEqual(spelled)
    addDatabase(aws.world, 'shop', [glueTable('a')])
    await crawl()
    await usage()
    expect(await names()).toEqual(spelled)
  })

  it('of a catalog of another account, whose views and queries call it AwsDataCatalog as accounts call their own', async () => {
    const account = '210987654321'
    const role = `arn:aws:iam::${account}:role/reader`
    aws.world.roles.set(role, 'lake-1')
    addDatabase(aws.world, 'shop', [glueTable('orders'), glueView('v', 'SELECT id FROM orders', { schema: 'shop' })], { catalog: account })
    const own = world()
    const partner: TaskWorld = {
      ...own,
      connection: {
        ...own.connection,
        config: {
          region: 'eu-west-1',
          endpoint: aws.endpoint,
          accessKeyId: 'AKIATEST',
          secretAccessKey: 'secret',
          requestsPerSecond: 100,
          catalogId: account,
          catalogName: 'partner',
          assumeRoleArn: role,
          externalId: 'lake-1',
        },
      },
    }
    await startTaskRun(partner, { name: 'metadata', type: 'metadataIngestion', options: { includeTags: false } }).run(extractMetadata)
    history(execution('INSERT INTO copy SELECT id FROM orders', { database: 'shop', catalog: 'AwsDataCatalog' }))
    const run = startTaskRun(partner, { name: 'lineage', type: 'lineageIngestion', options: { locationLineage: false } }, {}, DAY)
    await steps(run, ['history.fetch', 'mine.list', 'mine.settle', 'lineage.views', 'mine.resolve', 'lineage.locations', 'lineage.report'])
    const found = await all(exportEdges(catalog.db, 'lake'))
    expect(new Set(found.map(({ source, target }) => `${source.join('.')} → ${target.join('.')}`))).toEqual(
      new Set(['partner.shop.orders → partner.shop.copy', 'partner.shop.orders → partner.shop.v']),
    )
  })

  it('of views, from their texts in Glue with their own defaults; a new text replaces what the old one stated', async () => {
    const base = [
      glueTable('orders', {
        columns: [
          ['id', 'bigint'],
          ['total', 'double'],
        ],
      }),
      glueTable('old', { columns: [['id', 'bigint']] }),
    ]
    addDatabase(aws.world, 'shop', base)
    addDatabase(aws.world, 'bi', [
      glueView('v', 'SELECT id x FROM old', { schema: 'shop' }),
      glueView('w', 'SELECT * FROM bi.v', { schema: 'shop', columns: [['x', 'bigint']] }),
    ])
    await crawl()
    const none = { queryLineage: false, locationLineage: false }
    history()
    await lineage(DAY, none)
    expect(await edges()).toEqual(['bi.v → bi.w', 'shop.old → bi.v'])
    addDatabase(aws.world, 'bi', [
      glueView('v', 'SELECT id x FROM orders WHERE total > 3', { schema: 'shop' }),
      glueView('w', 'SELECT * FROM bi.v', { schema: 'shop', columns: [['x', 'bigint']] }),
    ])
    await crawl()
    const run = await lineage(DAY, none)
    expect(run.counts.get('changedViews')).toBe(1)
    expect(await edges()).toEqual(['bi.v → bi.w', 'shop.orders → bi.v'])
    expect(await edges('control')).toEqual(['shop.orders.total → bi.v'])
  })

  it('OpenMetadata #14676: from the files to the external table, by column where files have names, and through UNLOAD from one table to another', async () => {
    addDatabase(aws.world, 'shop', [
      glueTable('raw', { columns: [['id', 'bigint']], location: 's3a://lake/raw' }),
      glueTable('text', { columns: [['id', 'bigint']], location: 's3://lake/text/', serde: 'org.apache.hadoop.hive.serde2.OpenCSVSerde' }),
      glueTable('out', { columns: [['id', 'bigint']], keys: [['day', 'date']], location: 's3://lake/out' }),
    ])
    await crawl()
    history(execution(`UNLOAD (SELECT id FROM raw) TO 's3://lake/out/day=1/' WITH (format = 'PARQUET')`, { database: 'shop' }))
    await lineage()
    expect(await edges()).toEqual([
      's3://lake/out/day=1/ → shop.out',
      's3://lake/text/ → shop.text',
      's3a://lake/raw → shop.raw',
      'shop.raw → s3://lake/out/day=1/',
    ])
    expect(await edges('column')).toEqual([
      's3://lake/out/day=1/.id → shop.out.id',
      's3a://lake/raw.id → shop.raw.id',
      'shop.raw.id → s3://lake/out/day=1/.id',
    ])
    await crawl()
    expect((await lineage()).counts.get('changedLocations')).toBeUndefined()
  })

  it('OpenMetadata #19559: the filters of the pipeline hold for lineage too, and a wider one brings back what it lets through', async () => {
    addDatabase(aws.world, 'shop', [glueTable('a'), glueTable('b'), glueTable('tmp_c')])
    await crawl()
    history(execution('INSERT INTO shop.b SELECT id FROM shop.a'), execution('INSERT INTO shop.tmp_c SELECT id FROM shop.a'))
    const options = { locationLineage: false }
    await lineage(DAY, { ...options, tableFilterPattern: { excludes: ['tmp_'] } })
    expect(await edges()).toEqual(['shop.a → shop.b'])
    await lineage(DAY, options)
    expect(await edges()).toEqual(['shop.a → shop.b', 'shop.a → shop.tmp_c'])
  })

  it('from inside of nested columns tells which fields are taken, unless the whole column is', async () => {
    addDatabase(aws.world, 'shop', [
      glueTable('people', {
        columns: [
          ['id', 'bigint'],
          ['home', 'struct<city:string,geo:struct<lat:double,lon:double>>'],
          ['items', 'array<struct<sku:string>>'],
        ],
      }),
    ])
    await crawl()
    history(
      execution(
        "INSERT INTO shop.t SELECT id, home.geo.lat + home.geo.lon AS place, home.city || '' AS city, home AS whole, i.sku FROM shop.people CROSS JOIN UNNEST(items) AS u(i)",
      ),
      execution('INSERT INTO shop.w SELECT concat(home.city, cast(home AS varchar)) AS both FROM shop.people'),
    )
    await lineage(DAY, { locationLineage: false })
    const found = (await all(exportEdges(catalog.db, 'lake'))).filter(({ level }) => level === 'column')
    expect(
      Object.fromEntries(found.map(({ sourceColumn, targetColumn, sourcePaths }) => [`${targetColumn} ← ${sourceColumn}`, sourcePaths])),
    ).toEqual({
      'id ← id': undefined,
      'place ← home': ['geo.lat', 'geo.lon'],
      'city ← home': ['city'],
      'whole ← home': undefined,
      'sku ← items': ['sku'],
      'both ← home': undefined,
    })
    const [made] = await assetsNamed(catalog.db, 'shop.t')
    const id = made?.id ?? ''
    const graph = await lineageOf(catalog.db, id, { direction: 'upstream', depth: 1, columns: true })
    const lines = tree(graphOf([graph], true), id, { direction: 'upstream', depth: 1, columns: true }, paintOf(false)).join('\n')
    for (const shown of ['people.home.city', 'people.home.{geo.lat, geo.lon}', 'people.items.sku', 'people.id'])
      expect(lines).toContain(shown)
    expect(lines).toMatch(/people\.home$/m)
  })

  it('a statement in two logs has the lineage that the filters of either let through, whichever was read first', async () => {
    addDatabase(aws.world, 'shop', [glueTable('a'), glueTable('tmp_c')])
    await crawl()
    const sql = 'INSERT INTO shop.tmp_c SELECT id FROM shop.a'
    history(execution(sql, { database: 'shop' }))
    const filtered = { locationLineage: false, tableFilterPattern: { excludes: ['tmp_'] } }
    await lineage(DAY, filtered)
    expect(await edges()).toEqual([])
    await writeFile(join(folder, 'log.json'), `${JSON.stringify({ sql, db: 'AwsDataCatalog', schema: 'shop' })}\n`)
    const queryLog = { kind: 's3', bucket: `file://${folder}`, keys: { sql: 'sql', defaultDatabase: 'db', defaultSchema: 'schema' } }
    const mineLog = () =>
      steps(startTaskRun(world(), { name: 'log', type: 's3QueryMining', options: { queryLog } }), [
        'mine.list',
        'mine.settle',
        'mine.resolve',
        'mine.usage',
      ])
    await mineLog()
    expect(await edges()).toEqual(['shop.a → shop.tmp_c'])
    await lineage(DAY, filtered)
    expect(await edges()).toEqual(['shop.a → shop.tmp_c'])
  })

  it('OpenMetadata #5719, #6725: several lineage pipelines of one connection, each with its filter, add up', async () => {
    for (const schema of ['shop', 'hr'])
      addDatabase(aws.world, schema, [glueTable('a'), glueTable('b'), glueTable('c'), glueView('v', 'SELECT id FROM a', { schema })])
    await crawl()
    history(
      execution('INSERT INTO shop.b SELECT id FROM shop.a'),
      execution('INSERT INTO hr.b SELECT id FROM hr.a'),
      execution('INSERT INTO shop.c SELECT id FROM hr.a'),
    )
    for (const name of ['of-shop', 'of-hr'])
      await putPipeline(
        catalog.db,
        pipelineSchema.parse({ name, type: 'lineageIngestion', connection: 'lake' }),
        null,
        '2026-01-01T00:00:00Z',
      )
    const only = (schema: string) => ({ schemaFilterPattern: { includes: [schema] } })
    const shop = () => lineage(DAY, only('shop'), undefined, 'of-shop')
    const hr = () => lineage(DAY, only('hr'), undefined, 'of-hr')
    const ofShop = ['s3://lake/a/ → shop.a', 's3://lake/b/ → shop.b', 's3://lake/c/ → shop.c', 'shop.a → shop.b', 'shop.a → shop.v']
    const both = [...ofShop, ...ofShop.map((edge) => edge.replaceAll('shop', 'hr'))].sort()
    await shop()
    expect(await edges()).toEqual(ofShop)
    await usage(DAY) // resolves what it mines, too
    expect(await edges()).toEqual(ofShop)
    for (const run of [hr, shop, hr]) {
      await run()
      expect(await edges()).toEqual(both)
    }
    await markPipelineDeleted(catalog.db, 'of-hr', '2026-01-02T00:00:00Z')
    await shop()
    expect(await edges()).toEqual(ofShop)
  })

  it('is published to the sinks of a pipeline of any type, whatever its options; a dry run publishes nothing', async () => {
    addDatabase(aws.world, 'shop', [glueTable('a'), glueTable('b'), glueView('v', 'SELECT id FROM a', { schema: 'shop' })])
    await crawl()
    history(execution('INSERT INTO shop.b SELECT id FROM shop.a'))
    await lineage()
    const inputsOf = (events: string) =>
      events
        .trim()
        .split('\n')
        .map(
          (line) =>
            JSON.parse(line) as {
              readonly inputs: readonly { readonly name: string }[]
              readonly outputs: readonly { readonly name: string }[]
            },
        )
        .map(({ inputs, outputs }) => `${inputs.map(({ name }) => name).join()} → ${outputs.map(({ name }) => name).join()}`)
        .sort()
    const published = async (type: string, options: object, input: object = {}) => {
      const file = join(folder, `${type}-${Object.keys(input).length}.ndjson`)
      const pipeline = { name: `${type}${Object.keys(input).length}`, type, options, sinks: [{ sink: 'openlineage', config: { file } }] }
      await startTaskRun(world(), pipeline, input).run(publish, { with: { sink: 0 } })
      return await readFile(file, 'utf8').catch(() => '')
    }
    for (const [type, options] of [
      ['lineageIngestion', { tableFilterPattern: { includes: ['a', 'b'] }, keepDays: 60 }],
      ['usageIngestion', { queryLog: { kind: 'connection' }, lookbackDays: 2 }],
      ['metadataIngestion', { threads: 2, markDeletedTables: false }],
    ] as const) {
      expect(inputsOf(await published(type, options))).toEqual([
        'AwsDataCatalog.shop.a → AwsDataCatalog.shop.b',
        'AwsDataCatalog.shop.a → AwsDataCatalog.shop.v',
        'a → AwsDataCatalog.shop.a',
        'b → AwsDataCatalog.shop.b',
      ])
      expect(await published(type, options, { dryRun: true })).toBe('')
    }
  })

  it('stale lineage goes also where no usage pipeline counts the executions', async () => {
    addDatabase(aws.world, 'shop', [glueTable('a'), glueTable('b'), glueTable('c')])
    await crawl()
    history(
      execution('INSERT INTO shop.c SELECT id FROM shop.a', { at: '2026-01-05T20:00:00Z' }),
      execution('INSERT INTO shop.b SELECT id FROM shop.a', { at: '2026-01-05T10:00:00Z' }),
    )
    const options = { locationLineage: false, reconcile: true, staleAfterDays: 30 }
    await lineage(DAY, options)
    expect(await edges()).toEqual(['shop.a → shop.b', 'shop.a → shop.c'])
    const later = (day: string) =>
      lineage({ from: `${day}T00:00:00.000Z`, to: `${day}T15:00:00.000Z` }, options, Date.parse(`${day}T15:00:00Z`))
    await later('2026-02-04')
    expect(await edges()).toEqual(['shop.a → shop.c'])
    history(execution('INSERT INTO shop.b SELECT id FROM shop.a', { at: '2026-02-05T10:00:00Z' }))
    await later('2026-02-05')
    await later('2026-02-05')
    expect(await edges()).toEqual(['shop.a → shop.b'])
  })

  it('OpenMetadata #15062: an edge belongs to those that state it: another that states it, or no longer does, changes nothing for them', async () => {
    addDatabase(aws.world, 'shop', [glueTable('a'), glueTable('b'), glueView('v', 'SELECT id FROM a', { schema: 'shop' })])
    await crawl()
    history(
      execution('INSERT INTO shop.b SELECT id FROM shop.a'),
      execution('INSERT INTO shop.b SELECT id FROM shop.a WHERE id > 3'),
      execution('CREATE OR REPLACE VIEW shop.v AS SELECT id FROM shop.a', { type: 'DDL' }),
    )
    const options = { locationLineage: false }
    await lineage(DAY, options)
    const stated = async (target: string) =>
      new Set(
        (await all(exportEdges(catalog.db, 'lake')))
          .filter((edge) => edge.level === 'table' && edge.target.at(-1) === target)
          .map(({ process }) => process),
      ).size
    expect(await stated('b')).toBe(2)
    expect(await stated('v')).toBe(2)
    addDatabase(aws.world, 'shop', [glueTable('a'), glueTable('b'), glueView('v', 'SELECT id FROM b', { schema: 'shop' })])
    await crawl()
    await lineage(DAY, options)
    expect([...new Set(await edges())]).toEqual(['shop.a → shop.b', 'shop.a → shop.v', 'shop.b → shop.v'])
    expect(await stated('b')).toBe(2)
  })

  it('OpenMetadata #24311: tables of another catalog are sources like any', async () => {
    addDatabase(aws.world, 'shop', [glueTable('a')])
    await crawl()
    history(execution('INSERT INTO shop.a SELECT id FROM "partner"."theirs"."offers"', { database: 'shop' }))
    await lineage(DAY, { locationLineage: false })
    expect((await all(exportEdges(catalog.db, 'lake'))).map(({ source }) => source.join('.'))).toContain('partner.theirs.offers')
  })

  it('metabase/metabase #53175: nothing of it runs a query that scans', async () => {
    addDatabase(aws.world, 'shop', [glueTable('a'), glueView('v', 'SELECT id FROM a', { schema: 'shop' })])
    await crawl()
    history(execution('SELECT id FROM shop.v'))
    await usage()
    await lineage()
    expect(aws.calls.length).toBeGreaterThan(5)
    expect(aws.count('athena:StartQueryExecution')).toBe(0)
  })

  it('a view whose text cannot be read is told in the report', async () => {
    addDatabase(aws.world, 'shop', [
      glueTable('b'),
      { ...glueView('v', '', { schema: 'shop' }), ViewOriginalText: '/* Presto View: e30= */' },
    ])
    await crawl()
    history()
    const run = await lineage()
    expect(run.counts.get('unresolved.VIEW_WITHOUT_TEXT')).toBe(1)
    expect(run.warnings.join('\n')).toContain('AwsDataCatalog.shop.v')
  })

  it('OpenMetadata #18302, #28648: says what could not be resolved, and why', async () => {
    addDatabase(aws.world, 'shop', [glueTable('b')])
    await crawl()
    history(execution('INSERT INTO shop.b SELECT id FROM shop.nowhere'))
    const run = await lineage()
    expect(run.counts.get('unresolved.UNKNOWN_TABLE')).toBe(1)
    expect(run.warnings.join('\n')).toContain('AwsDataCatalog.shop.nowhere')
  })

  it('OpenMetadata #16692, #28387, #22445, #18411, #23184, #21536, #23815: lineage that nothing has stated for long goes when asked, and comes back when it is stated again', async () => {
    addDatabase(aws.world, 'shop', [glueTable('a'), glueTable('b'), glueTable('c')])
    await crawl()
    history(execution('INSERT INTO shop.b SELECT id FROM shop.a'))
    const options = { locationLineage: false, reconcile: true, staleAfterDays: 30 }
    await lineage(DAY, options)
    await usage(DAY)
    expect(await edges()).toEqual(['shop.a → shop.b'])
    const later = Date.parse('2026-03-02T00:00:00Z')
    const window = { from: '2026-03-01T00:00:00.000Z', to: '2026-03-02T00:00:00.000Z' }
    await lineage(window, { ...options, reconcile: false }, later)
    expect(await edges()).toEqual(['shop.a → shop.b'])
    await lineage(window, options, later)
    expect(await edges()).toEqual([])
    expect((await readsOf('shop.a')).writeReads).toBe(1)
    history(execution('INSERT INTO shop.b SELECT id FROM shop.a', { at: '2026-03-01T10:00:00Z' }))
    await usage(window, {}, later)
    await lineage(window, options, later)
    await lineage(window, options, later)
    expect(await edges()).toEqual(['shop.a → shop.b'])
  })
})
