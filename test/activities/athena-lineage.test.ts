import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, it } from '@jest/globals'
import { extractMetadata } from '../../activities/metadata/extract.ts'
import { publish } from '../../activities/publish.ts'
import { assetsNamed } from '../../catalog/assets.ts'
import { exportEdges, lineageOf } from '../../catalog/lineage.ts'
import { markPipelineDeleted, putPipeline } from '../../catalog/pipelines.ts'
import { paintOf } from '../../client/cli/paint.ts'
import { graphOf } from '../../client/lineage/from-catalog.ts'
import { tree } from '../../client/lineage/tree.ts'
import { pipelineSchema } from '../../contracts/pipeline.ts'
import { athenaLake, DAY } from '../support/athena-lake.ts'
import { addDatabase, execution, glueTable, glueView } from '../support/athena-world.ts'
import { onEveryStore } from '../support/catalogs.ts'
import { all } from '../support/host.ts'
import { startTaskRun, type TaskWorld } from '../support/task-context.ts'

const lake = athenaLake()
const { crawl, usage, lineage, history, edges, readsOf, steps, world } = lake

onEveryStore('lineage of Athena', (bench) => {
  beforeEach(async () => {
    lake.catalog = await bench.open()
  })
  it('OpenMetadata #13368, #10483, #11561: names are resolved by the context of the query, never by name alone', async () => {
    for (const name of ['a', 'b', 'default']) addDatabase(lake.aws.world, name, [glueTable('t'), glueTable('u')])
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
    const names = async () =>
      (await lake.catalog.db.selectFrom('assets').select('path').orderBy('path_key').execute()).map(({ path }) => path)
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
    addDatabase(lake.aws.world, 'shop', [glueTable('a')])
    await crawl()
    await usage()
    expect(await names()).toEqual(spelled)
  })

  it('of a catalog of another account, whose views and queries call it AwsDataCatalog as accounts call their own', async () => {
    const account = '210987654321'
    const role = `arn:aws:iam::${account}:role/reader`
    lake.aws.world.roles.set(role, 'lake-1')
    addDatabase(lake.aws.world, 'shop', [glueTable('orders'), glueView('v', 'SELECT id FROM orders', { schema: 'shop' })], {
      catalog: account,
    })
    const own = world()
    const partner: TaskWorld = {
      ...own,
      connection: {
        ...own.connection,
        config: {
          region: 'eu-west-1',
          endpoint: lake.aws.endpoint,
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
    const found = await all(exportEdges(lake.catalog.db, 'lake'))
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
    addDatabase(lake.aws.world, 'shop', base)
    addDatabase(lake.aws.world, 'bi', [
      glueView('v', 'SELECT id x FROM old', { schema: 'shop' }),
      glueView('w', 'SELECT * FROM bi.v', { schema: 'shop', columns: [['x', 'bigint']] }),
    ])
    await crawl()
    const none = { queryLineage: false, locationLineage: false }
    history()
    await lineage(DAY, none)
    expect(await edges()).toEqual(['bi.v → bi.w', 'shop.old → bi.v'])
    addDatabase(lake.aws.world, 'bi', [
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
    addDatabase(lake.aws.world, 'shop', [
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
    addDatabase(lake.aws.world, 'shop', [glueTable('a'), glueTable('b'), glueTable('tmp_c')])
    await crawl()
    history(execution('INSERT INTO shop.b SELECT id FROM shop.a'), execution('INSERT INTO shop.tmp_c SELECT id FROM shop.a'))
    const options = { locationLineage: false }
    await lineage(DAY, { ...options, tableFilterPattern: { excludes: ['tmp_'] } })
    expect(await edges()).toEqual(['shop.a → shop.b'])
    await lineage(DAY, options)
    expect(await edges()).toEqual(['shop.a → shop.b', 'shop.a → shop.tmp_c'])
  })

  it('from inside of nested columns tells which fields are taken, unless the whole column is', async () => {
    addDatabase(lake.aws.world, 'shop', [
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
    const found = (await all(exportEdges(lake.catalog.db, 'lake'))).filter(({ level }) => level === 'column')
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
    const [made] = await assetsNamed(lake.catalog.db, 'shop.t')
    const id = made?.id ?? ''
    const graph = await lineageOf(lake.catalog.db, id, { direction: 'upstream', depth: 1, columns: true })
    const lines = tree(graphOf([graph], true), id, { direction: 'upstream', depth: 1, columns: true }, paintOf(false)).join('\n')
    for (const shown of ['people.home.city', 'people.home.{geo.lat, geo.lon}', 'people.items.sku', 'people.id'])
      expect(lines).toContain(shown)
    expect(lines).toMatch(/people\.home$/m)
  })

  it('a statement in two logs has the lineage that the filters of either let through, whichever was read first', async () => {
    addDatabase(lake.aws.world, 'shop', [glueTable('a'), glueTable('tmp_c')])
    await crawl()
    const sql = 'INSERT INTO shop.tmp_c SELECT id FROM shop.a'
    history(execution(sql, { database: 'shop' }))
    const filtered = { locationLineage: false, tableFilterPattern: { excludes: ['tmp_'] } }
    await lineage(DAY, filtered)
    expect(await edges()).toEqual([])
    await writeFile(join(lake.folder, 'log.json'), `${JSON.stringify({ sql, db: 'AwsDataCatalog', schema: 'shop' })}\n`)
    const queryLog = { kind: 's3', bucket: `file://${lake.folder}`, keys: { sql: 'sql', defaultDatabase: 'db', defaultSchema: 'schema' } }
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
      addDatabase(lake.aws.world, schema, [glueTable('a'), glueTable('b'), glueTable('c'), glueView('v', 'SELECT id FROM a', { schema })])
    await crawl()
    history(
      execution('INSERT INTO shop.b SELECT id FROM shop.a'),
      execution('INSERT INTO hr.b SELECT id FROM hr.a'),
      execution('INSERT INTO shop.c SELECT id FROM hr.a'),
    )
    for (const name of ['of-shop', 'of-hr'])
      await putPipeline(
        lake.catalog.db,
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
    await markPipelineDeleted(lake.catalog.db, 'of-hr', '2026-01-02T00:00:00Z')
    await shop()
    expect(await edges()).toEqual(ofShop)
  })

  it('is published to the sinks of a pipeline of any type, whatever its options; a dry run publishes nothing', async () => {
    addDatabase(lake.aws.world, 'shop', [glueTable('a'), glueTable('b'), glueView('v', 'SELECT id FROM a', { schema: 'shop' })])
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
      const file = join(lake.folder, `${type}-${Object.keys(input).length}.ndjson`)
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
    addDatabase(lake.aws.world, 'shop', [glueTable('a'), glueTable('b'), glueTable('c')])
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
    addDatabase(lake.aws.world, 'shop', [glueTable('a'), glueTable('b'), glueView('v', 'SELECT id FROM a', { schema: 'shop' })])
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
        (await all(exportEdges(lake.catalog.db, 'lake')))
          .filter((edge) => edge.level === 'table' && edge.target.at(-1) === target)
          .map(({ process }) => process),
      ).size
    expect(await stated('b')).toBe(2)
    expect(await stated('v')).toBe(2)
    addDatabase(lake.aws.world, 'shop', [glueTable('a'), glueTable('b'), glueView('v', 'SELECT id FROM b', { schema: 'shop' })])
    await crawl()
    await lineage(DAY, options)
    expect([...new Set(await edges())]).toEqual(['shop.a → shop.b', 'shop.a → shop.v', 'shop.b → shop.v'])
    expect(await stated('b')).toBe(2)
  })

  it('OpenMetadata #24311: tables of another catalog are sources like any', async () => {
    addDatabase(lake.aws.world, 'shop', [glueTable('a')])
    await crawl()
    history(execution('INSERT INTO shop.a SELECT id FROM "partner"."theirs"."offers"', { database: 'shop' }))
    await lineage(DAY, { locationLineage: false })
    expect((await all(exportEdges(lake.catalog.db, 'lake'))).map(({ source }) => source.join('.'))).toContain('partner.theirs.offers')
  })

  it('metabase/metabase #53175: nothing of it runs a query that scans', async () => {
    addDatabase(lake.aws.world, 'shop', [glueTable('a'), glueView('v', 'SELECT id FROM a', { schema: 'shop' })])
    await crawl()
    history(execution('SELECT id FROM shop.v'))
    await usage()
    await lineage()
    expect(lake.aws.calls.length).toBeGreaterThan(5)
    expect(lake.aws.count('athena:StartQueryExecution')).toBe(0)
  })

  it('a view whose text cannot be read is told in the report', async () => {
    addDatabase(lake.aws.world, 'shop', [
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
    addDatabase(lake.aws.world, 'shop', [glueTable('b')])
    await crawl()
    history(execution('INSERT INTO shop.b SELECT id FROM shop.nowhere'))
    const run = await lineage()
    expect(run.counts.get('unresolved.UNKNOWN_TABLE')).toBe(1)
    expect(run.warnings.join('\n')).toContain('AwsDataCatalog.shop.nowhere')
  })

  it('OpenMetadata #16692, #28387, #22445, #18411, #23184, #21536, #23815: lineage that nothing has stated for long goes when asked, and comes back when it is stated again', async () => {
    addDatabase(lake.aws.world, 'shop', [glueTable('a'), glueTable('b'), glueTable('c')])
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
