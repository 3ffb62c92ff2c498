import { describe, expect, it } from '@jest/globals'
import { LodelineError } from '../../../contracts/errors.ts'
import type { Checkpoint, HistoryOptions } from '../../../contracts/plugin.ts'
import type { QueryRecord } from '../../../contracts/query-record.ts'
import { athenaSource, columnsOf, connector, fail, named } from '../../support/athena-source.ts'
import { addDatabase, execution, glueTable, glueView, icebergTable } from '../../support/athena-world.ts'
import { all } from '../../support/host.ts'

const fake = athenaSource()
const { base, source, read } = fake

describe('Athena metadata', () => {
  it('reads databases, tables, types to any depth, partitions, comments, owner, times, location and format', async () => {
    const deep = 'array<struct<sku:string,price:decimal(10,2),tags:map<string,array<struct<k:int>>>>>'
    addDatabase(
      fake.aws.world,
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
    addDatabase(fake.aws.world, 'shop', [
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
    addDatabase(fake.aws.world, 'shop', [glueTable('t', { columns: [['payload', 'struct<day:date>']], keys: [['payload.day', 'date']] })])
    expect(columnsOf(named((await read()).assets, 't'))).toEqual([
      ['payload', 'struct<day:date>'],
      ['payload.day', 'date', 'key'],
    ])
  })

  it('OpenMetadata #14830, #14829, #27623: Iceberg tables say so, have their current columns only, and keep their properties', async () => {
    addDatabase(fake.aws.world, 'shop', [icebergTable('events', [['id', 'bigint']], [['old', 'string']])])
    const events = named((await read()).assets, 'events')
    expect(columnsOf(events)).toEqual([['id', 'bigint']])
    expect(events.properties).toMatchObject({
      tableType: 'ICEBERG',
      format: 'iceberg',
      metadata_location: 's3://lake/events/metadata/1.json',
    })
  })

  it("reads a view's text from Glue without a query, and asks SHOW CREATE VIEW where Glue has none", async () => {
    addDatabase(fake.aws.world, 'shop', [
      glueView('open', 'SELECT id FROM orders', { schema: 'shop' }),
      glueView('odd "one"', '', { text: false }),
    ])
    fake.aws.world.results.set('SHOW CREATE VIEW "shop"."odd ""one"""', ['CREATE VIEW shop.odd AS', 'SELECT 1 id', 'FROM orders'])
    const { assets } = await read()
    expect(named(assets, 'open')).toMatchObject({
      kind: 'view',
      viewSql: 'SELECT id FROM orders',
      properties: { viewSchema: 'shop', viewCatalog: 'AwsDataCatalog' },
    })
    expect(named(assets, 'odd "one"').viewSql).toBe('SELECT 1 id\nFROM orders')
    expect(fake.aws.count('athena:StartQueryExecution')).toBe(1)
    expect(String(fake.aws.calls.find(({ action }) => action === 'athena:StartQueryExecution')?.body.QueryString)).toMatch(
      /^\/\* \{"app": "lodeline"/,
    )
  })

  it('OpenMetadata #12180: reads Lake Formation tags of databases, tables and columns where they are assigned', async () => {
    addDatabase(fake.aws.world, 'shop', [
      glueTable('orders', {
        columns: [
          ['id', 'int'],
          ['email', 'string'],
        ],
      }),
    ])
    fake.aws.world.tags.set('shop', { LFTagOnDatabase: [{ TagKey: 'zone', TagValues: ['raw'] }] })
    fake.aws.world.tags.set('shop.orders', {
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
      fake.aws.world,
      'shop',
      Array.from({ length: 60 }, (_, n) => glueTable(`t${n}`)),
    )
    fake.aws.deny('lakeformation:GetResourceLFTags')
    const { assets } = await read({}, { includeTags: true, threads: 1 })
    expect(assets).toHaveLength(62)
    expect(assets.every(({ tags }) => tags === undefined)).toBe(true)
    expect(fake.aws.count('lakeformation:GetResourceLFTags')).toBe(20)
  })

  it('pages through databases and tables, and leaves out what is not wanted before it is listed', async () => {
    fake.aws.world.pageSize = 10
    for (let n = 0; n < 25; n++)
      addDatabase(
        fake.aws.world,
        `db${String(n).padStart(2, '0')}`,
        n === 3 ? Array.from({ length: 35 }, (_, t) => glueTable(`t${t}`)) : [],
      )
    const { assets } = await read({}, { accepts: (path) => path.length < 2 || path[1] === 'db03' })
    fake.aws.world.pageSize = 50
    expect(assets.filter(({ kind }) => kind === 'table')).toHaveLength(35)
    expect(fake.aws.count('glue:GetDatabases')).toBe(3)
    expect(fake.aws.count('glue:GetTables')).toBe(4)
  })

  it('goes on from a checkpoint in the middle of a database, and from its beginning when the token has run out', async () => {
    fake.aws.world.pageSize = 10
    addDatabase(fake.aws.world, 'a', [glueTable('first')])
    addDatabase(
      fake.aws.world,
      'b',
      Array.from({ length: 35 }, (_, t) => glueTable(`t${t}`)),
    )
    const whole = await read()
    const middle = whole.checkpoints[2]?.checkpoint
    expect(middle).toEqual({ after: 'a', page: { database: 'b', token: 'page-20' } })
    const rest = await read({}, {}, middle)
    const again = await read({}, {}, { after: 'a', page: { database: 'b', token: 'gone' } })
    fake.aws.world.pageSize = 50
    expect(rest.assets.filter(({ kind }) => kind === 'table').map(({ path }) => path[2])).toEqual(
      Array.from({ length: 15 }, (_, t) => `t${t + 20}`),
    )
    expect(again.assets.filter(({ kind }) => kind === 'table')).toHaveLength(35)
  })

  it("OpenMetadata #28928: reads another account's catalog, and S3 Tables, with the catalog id in every call", async () => {
    addDatabase(fake.aws.world, 'theirs', [glueTable('t')], { catalog: '210987654321' })
    addDatabase(fake.aws.world, 'ns', [glueTable('s')], { catalog: 's3tablescatalog/bucket' })
    const other = await read({ catalogId: '210987654321', catalogName: 'other' })
    const tables = await read({ catalogId: 's3tablescatalog/bucket' })
    expect(other.assets.at(-1)?.path).toEqual(['other', 'theirs', 't'])
    expect(tables.assets.at(-1)?.path).toEqual(['s3tablescatalog/bucket', 'ns', 's'])
    expect(fake.aws.calls.filter(({ action }) => action.startsWith('glue:')).every(({ body }) => body.CatalogId !== undefined)).toBe(true)
  })

  it('a federated catalog is listed by Athena, which alone knows it: Glue would list another one under its name', async () => {
    addDatabase(fake.aws.world, 'own', [glueTable('not_asked_for')])
    addDatabase(
      fake.aws.world,
      'Sales',
      [glueTable('Orders', { parameters: { inputformat: 'org.apache.hadoop.mapred.TextInputFormat' } })],
      {
        catalog: 'dynamo',
      },
    )
    const { assets, listed } = await read({ catalogName: 'dynamo' }, { includeTags: true })
    expect(assets.map(({ path }) => path.join('.'))).toEqual(['dynamo', 'dynamo.Sales', 'dynamo.Sales.Orders'])
    expect(named(assets, 'Orders').properties).toMatchObject({ format: 'text' })
    expect(listed.every(({ problem }) => problem === undefined)).toBe(true)
    expect(await connector.exists?.(source({ catalogName: 'dynamo' }), ['dynamo', 'Sales', 'Orders'])).toBe(true)
    expect(await connector.exists?.(source({ catalogName: 'dynamo' }), ['dynamo', 'own'])).toBe(false)
    expect((await read({ catalogName: 'dynamo', database: 'Sales' })).assets.at(-1)?.path).toEqual(['dynamo', 'Sales', 'Orders'])
    const steps = await all(connector.check?.(source({ catalogName: 'dynamo' })) ?? fail())
    expect(steps.map(({ step, status }) => `${step} ${status}`)).toContain('GetTables passed')
    expect(fake.aws.calls.filter(({ action }) => /^(glue|lakeformation):/.test(action))).toEqual([])
  })

  it('links of Lake Formation: tables of a linked database stand in the link, a linked table tells what it stands for', async () => {
    const shared = { ...glueTable('orders'), DatabaseName: 'sales_of_them', CatalogId: '210987654321' }
    const link = { Name: 'customers', TargetTable: { CatalogId: '210987654321', DatabaseName: 'crm', Name: 'customers' } }
    addDatabase(fake.aws.world, 'sales', [shared, link])
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
    addDatabase(fake.aws.world, 'shop', [glueView('v', 'SELECT 1 AS id'), { ...glueView('w', 'SELECT 1 AS id'), Description: 'Ours' }])
    const { assets } = await read()
    expect([named(assets, 'v').comment, named(assets, 'w').comment]).toEqual([undefined, 'Ours'])
  })

  it('OpenMetadata #16476: reads the one database it is told to, and never asks for `default`', async () => {
    addDatabase(fake.aws.world, 'default', [glueTable('secret')])
    addDatabase(fake.aws.world, 'shop', [glueTable('orders')])
    fake.aws.deny('glue:GetTables(default)', 'glue:GetDatabases', 'glue:GetDatabase(default)')
    const { assets, listed } = await read({ database: 'Shop' })
    expect(assets.map(({ path }) => path.at(-1))).toEqual(['AwsDataCatalog', 'shop', 'orders'])
    expect(listed).toEqual([{ listed: ['AwsDataCatalog', 'shop'] }, { listed: [] }])
  })

  it('asks Athena where Glue denies, and says which database nobody lets it list, without losing the others', async () => {
    addDatabase(fake.aws.world, 'a', [glueTable('t', { comment: 'c', parameters: { comment: 'c' } })])
    addDatabase(fake.aws.world, 'b', [glueTable('u')])
    fake.aws.deny('glue:GetDatabases', 'glue:GetTables(a)', 'glue:GetTables(b)', 'athena:ListTableMetadata(b)')
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
    fake.aws.deny('glue:GetDatabases', 'athena:ListDatabases')
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
      addDatabase(fake.aws.world, 'shop', [glueTable('orders')])
      fake.aws.fail('glue:GetTables', name, 'try again')
      await expect(read()).rejects.toMatchObject({ code: 'ATHENA_UNAVAILABLE' })
    },
  )

  it('survives throttling', async () => {
    addDatabase(fake.aws.world, 'shop', [glueTable('orders')])
    fake.aws.throttle('glue:GetTables', 2)
    expect((await read()).assets).toHaveLength(3)
    expect(fake.aws.count('glue:GetTables')).toBe(3)
  })

  it('connectionOptions that make no sense are refused, those of other tools are told by the check', async () => {
    for (const connectionOptions of [{ maxAttempts: 'many' }, { maxAttempts: 0 }, { requestTimeoutMs: -1 }, { useFipsEndpoint: 'yes' }])
      expect(connector.config.safeParse({ ...base(), connectionOptions }).success).toBe(false)
    const steps = await all(connector.check?.(source({ connectionOptions: { maxAttempts: '2', poll_interval: 3 } })) ?? fail())
    expect(steps[0]).toMatchObject({ step: 'ConnectionOptions', status: 'warning', message: expect.stringContaining('poll_interval') })
  })

  it('has as many calls at once as `threads` says, and tries as often as connectionOptions say', async () => {
    addDatabase(
      fake.aws.world,
      'shop',
      Array.from({ length: 12 }, (_, n) => glueTable(`t${n}`)),
    )
    for (const threads of [1, 5]) {
      fake.aws.forget()
      fake.aws.gather(threads, ({ action, body }) => action === 'lakeformation:GetResourceLFTags' && !('Database' in Object(body.Resource)))
      await read({}, { includeTags: true, threads })
      expect({ threads, most: fake.aws.mostAtOnce('lakeformation:GetResourceLFTags') }).toEqual({ threads, most: threads })
    }
    fake.aws.forget()
    fake.aws.throttle('glue:GetDatabases', 2)
    await expect(read({ connectionOptions: { maxAttempts: 2 } })).rejects.toMatchObject({ code: 'ATHENA_THROTTLED' })
    expect(fake.aws.count('glue:GetDatabases')).toBe(2)
  })

  it('asks for tags and view texts only of what changed, when it is told since when', async () => {
    addDatabase(fake.aws.world, 'shop', [glueTable('old'), { ...glueTable('new'), UpdateTime: 1_767_225_700 }])
    const { assets } = await read({}, { includeTags: true, unchangedSince: '2026-01-01T00:00:00.000Z' })
    expect(named(assets, 'old').tags).toBeUndefined()
    expect(named(assets, 'new').tags).toEqual([])
    expect(fake.aws.calls.filter(({ action }) => action === 'lakeformation:GetResourceLFTags')).toHaveLength(2) // the database, and one table
  })

  it('knows whether something is there: true, false, or null where AWS does not say', async () => {
    addDatabase(fake.aws.world, 'shop', [glueTable('orders')])
    const exists = (path: readonly string[]) => connector.exists?.(source(), path)
    expect(await exists(['AwsDataCatalog', 'shop', 'orders'])).toBe(true)
    expect(await exists(['AwsDataCatalog', 'shop', 'gone'])).toBe(false)
    expect(await exists(['AwsDataCatalog', 'nothing'])).toBe(false)
    fake.aws.deny('glue:GetTable')
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
    fake.aws.world.workGroups.set('primary', { State: 'ENABLED', history: [execution('SELECT 1 FROM a')] })
    fake.aws.world.workGroups.set('bi', { State: 'ENABLED', history: [execution('SELECT 1 FROM b', { workGroup: 'bi' })] })
    fake.aws.world.workGroups.set('old', { State: 'DISABLED', history: [execution('SELECT 1 FROM c')] })
    expect((await history()).records.map(({ sql }) => sql)).toEqual(['SELECT 1 FROM b', 'SELECT 1 FROM a'])
    expect((await history({}, { again: [], settings: { workgroups: ['old'] } })).records.map(({ sql }) => sql)).toEqual(['SELECT 1 FROM c'])
    fake.aws.deny('athena:ListWorkGroups')
    expect((await history({ workgroup: 'bi' })).records.map(({ sql }) => sql)).toEqual(['SELECT 1 FROM b'])
  })

  it('gives context, state, bytes, cost, duration and workgroup; OpenMetadata #11378, #11352, #24909: every field may be missing', async () => {
    fake.aws.world.workGroups.set('primary', {
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
    fake.aws.world.workGroups.set('primary', { State: 'ENABLED', history: texts.map((sql) => execution(sql)) })
    const { records, host } = await history()
    expect(records.map(({ sql }) => sql)).toEqual([texts[3]])
    expect(host.counts.get('toolQueries')).toBe(3)
  })

  it("stops at the window's start instead of reading 45 days, and goes on from a checkpoint", async () => {
    const at = (n: number) => new Date(Date.parse('2026-01-05T23:59:00Z') - n * 600_000).toISOString() // every ten minutes backwards
    fake.aws.world.workGroups.set('primary', {
      State: 'ENABLED',
      history: Array.from({ length: 2000 }, (_, n) => execution(`SELECT ${n}`, { id: `e${n}`, at: at(n) })),
    })
    const { records, checkpoints } = await history()
    expect(records).toHaveLength(144)
    expect(fake.aws.count('athena:ListQueryExecutions')).toBeLessThanOrEqual(8)
    const rest = await history({}, undefined, checkpoints[0]?.checkpoint ?? { done: ['primary'] })
    expect(rest.records.length).toBeLessThan(144)
  })

  it('gives what was still running again, whenever it was submitted', async () => {
    fake.aws.world.workGroups.set('primary', {
      State: 'ENABLED',
      history: [execution('SELECT 1', { id: 'long', at: '2026-01-01T00:00:00Z' })],
    })
    expect((await history()).records).toEqual([])
    expect((await history({}, { again: ['long'], settings: {} })).records.map(({ id, status }) => [id, status])).toEqual([
      ['long', 'SUCCEEDED'],
    ])
  })

  it('says which workgroup it may not read, and reads the others', async () => {
    fake.aws.world.workGroups.set('bi', { State: 'ENABLED', history: [execution('SELECT 1 FROM b')] })
    fake.aws.deny('athena:ListQueryExecutions(primary)')
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
