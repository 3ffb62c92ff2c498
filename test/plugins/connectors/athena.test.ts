import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Asset } from '../../../contracts/assets.ts'
import { LodelineError } from '../../../contracts/errors.ts'
import type { Checkpoint, CheckResult, Connector, HistoryOptions, Listed, MetadataOptions } from '../../../contracts/plugin.ts'
import type { QueryRecord } from '../../../contracts/query-record.ts'
import { plugin } from '../../../plugins/connectors/athena/plugin.ts'
import { addDatabase, execution, glueTable, glueView, icebergTable } from '../../support/athena-world.ts'
import { type FakeAws, startFakeAws } from '../../support/aws-json.ts'
import { all, testHost } from '../../support/host.ts'
import { type S3Server, startS3 } from '../../support/s3.ts'

const connector = plugin.connectors?.[0] as Connector // the plugin has this one

let aws: FakeAws
beforeAll(async () => {
  aws = await startFakeAws()
})
afterAll(() => aws.close())
beforeEach(() => {
  aws.allowAll()
  aws.forget()
  aws.world.catalogs.clear()
  aws.world.catalogs.set('', new Map())
  aws.world.workGroups.clear()
  aws.world.workGroups.set('primary', { State: 'ENABLED', history: [] })
  aws.world.tags.clear()
})

const base = () => ({
  region: 'eu-west-1',
  endpoint: aws.endpoint,
  accessKeyId: 'AKIATEST',
  secretAccessKey: 'secret',
  requestsPerSecond: 100,
})

function source(config: object = {}) {
  const host = testHost()
  return { connection: 'lake', config: connector.config.parse({ ...base(), ...config }), host }
}

const everything: MetadataOptions = { includeTables: true, includeViews: true, includeTags: false, threads: 4, accepts: () => true }

async function read(config: object = {}, options: Partial<MetadataOptions> = {}, from?: unknown) {
  const given = source(config)
  const yielded = await all(connector.metadata?.(given, { ...everything, ...options }, from) ?? fail())
  return {
    assets: yielded.filter((one): one is Asset => 'path' in one),
    listed: yielded.filter((one): one is Listed => 'listed' in one),
    checkpoints: yielded.filter((one): one is Checkpoint => 'checkpoint' in one),
    host: given.host,
  }
}

function fail(): never {
  throw new Error('the connector has no such capability')
}

const named = (assets: readonly Asset[], name: string): Asset => assets.find(({ path }) => path.at(-1) === name) ?? fail()
const columnsOf = (asset: Asset) => asset.columns?.map(({ name, type, partitionKey }) => [name, type, ...(partitionKey ? ['key'] : [])])

describe('Athena metadata', () => {
  it('reads databases, tables, types to any depth, partitions, comments, owner, times, location and format', async () => {
    const deep = 'array<struct<sku:string,price:decimal(10,2),tags:map<string,array<struct<k:int>>>>>'
    addDatabase(
      aws.world,
      'shop',
      [
        glueTable('orders', {
          columns: [
            ['id', 'bigint', 'the number'],
            ['items', deep],
            ['small', 'tinyint'],
            ['ratio', 'double'],
          ],
          keys: [['day', 'date']],
          parameters: { 'projection.enabled': 'true', 'projection.day.type': 'date', comment: 'x' },
          comment: 'All orders',
        }),
      ],
      { Description: 'The shop' },
    )
    const { assets, listed } = await read()
    expect(assets.map(({ kind, path }) => [kind, path.join('.')])).toEqual([
      ['database', 'AwsDataCatalog'],
      ['schema', 'AwsDataCatalog.shop'],
      ['table', 'AwsDataCatalog.shop.orders'],
    ])
    expect(named(assets, 'shop').comment).toBe('The shop')
    const orders = named(assets, 'orders')
    expect(columnsOf(orders)).toEqual([
      ['id', 'bigint'],
      ['items', deep],
      ['small', 'tinyint'],
      ['ratio', 'double'],
      ['day', 'date', 'key'],
    ])
    expect(orders).toMatchObject({
      comment: 'All orders',
      owner: 'hadoop',
      location: 's3://lake/orders/',
      createdAt: '2025-01-01T00:00:00.000Z',
      updatedAt: '2025-01-02T00:00:00.000Z',
      properties: { tableType: 'EXTERNAL_TABLE', format: 'parquet', partitions: 'day (projection: date)' },
    })
    expect(listed).toEqual([{ listed: ['AwsDataCatalog', 'shop'] }, { listed: ['AwsDataCatalog'] }, { listed: [] }])
  })

  it('OpenMetadata #29777, #29947, #25934: a column that is a partition key too, whatever the case, is there once, as the key', async () => {
    addDatabase(aws.world, 'shop', [
      glueTable('t', {
        columns: [
          ['id', 'int'],
          ['Day', 'string'],
          ['ID', 'int'],
        ],
        keys: [['day', 'date']],
      }),
    ])
    expect(columnsOf(named((await read()).assets, 't'))).toEqual([
      ['id', 'int'],
      ['day', 'date', 'key'],
    ])
  })

  it('OpenMetadata #18491: takes a partition key of a nested field as it is', async () => {
    addDatabase(aws.world, 'shop', [glueTable('t', { columns: [['payload', 'struct<day:date>']], keys: [['payload.day', 'date']] })])
    expect(columnsOf(named((await read()).assets, 't'))).toEqual([
      ['payload', 'struct<day:date>'],
      ['payload.day', 'date', 'key'],
    ])
  })

  it('OpenMetadata #14830, #14829, #27623: Iceberg tables say so, have their current columns only, and keep their properties', async () => {
    addDatabase(aws.world, 'shop', [icebergTable('events', [['id', 'bigint']], [['old', 'string']])])
    const events = named((await read()).assets, 'events')
    expect(columnsOf(events)).toEqual([['id', 'bigint']])
    expect(events.properties).toMatchObject({
      tableType: 'ICEBERG',
      format: 'iceberg',
      metadata_location: 's3://lake/events/metadata/1.json',
    })
  })

  it("reads a view's text from Glue without a query, and asks SHOW CREATE VIEW where Glue has none", async () => {
    addDatabase(aws.world, 'shop', [
      glueView('open', 'SELECT id FROM orders', { schema: 'shop' }),
      glueView('odd "one"', '', { text: false }),
    ])
    aws.world.results.set('SHOW CREATE VIEW "shop"."odd ""one"""', ['CREATE VIEW shop.odd AS', 'SELECT 1 id', 'FROM orders'])
    const { assets } = await read()
    expect(named(assets, 'open')).toMatchObject({
      kind: 'view',
      viewSql: 'SELECT id FROM orders',
      properties: { viewSchema: 'shop', viewCatalog: 'AwsDataCatalog' },
    })
    expect(named(assets, 'odd "one"').viewSql).toBe('SELECT 1 id\nFROM orders')
    expect(aws.count('athena:StartQueryExecution')).toBe(1)
    expect(String(aws.calls.find(({ action }) => action === 'athena:StartQueryExecution')?.body.QueryString)).toMatch(
      /^\/\* \{"app": "lodeline"/,
    )
  })

  it('OpenMetadata #12180: reads Lake Formation tags of databases, tables and columns where they are assigned', async () => {
    addDatabase(aws.world, 'shop', [
      glueTable('orders', {
        columns: [
          ['id', 'int'],
          ['email', 'string'],
        ],
      }),
    ])
    aws.world.tags.set('shop', { LFTagOnDatabase: [{ TagKey: 'zone', TagValues: ['raw'] }] })
    aws.world.tags.set('shop.orders', {
      LFTagOnDatabase: [{ TagKey: 'zone', TagValues: ['raw'] }],
      LFTagsOnTable: [{ TagKey: 'owner', TagValues: ['b', 'a'] }],
      LFTagsOnColumns: [{ Name: 'Email', LFTags: [{ TagKey: 'pii', TagValues: ['yes'] }] }],
    })
    const { assets } = await read({}, { includeTags: true })
    expect(named(assets, 'shop').tags).toEqual(['zone=raw'])
    expect(named(assets, 'orders').tags).toEqual(['owner=a', 'owner=b'])
    expect(named(assets, 'orders').columns?.map(({ tags }) => tags)).toEqual([undefined, ['pii=yes']])
  })

  it('without the right to read tags, the metadata comes all the same, tags unsaid, and the asking ends', async () => {
    addDatabase(
      aws.world,
      'shop',
      Array.from({ length: 60 }, (_, n) => glueTable(`t${n}`)),
    )
    aws.deny('lakeformation:GetResourceLFTags')
    const { assets } = await read({}, { includeTags: true, threads: 1 })
    expect(assets).toHaveLength(62)
    expect(assets.every(({ tags }) => tags === undefined)).toBe(true)
    expect(aws.count('lakeformation:GetResourceLFTags')).toBe(20)
  })

  it('pages through databases and tables, and leaves out what is not wanted before it is listed', async () => {
    aws.world.pageSize = 10
    for (let n = 0; n < 25; n++)
      addDatabase(aws.world, `db${String(n).padStart(2, '0')}`, n === 3 ? Array.from({ length: 35 }, (_, t) => glueTable(`t${t}`)) : [])
    const { assets } = await read({}, { accepts: (path) => path.length < 2 || path[1] === 'db03' })
    aws.world.pageSize = 50
    expect(assets.filter(({ kind }) => kind === 'table')).toHaveLength(35)
    expect(aws.count('glue:GetDatabases')).toBe(3)
    expect(aws.count('glue:GetTables')).toBe(4)
  })

  it('goes on from a checkpoint in the middle of a database, and from its beginning when the token has run out', async () => {
    aws.world.pageSize = 10
    addDatabase(aws.world, 'a', [glueTable('first')])
    addDatabase(
      aws.world,
      'b',
      Array.from({ length: 35 }, (_, t) => glueTable(`t${t}`)),
    )
    const whole = await read()
    const middle = whole.checkpoints[2]?.checkpoint
    expect(middle).toEqual({ after: 'a', page: { database: 'b', token: 'page-20' } })
    const rest = await read({}, {}, middle)
    const again = await read({}, {}, { after: 'a', page: { database: 'b', token: 'gone' } })
    aws.world.pageSize = 50
    expect(rest.assets.filter(({ kind }) => kind === 'table').map(({ path }) => path[2])).toEqual(
      Array.from({ length: 15 }, (_, t) => `t${t + 20}`),
    )
    expect(again.assets.filter(({ kind }) => kind === 'table')).toHaveLength(35)
  })

  it("OpenMetadata #28928: reads another account's catalog, and S3 Tables, with the catalog id in every call", async () => {
    addDatabase(aws.world, 'theirs', [glueTable('t')], { catalog: '210987654321' })
    addDatabase(aws.world, 'ns', [glueTable('s')], { catalog: 's3tablescatalog/bucket' })
    const other = await read({ catalogId: '210987654321', catalogName: 'other' })
    const tables = await read({ catalogId: 's3tablescatalog/bucket' })
    expect(other.assets.at(-1)?.path).toEqual(['other', 'theirs', 't'])
    expect(tables.assets.at(-1)?.path).toEqual(['s3tablescatalog/bucket', 'ns', 's'])
    expect(aws.calls.filter(({ action }) => action.startsWith('glue:')).every(({ body }) => body.CatalogId !== undefined)).toBe(true)
  })

  it('a federated catalog is listed by Athena, which alone knows it: Glue would list another one under its name', async () => {
    addDatabase(aws.world, 'own', [glueTable('not_asked_for')])
    addDatabase(aws.world, 'Sales', [glueTable('Orders', { parameters: { inputformat: 'org.apache.hadoop.mapred.TextInputFormat' } })], {
      catalog: 'dynamo',
    })
    const { assets, listed } = await read({ catalogName: 'dynamo' }, { includeTags: true })
    expect(assets.map(({ path }) => path.join('.'))).toEqual(['dynamo', 'dynamo.Sales', 'dynamo.Sales.Orders'])
    expect(named(assets, 'Orders').properties).toMatchObject({ format: 'text' })
    expect(listed.every(({ problem }) => problem === undefined)).toBe(true)
    expect(await connector.exists?.(source({ catalogName: 'dynamo' }), ['dynamo', 'Sales', 'Orders'])).toBe(true)
    expect(await connector.exists?.(source({ catalogName: 'dynamo' }), ['dynamo', 'own'])).toBe(false)
    expect((await read({ catalogName: 'dynamo', database: 'Sales' })).assets.at(-1)?.path).toEqual(['dynamo', 'Sales', 'Orders'])
    const steps = await all(connector.check?.(source({ catalogName: 'dynamo' })) ?? fail())
    expect(steps.map(({ step, status }) => `${step} ${status}`)).toContain('GetTables passed')
    expect(aws.calls.filter(({ action }) => /^(glue|lakeformation):/.test(action))).toEqual([])
  })

  it('links of Lake Formation: tables of a linked database stand in the link, a linked table tells what it stands for', async () => {
    const shared = { ...glueTable('orders'), DatabaseName: 'sales_of_them', CatalogId: '210987654321' }
    const link = { Name: 'customers', TargetTable: { CatalogId: '210987654321', DatabaseName: 'crm', Name: 'customers' } }
    addDatabase(aws.world, 'sales', [shared, link])
    const { assets } = await read()
    expect(assets.map(({ path }) => path.join('.'))).toEqual([
      'AwsDataCatalog',
      'AwsDataCatalog.sales',
      'AwsDataCatalog.sales.orders',
      'AwsDataCatalog.sales.customers',
    ])
    expect(named(assets, 'customers').properties).toMatchObject({ tableType: 'RESOURCE_LINK', linkTo: '210987654321.crm.customers' })
  })

  it("views do not have Athena's own remark for a comment", async () => {
    addDatabase(aws.world, 'shop', [glueView('v', 'SELECT 1 AS id'), { ...glueView('w', 'SELECT 1 AS id'), Description: 'Ours' }])
    const { assets } = await read()
    expect([named(assets, 'v').comment, named(assets, 'w').comment]).toEqual([undefined, 'Ours'])
  })

  it('OpenMetadata #16476: reads the one database it is told to, and never asks for `default`', async () => {
    addDatabase(aws.world, 'default', [glueTable('secret')])
    addDatabase(aws.world, 'shop', [glueTable('orders')])
    aws.deny('glue:GetTables(default)', 'glue:GetDatabases', 'glue:GetDatabase(default)')
    const { assets, listed } = await read({ database: 'Shop' })
    expect(assets.map(({ path }) => path.at(-1))).toEqual(['AwsDataCatalog', 'shop', 'orders'])
    expect(listed).toEqual([{ listed: ['AwsDataCatalog', 'shop'] }, { listed: [] }])
  })

  it('asks Athena where Glue denies, and says which database nobody lets it list, without losing the others', async () => {
    addDatabase(aws.world, 'a', [glueTable('t', { comment: 'c', parameters: { comment: 'c' } })])
    addDatabase(aws.world, 'b', [glueTable('u')])
    aws.deny('glue:GetDatabases', 'glue:GetTables(a)', 'glue:GetTables(b)', 'athena:ListTableMetadata(b)')
    const { assets, listed, host } = await read()
    expect(assets.map(({ path }) => path.join('.'))).toEqual([
      'AwsDataCatalog',
      'AwsDataCatalog.a',
      'AwsDataCatalog.a.t',
      'AwsDataCatalog.b',
    ])
    expect(named(assets, 't').location).toBe('s3://lake/t/')
    expect(listed.filter(({ problem }) => problem !== undefined)).toEqual([
      { listed: ['AwsDataCatalog', 'b'], problem: 'neither glue:GetTables nor athena:ListTableMetadata is allowed' },
    ])
    expect(host.counts.get('deniedDatabases')).toBe(1)
  })

  it('fails with the action to allow when no listing of databases is allowed', async () => {
    aws.deny('glue:GetDatabases', 'athena:ListDatabases')
    await expect(read()).rejects.toMatchObject({
      code: 'ATHENA_ACCESS_DENIED',
      message: 'AWS denies athena:ListDatabases on AwsDataCatalog',
    })
  })

  it.each(['catalog', 'profile'])('says so where the %s does not exist', async (wrong) => {
    const config =
      wrong === 'catalog'
        ? { catalogId: '999999999999' }
        : { accessKeyId: undefined, secretAccessKey: undefined, profile: 'no-such-profile' }
    await expect(read(config)).rejects.toMatchObject({ code: wrong === 'catalog' ? 'ATHENA_NOT_FOUND' : 'ATHENA_CREDENTIALS_INVALID' })
  })

  it.each(['InternalServiceException', 'OperationTimeoutException'])(
    '%s is a matter of waiting, whatever its HTTP status',
    async (name) => {
      addDatabase(aws.world, 'shop', [glueTable('orders')])
      aws.fail('glue:GetTables', name, 'try again')
      await expect(read()).rejects.toMatchObject({ code: 'ATHENA_UNAVAILABLE' })
    },
  )

  it('survives throttling', async () => {
    addDatabase(aws.world, 'shop', [glueTable('orders')])
    aws.throttle('glue:GetTables', 2)
    expect((await read()).assets).toHaveLength(3)
    expect(aws.count('glue:GetTables')).toBe(3)
  })

  it('connectionOptions that make no sense are refused, those of other tools are told by the check', async () => {
    for (const connectionOptions of [{ maxAttempts: 'many' }, { maxAttempts: 0 }, { requestTimeoutMs: -1 }, { useFipsEndpoint: 'yes' }])
      expect(connector.config.safeParse({ ...base(), connectionOptions }).success).toBe(false)
    const steps = await all(connector.check?.(source({ connectionOptions: { maxAttempts: '2', poll_interval: 3 } })) ?? fail())
    expect(steps[0]).toMatchObject({ step: 'ConnectionOptions', status: 'warning', message: expect.stringContaining('poll_interval') })
  })

  it('has as many calls at once as `threads` says, and tries as often as connectionOptions say', async () => {
    addDatabase(
      aws.world,
      'shop',
      Array.from({ length: 12 }, (_, n) => glueTable(`t${n}`)),
    )
    for (const threads of [1, 5]) {
      aws.forget()
      aws.gather(threads, ({ action, body }) => action === 'lakeformation:GetResourceLFTags' && !('Database' in Object(body.Resource)))
      await read({}, { includeTags: true, threads })
      expect({ threads, most: aws.mostAtOnce('lakeformation:GetResourceLFTags') }).toEqual({ threads, most: threads })
    }
    aws.forget()
    aws.throttle('glue:GetDatabases', 2)
    await expect(read({ connectionOptions: { maxAttempts: 2 } })).rejects.toMatchObject({ code: 'ATHENA_THROTTLED' })
    expect(aws.count('glue:GetDatabases')).toBe(2)
  })

  it('asks for tags and view texts only of what changed, when it is told since when', async () => {
    addDatabase(aws.world, 'shop', [glueTable('old'), { ...glueTable('new'), UpdateTime: 1_767_225_700 }])
    const { assets } = await read({}, { includeTags: true, unchangedSince: '2026-01-01T00:00:00.000Z' })
    expect(named(assets, 'old').tags).toBeUndefined()
    expect(named(assets, 'new').tags).toEqual([])
    expect(aws.calls.filter(({ action }) => action === 'lakeformation:GetResourceLFTags')).toHaveLength(2) // the database, and one table
  })

  it('knows whether something is there: true, false, or null where AWS does not say', async () => {
    addDatabase(aws.world, 'shop', [glueTable('orders')])
    const exists = (path: readonly string[]) => connector.exists?.(source(), path)
    expect(await exists(['AwsDataCatalog', 'shop', 'orders'])).toBe(true)
    expect(await exists(['AwsDataCatalog', 'shop', 'gone'])).toBe(false)
    expect(await exists(['AwsDataCatalog', 'nothing'])).toBe(false)
    aws.deny('glue:GetTable')
    expect(await exists(['AwsDataCatalog', 'shop', 'orders'])).toBeNull()
  })
})

describe('Athena query history', () => {
  const day = { from: '2026-01-05T00:00:00.000Z', to: '2026-01-06T00:00:00.000Z' }
  async function history(config: object = {}, options?: HistoryOptions, from?: unknown) {
    const given = source(config)
    const yielded = await all(connector.queries?.(given, day, from, options) ?? fail())
    return {
      records: yielded.filter((one): one is QueryRecord => 'sql' in one),
      checkpoints: yielded.filter((one): one is Checkpoint => 'checkpoint' in one),
      host: given.host,
    }
  }

  it('OpenMetadata #14072: reads every enabled workgroup, a disabled one only when it is named', async () => {
    aws.world.workGroups.set('primary', { State: 'ENABLED', history: [execution('SELECT 1 FROM a')] })
    aws.world.workGroups.set('bi', { State: 'ENABLED', history: [execution('SELECT 1 FROM b', { workGroup: 'bi' })] })
    aws.world.workGroups.set('old', { State: 'DISABLED', history: [execution('SELECT 1 FROM c')] })
    expect((await history()).records.map(({ sql }) => sql)).toEqual(['SELECT 1 FROM b', 'SELECT 1 FROM a'])
    expect((await history({}, { again: [], settings: { workgroups: ['old'] } })).records.map(({ sql }) => sql)).toEqual(['SELECT 1 FROM c'])
    aws.deny('athena:ListWorkGroups')
    expect((await history({ workgroup: 'bi' })).records.map(({ sql }) => sql)).toEqual(['SELECT 1 FROM b'])
  })

  it('gives context, state, bytes, cost, duration and workgroup; OpenMetadata #11378, #11352, #24909: every field may be missing', async () => {
    aws.world.workGroups.set('primary', {
      State: 'ENABLED',
      history: [
        execution('SELECT * FROM t', { id: 'one', database: 'shop', catalog: 'awsdatacatalog', bytes: 2e12 }),
        execution('SELECT * FROM t', { id: 'small', bytes: 1 }),
        { QueryExecutionId: 'bare', Query: 'SELECT 2' },
        { QueryExecutionId: 'empty' },
      ],
    })
    const { records } = await history({}, { again: [], settings: { pricePerTb: 6 } })
    expect(records[0]).toEqual({
      sql: 'SELECT * FROM t',
      id: 'one',
      defaultDatabase: 'AwsDataCatalog',
      defaultSchema: 'shop',
      group: 'primary',
      startTime: Date.parse('2026-01-05T10:00:00Z'),
      endTime: Date.parse('2026-01-05T10:00:02Z'),
      durationMs: 2000,
      bytes: 2e12,
      cost: 12,
      status: 'SUCCEEDED',
    })
    expect(records[1]?.cost).toBeCloseTo(0.00006)
    expect(records[2]).toEqual({ sql: 'SELECT 2', id: 'bare', defaultDatabase: 'AwsDataCatalog', defaultSchema: 'default' })
    expect(records).toHaveLength(3)
  })

  it("leaves out its own queries, dbt's and OpenMetadata's, wherever the comment stands, but not a text that looks like one", async () => {
    const texts = [
      '/* {"app": "lodeline", "version": "1"} */ SELECT 1',
      'SELECT 1 /* {"app": "dbt", "dbt_version": "1.8"} */',
      '-- {"app": "OpenMetadata"}\nSELECT 1',
      `SELECT '/* {"app": "dbt"} */' FROM t`,
    ]
    aws.world.workGroups.set('primary', { State: 'ENABLED', history: texts.map((sql) => execution(sql)) })
    const { records, host } = await history()
    expect(records.map(({ sql }) => sql)).toEqual([texts[3]])
    expect(host.counts.get('toolQueries')).toBe(3)
  })

  it("stops at the window's start instead of reading 45 days, and goes on from a checkpoint", async () => {
    const at = (n: number) => new Date(Date.parse('2026-01-05T23:59:00Z') - n * 600_000).toISOString() // every ten minutes backwards
    aws.world.workGroups.set('primary', {
      State: 'ENABLED',
      history: Array.from({ length: 2000 }, (_, n) => execution(`SELECT ${n}`, { id: `e${n}`, at: at(n) })),
    })
    const { records, checkpoints } = await history()
    expect(records).toHaveLength(144)
    expect(aws.count('athena:ListQueryExecutions')).toBeLessThanOrEqual(8)
    const rest = await history({}, undefined, checkpoints[0]?.checkpoint ?? { done: ['primary'] })
    expect(rest.records.length).toBeLessThan(144)
  })

  it('gives what was still running again, whenever it was submitted', async () => {
    aws.world.workGroups.set('primary', { State: 'ENABLED', history: [execution('SELECT 1', { id: 'long', at: '2026-01-01T00:00:00Z' })] })
    expect((await history()).records).toEqual([])
    expect((await history({}, { again: ['long'], settings: {} })).records.map(({ id, status }) => [id, status])).toEqual([
      ['long', 'SUCCEEDED'],
    ])
  })

  it('says which workgroup it may not read, and reads the others', async () => {
    aws.world.workGroups.set('bi', { State: 'ENABLED', history: [execution('SELECT 1 FROM b')] })
    aws.deny('athena:ListQueryExecutions(primary)')
    const { records, host } = await history()
    expect(records).toHaveLength(1)
    expect(host.counts.get('deniedWorkgroups')).toBe(1)
    expect(host.lines.join('\n')).toContain('workgroup primary cannot be read')
  })

  it('refuses settings it does not know', async () => {
    await expect(history({}, { again: [], settings: { workgroup: 'x' } })).rejects.toBeInstanceOf(LodelineError)
    expect(connector.historySettings?.safeParse({ workgroup: 'x' }).success).toBe(false)
  })
})

describe('Athena connection check', () => {
  const steps = async (config: object = {}) => (await all(connector.check?.(source(config)) ?? fail())) as readonly CheckResult[]
  const results = (list: readonly CheckResult[]) => Object.fromEntries(list.map(({ step, status }) => [step, status]))
  beforeEach(() => {
    addDatabase(aws.world, 'shop', [glueTable('orders'), glueView('v', 'SELECT 1')])
    aws.world.workGroups.set('primary', {
      State: 'ENABLED',
      Configuration: { ResultConfiguration: { OutputLocation: 's3://results/' } },
      history: [execution('SELECT 1')],
    })
  })

  it('goes step by step', async () => {
    expect(results(await steps())).toEqual({
      CheckAccess: 'passed',
      GetSchemas: 'passed',
      GetTables: 'passed',
      GetViews: 'passed',
      QueryHistory: 'passed',
      LakeFormation: 'passed',
      StagingDirectory: 'passed',
    })
  })

  it.each([
    ['CheckAccess', 'athena:StartQueryExecution'],
    ['CheckAccess', 'athena:GetQueryExecution'],
    ['CheckAccess', 'athena:GetQueryResults'],
    ['GetSchemas', 'glue:GetDatabases'],
    ['GetTables', 'glue:GetTables'],
    ['QueryHistory', 'athena:ListWorkGroups'],
    ['QueryHistory', 'athena:ListQueryExecutions'],
    ['QueryHistory', 'athena:BatchGetQueryExecution'],
    ['LakeFormation', 'lakeformation:GetResourceLFTags'],
    ['StagingDirectory', 'athena:GetWorkGroup'],
  ])('OpenMetadata #18781: fails at %s when %s is denied, and names the action', async (step, action) => {
    aws.deny(action)
    const failed = (await steps()).find((one) => one.step === step)
    expect(failed?.status).toBe('failed')
    expect(failed?.remedy).toContain(`Allow ${action}`)
  })

  it('says what is wrong with workgroup and staging directory', async () => {
    expect((await steps({ workgroup: 'none' }))[0]).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('WorkGroup none is not found'),
    })
    aws.world.workGroups.set('primary', { State: 'ENABLED', history: [] })
    expect((await steps()).at(-1)).toMatchObject({ status: 'warning', remedy: expect.stringContaining('s3StagingDir') })
  })

  it('takes an empty listing for a warning: Lake Formation hides tables by listing nothing', async () => {
    aws.world.catalogs.set('', new Map())
    expect(results(await steps())).toMatchObject({ GetSchemas: 'warning', GetTables: 'warning' })
  })
})

describe('Athena connection', () => {
  it('needs the region alone, and says what does not go together', () => {
    expect(connector.config.safeParse({ region: 'eu-west-1' }).success).toBe(true)
    for (const bad of [
      {},
      { region: 'x' },
      { region: 'eu-west-1', accessKeyId: 'a' },
      { region: 'eu-west-1', externalId: 'ext' },
      { region: 'eu-west-1', sessionToken: 't' },
      { region: 'eu-west-1', s3StagingDir: '/tmp' },
      { region: 'eu-west-1', regoin: 'x' },
    ]) {
      expect(connector.config.safeParse(bad).success).toBe(false)
    }
  })

  it('OpenMetadata #24551, #25356, #28929: every call to Glue and Lake Formation names the catalog, of another account or of S3 Tables', async () => {
    const tables = 's3tablescatalog/facts'
    for (const id of ['210987654321', tables])
      addDatabase(aws.world, 'shop', [glueTable('orders'), glueView('v', 'SELECT 1')], { catalog: id })
    expect(
      (await read({ catalogId: '210987654321', catalogName: 'partner' }, { includeTags: true })).assets.map(({ path }) => path.join('.')),
    ).toEqual(['partner', 'partner.shop', 'partner.shop.orders', 'partner.shop.v'])
    expect((await read({ catalogId: tables }, { includeTags: true })).assets[0]?.path).toEqual([tables])
    await connector.exists?.(source({ catalogId: tables }), [tables, 'shop', 'orders'])
    const asked = aws.calls.filter(({ action }) => !action.startsWith('athena:'))
    expect(asked.length).toBeGreaterThan(8)
    expect(asked.filter(({ body }) => body.CatalogId !== '210987654321' && body.CatalogId !== tables)).toEqual([])
  })

  it('signs with the keys of the named profile, with the keys given, or with those of the environment', async () => {
    addDatabase(aws.world, 'shop', [glueTable('orders')])
    const folder = await mkdtemp(join(tmpdir(), 'profiles-'))
    const files = { AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'), AWS_CONFIG_FILE: join(folder, 'config') }
    await writeFile(
      files.AWS_SHARED_CREDENTIALS_FILE,
      '[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = x\n[lake]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = y\n',
    )
    await writeFile(files.AWS_CONFIG_FILE, '[profile lake]\nregion = eu-west-1\n')
    const before = { ...process.env }
    const none = { accessKeyId: undefined, secretAccessKey: undefined }
    const signedBy = async (config: object) => {
      const before = aws.calls.length
      await read(config)
      return [...new Set(aws.calls.slice(before).map(({ accessKey }) => accessKey))]
    }
    try {
      Object.assign(process.env, files)
      expect(await signedBy({ ...none, profile: 'lake' })).toEqual(['AKIAPROFILE'])
      expect(await signedBy(none)).toEqual(['AKIADEFAULT'])
      expect(await signedBy({ profile: 'lake' })).toEqual(['AKIATEST'])
      Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIAENVIRONMENT', AWS_SECRET_ACCESS_KEY: 'z' })
      expect(await signedBy(none)).toEqual(['AKIAENVIRONMENT'])
      expect(await signedBy({ ...none, profile: 'lake' })).toEqual(['AKIAPROFILE'])
      await expect(signedBy({ ...none, profile: 'nobody' })).rejects.toMatchObject({ code: 'ATHENA_CREDENTIALS_INVALID' })
    } finally {
      for (const name of Object.keys(process.env)) if (before[name] === undefined) delete process.env[name]
      await rm(folder, { recursive: true })
    }
  })

  it('says who it is to the role it assumes: session name, source identity and external id', async () => {
    addDatabase(aws.world, 'shop', [glueTable('orders')])
    const asked: URLSearchParams[] = []
    const sts = createServer((request, response) => {
      void text(request).then((body) => {
        asked.push(new URLSearchParams(body))
        response
          .writeHead(200, { 'content-type': 'text/xml' })
          .end(
            `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAASSUMED</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
          )
      })
    }).listen(0, '127.0.0.1')
    await once(sts, 'listening')
    const address = sts.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const role = { assumeRoleArn: 'arn:aws:iam::210987654321:role/reader', endpoints: { sts: `http://127.0.0.1:${port}` } }
    try {
      await read(role)
      await read({ ...role, assumeRoleSessionName: 'nightly', assumeRoleSourceIdentity: 'ann@example.com', externalId: 'lake-1' })
      const said = asked.map((body) => ['RoleArn', 'RoleSessionName', 'SourceIdentity', 'ExternalId'].map((name) => body.get(name)))
      expect(said).toEqual([
        [role.assumeRoleArn, 'lodeline', null, null],
        [role.assumeRoleArn, 'nightly', 'ann@example.com', 'lake-1'],
      ])
      expect(new Set(aws.calls.map(({ accessKey }) => accessKey))).toEqual(new Set(['ASIAASSUMED']))
    } finally {
      sts.closeAllConnections()
      sts.close()
    }
  })

  describe('with a role of another account', () => {
    let moto: S3Server
    beforeAll(async () => {
      moto = await startS3()
    })
    afterAll(() => moto.stop())

    it('assumes it with the external id, and is refused with a wrong one', async () => {
      const role = await moto.createRole('reader', 'ext-1', {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'glue:GetTables', Resource: '*' }],
      })
      const user = await moto.createUser('caller', {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }],
      })
      await moto.enforceIam(true)
      addDatabase(aws.world, 'shop', [glueTable('orders')])
      const config = {
        accessKeyId: user.accessKeyId,
        secretAccessKey: user.secretAccessKey,
        endpoints: { sts: moto.endpoint },
        assumeRoleArn: role,
      }
      try {
        expect((await read({ ...config, externalId: 'ext-1' })).assets).toHaveLength(3)
        expect(new Set(aws.calls.map(({ accessKey }) => accessKey))).not.toContain(user.accessKeyId)
        await expect(read({ ...config, externalId: 'wrong' })).rejects.toMatchObject({
          code: 'ATHENA_ACCESS_DENIED',
          message: expect.stringContaining(`sts:AssumeRole on ${role}`),
        })
      } finally {
        await moto.enforceIam(false)
      }
    })
  })
})
