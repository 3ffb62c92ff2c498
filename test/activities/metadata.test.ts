import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { deleteMetadata } from '../../activities/metadata/delete.ts'
import { extractMetadata } from '../../activities/metadata/extract.ts'
import { acceptsOf } from '../../activities/metadata/filters.ts'
import { upsertAssets } from '../../catalog/asset-writes.ts'
import { assetDetails, assetsNamed, columnsOf } from '../../catalog/assets.ts'
import { restoreRun } from '../../catalog/metadata/deletions.ts'
import type { Catalog } from '../../catalog/open.ts'
import { markPipelineDeleted, putPipeline } from '../../catalog/pipelines.ts'
import { currentRevision, lazyRevision, transaction } from '../../catalog/transaction.ts'
import type { Asset } from '../../contracts/assets.ts'
import { filtersSchema, metadataOptionsSchema } from '../../contracts/metadata-options.ts'
import { pipelineSchema, type WorkflowInput } from '../../contracts/pipeline.ts'
import type { PluginRegistry } from '../../contracts/registry.ts'
import { addDatabase, glueTable, glueView } from '../support/athena-world.ts'
import { type FakeAws, startFakeAws } from '../support/aws-json.ts'
import { onEveryStore } from '../support/catalogs.ts'
import { realPlugins, startTaskRun, type TaskWorld } from '../support/task-context.ts'

let aws: FakeAws
let registry: PluginRegistry
let catalog: Catalog
let now = Date.parse('2026-01-10T00:00:00Z')

beforeAll(async () => {
  aws = await startFakeAws()
  registry = await realPlugins()
})
afterAll(() => aws.close())
beforeEach(() => {
  aws.allowAll()
  aws.forget()
  aws.world.catalogs.clear()
  aws.world.tags.clear()
})

const threads = { size: 1, run: () => Promise.reject(new Error('no threads here')) }

function world(config: object = {}): TaskWorld {
  const connection = {
    name: 'lake',
    connector: 'athena',
    config: {
      region: 'eu-west-1',
      endpoint: aws.endpoint,
      accessKeyId: 'AKIATEST',
      secretAccessKey: 'secret',
      requestsPerSecond: 100,
      ...config,
    },
  }
  return { catalog, registry, threads, connection, now: () => now }
}

interface Crawling {
  readonly options?: object
  readonly name?: string
  readonly input?: Partial<WorkflowInput>
  readonly force?: boolean
  readonly config?: object
}

async function crawl({ options = {}, name = 'crawl', input = {}, force = false, config = {} }: Crawling = {}) {
  now += 86_400_000
  const pipeline = { name, type: 'metadataIngestion', connection: 'lake', options: { includeTags: false, ...options } }
  await putPipeline(catalog.db, pipelineSchema.parse(pipeline), null, new Date(now).toISOString())
  const run = startTaskRun(world(config), pipeline, input)
  await run.run(extractMetadata)
  await run.run(deleteMetadata, { with: { force } })
  return run
}

/** Tables and views that the catalog has as there, by name. */
async function present(): Promise<readonly string[]> {
  const rows = await catalog.db
    .selectFrom('assets')
    .select('path')
    .where('dropped_at', 'is', null)
    .where('kind', 'in', ['table', 'view'])
    .orderBy('path_key')
    .execute()
  return rows.map(({ path }) => (JSON.parse(path) as string[]).slice(1).join('.'))
}

const tables = (count: number, prefix = 't') => Array.from({ length: count }, (_, n) => glueTable(`${prefix}${String(n).padStart(3, '0')}`))

async function details(name: string) {
  const [head] = await assetsNamed(catalog.db, name)
  const found = head === undefined ? null : await assetDetails(catalog.db, head.id)
  if (found === null) throw new Error(`no ${name}`)
  return found
}

describe('filters', () => {
  const accepts = (options: object, name: string, full = false) =>
    acceptsOf(filtersSchema.parse({ tableFilterPattern: options, useFullNameForFiltering: full }), 'lake')(['AwsDataCatalog', 'shop', name])

  it('OpenMetadata #10192, #15449: match whatever the case, from the start only; includes first, then excludes; empty lists let all through', () => {
    expect(accepts({ includes: ['ord'] }, 'ORDERS')).toBe(true)
    expect(accepts({ includes: ['ders'] }, 'orders')).toBe(false)
    expect(accepts({ includes: ['^orders$'] }, 'orders_old')).toBe(false)
    expect(accepts({ includes: ['ord'], excludes: ['.*_tmp$'] }, 'orders_tmp')).toBe(false)
    expect(accepts({ includes: [], excludes: [] }, 'anything')).toBe(true)
    expect(accepts({ includes: ['(?i)ORD', 'x|y'] }, 'yes')).toBe(true)
    expect(accepts({ excludes: ['x|y'] }, 'my')).toBe(true)
  })

  it('match the full name where asked', () => {
    expect(accepts({ includes: ['lake\\.awsdatacatalog\\.shop\\.ord'] }, 'orders', true)).toBe(true)
    expect(accepts({ includes: ['ord'] }, 'orders', true)).toBe(false)
  })

  it.each(['(', '(?P<n>a)', 'a\\Z', '\\Aa', '(?x)a', 'a++'])('refuse %s, and name it', (pattern) => {
    const given = { tableFilterPattern: { includes: [], excludes: [pattern] }, useFullNameForFiltering: false }
    const named = { message: expect.stringContaining(`\`${pattern}\``) }
    expect(() => acceptsOf(given, 'lake')).toThrow(expect.objectContaining({ code: 'FILTER_INVALID', ...named }))
    const [issue] = metadataOptionsSchema.safeParse(given).error?.issues ?? []
    expect(issue).toMatchObject({ path: ['tableFilterPattern', 'excludes', 0], ...named })
  })

  it.each(['(a+)+$', '(a|aa)*$', '(.*a){9}$', '.*.*.*.*=$', '((a{1,})b?)*$'])(
    '%s: what would take for ever ends, and says why',
    (pattern) => {
      const started = process.cpuUsage()
      expect(() => {
        expect(accepts({ includes: [pattern] }, 'b')).toBe(false)
        expect(accepts({ includes: [pattern] }, `${'a'.repeat(250)}!`)).toBe(false)
      }).toThrow(expect.objectContaining({ code: 'FILTER_INVALID', message: expect.stringContaining('takes too long') }))
      const { user, system } = process.cpuUsage(started)
      expect((user + system) / 1000).toBeLessThan(5_000)
    },
  )

  it('such an expression matches all the same what it can match in time', () => {
    expect(accepts({ includes: ['(ord|order)+s?$'] }, 'ORDERS')).toBe(true)
    expect(accepts({ includes: ['(ord|order)+s?$'] }, 'items')).toBe(false)
  })
})

onEveryStore('metadata ingestion', (bench) => {
  beforeEach(async () => {
    catalog = await bench.open()
  })
  it('writes databases, tables and views once; what has not changed is not written again', async () => {
    addDatabase(aws.world, 'shop', [...tables(120), glueView('v', 'SELECT 1')])
    const first = await crawl()
    expect(Object.fromEntries(first.counts)).toMatchObject({ databases: 1, schemas: 1, tables: 120, views: 1, changedAssets: 123 })
    const revision = await currentRevision(catalog.db)
    const second = await crawl()
    expect(second.counts.get('changedAssets')).toBeUndefined()
    expect(second.counts.get('unchangedAssets')).toBe(123)
    expect(await currentRevision(catalog.db)).toBe(revision)
    addDatabase(aws.world, 'shop', [...tables(119), glueTable('t119', { columns: [['id', 'string']] }), glueView('v', 'SELECT 2')])
    expect((await crawl()).counts.get('changedAssets')).toBe(2)
    expect((await details('shop.t119')).columns.map(({ type }) => type)).toEqual(['string'])
    expect((await details('shop.v')).viewSql).toBe('SELECT 2')
  })

  it('leaves out by the filters of each level, and by kind', async () => {
    for (const name of ['sales', 'sales_old', 'hr'])
      addDatabase(aws.world, name, [glueTable('orders'), glueTable('tmp_x'), glueView('v', 'SELECT 1')])
    await crawl({
      options: {
        schemaFilterPattern: { includes: ['sales'], excludes: ['.*old'] },
        tableFilterPattern: { excludes: ['tmp_'] },
        includeViews: false,
      },
    })
    expect(await present()).toEqual(['sales.orders'])
    expect(aws.calls.filter(({ action }) => action === 'glue:GetTables').map(({ body }) => body.DatabaseName)).toEqual(['sales'])
    await crawl({ name: 'views', options: { includeTables: false, databaseFilterPattern: { includes: ['aws'] } } })
    expect(await present()).toEqual(['hr.v', 'sales.orders', 'sales.v', 'sales_old.v'])
    await crawl({ name: 'none', options: { databaseFilterPattern: { includes: ['other'] } } })
    expect(await present()).toHaveLength(4)
  })

  it('a bad regular expression fails before anything is read', async () => {
    await expect(crawl({ options: { tableFilterPattern: { includes: ['('] } } })).rejects.toMatchObject({ code: 'FILTER_INVALID' })
    expect(aws.calls).toHaveLength(0)
  })

  it('goes on in the middle, and the end is the same', async () => {
    aws.world.pageSize = 40
    for (const name of ['a', 'b', 'c']) addDatabase(aws.world, name, tables(600))
    const stop = new AbortController()
    aws.onCall((action) => {
      if (action === 'glue:GetTables' && aws.count('glue:GetTables') === 30) stop.abort(new Error('killed'))
    })
    const run = startTaskRun(world(), { name: 'crawl', type: 'metadataIngestion', options: { includeTags: false } })
    await expect(run.run(extractMetadata, { signal: stop.signal })).rejects.toThrow()
    aws.onCall(null)
    aws.forget()
    expect(run.checkpoints.length).toBeGreaterThan(0)
    await run.run(extractMetadata, { checkpoint: run.checkpoints.at(-1) })
    await run.run(deleteMetadata)
    aws.world.pageSize = 50
    expect(await present()).toHaveLength(1800)
    expect(run.counts.get('deleted')).toBe(0)
    expect(aws.count('glue:GetTables')).toBeLessThan(30) // 45 pages in all
  })

  it('debug log says what each batch was', async () => {
    addDatabase(aws.world, 'shop', tables(3))
    expect((await crawl({ options: { debugLog: true } })).lines.some((line) => line.startsWith('debug: batch'))).toBe(true)
    expect((await crawl()).lines.some((line) => line.startsWith('debug: batch'))).toBe(false)
  })

  it('incremental: asks for tags only of what changed since the last run with the same options, and loses none', async () => {
    addDatabase(aws.world, 'shop', tables(30))
    aws.world.tags.set('shop.t003', {
      LFTagsOnTable: [{ TagKey: 'k', TagValues: ['v'] }],
      LFTagsOnColumns: [{ Name: 'id', LFTags: [{ TagKey: 'pii', TagValues: ['no'] }] }],
    })
    const options = { includeTags: true, incremental: { enabled: true } }
    await crawl({ options })
    expect(aws.count('lakeformation:GetResourceLFTags')).toBe(31)
    aws.forget()
    await crawl({ options })
    expect(aws.count('lakeformation:GetResourceLFTags')).toBe(1)
    expect(await details('shop.t003')).toMatchObject({ tags: ['k=v'], columns: [{ tags: ['pii=no'] }] })
    aws.forget()
    await crawl({ options: { ...options, includeViews: false } })
    expect(aws.count('lakeformation:GetResourceLFTags')).toBe(31)
  })

  it('OpenMetadata #22595: without the right to see tags, those that are known stay; a tag that is taken away goes', async () => {
    addDatabase(aws.world, 'shop', [glueTable('t', { columns: [['id', 'int']] })])
    aws.world.tags.set('shop.t', {
      LFTagsOnTable: [{ TagKey: 'k', TagValues: ['v'] }],
      LFTagsOnColumns: [{ Name: 'id', LFTags: [{ TagKey: 'pii', TagValues: ['no'] }] }],
    })
    await crawl({ options: { includeTags: true } })
    aws.deny('lakeformation:GetResourceLFTags')
    addDatabase(aws.world, 'shop', [glueTable('t', { columns: [['id', 'bigint']] })])
    await crawl({ options: { includeTags: true } })
    expect(await details('shop.t')).toMatchObject({ tags: ['k=v'], columns: [{ type: 'bigint', tags: ['pii=no'] }] })
    aws.allowAll()
    aws.world.tags.clear()
    await crawl({ options: { includeTags: true } })
    expect((await details('shop.t')).tags).toEqual([])
    expect([...(await columnsOf(catalog.db, [(await details('shop.t')).id])).values()].flat()[0]?.tags).toBeUndefined()
  })

  it('OpenMetadata #10818, #10964: a comment from elsewhere stays, unless override says that the source wins', async () => {
    await transaction(catalog, async (tx) => {
      const origin = { connection: 'lake', levels: ['database', 'schema'], rank: 'imported', origin: 'import', position: '' } as const
      const asset: Asset = { kind: 'table', path: ['AwsDataCatalog', 'shop', 't'], comment: 'written with care' }
      await upsertAssets(catalog, tx, origin, [asset], { now: '2026-01-01', revision: lazyRevision(tx) })
    })
    addDatabase(aws.world, 'shop', [glueTable('t', { comment: 'from Glue' }), glueTable('u', { comment: 'first' })])
    await crawl()
    await crawl()
    expect((await details('shop.t')).comment).toBe('written with care')
    addDatabase(aws.world, 'shop', [glueTable('t', { comment: 'from Glue, again' }), glueTable('u', { comment: 'second' })])
    await crawl()
    expect((await details('shop.t')).comment).toBe('written with care')
    expect((await details('shop.u')).comment).toBe('second')
    addDatabase(aws.world, 'shop', [glueTable('t', { comment: 'from Glue, third' }), glueTable('u')])
    await crawl({ options: { override: true } })
    expect((await details('shop.t')).comment).toBe('from Glue, third')
    expect((await details('shop.u')).comment).toBe('')
  })
})

onEveryStore('deletions', (bench) => {
  beforeEach(async () => {
    catalog = await bench.open()
  })
  beforeEach(() => addDatabase(aws.world, 'shop', tables(20)))
  const without = (...gone: readonly string[]) =>
    addDatabase(
      aws.world,
      'shop',
      tables(20).filter(({ Name }) => !gone.includes(String(Name))),
    )

  it('mark what is gone after a complete listing, once the source confirms it; and can be undone', async () => {
    await crawl()
    without('t003', 't004')
    const run = await crawl()
    expect(run.counts.get('deleted')).toBe(2)
    expect(
      aws.calls
        .filter(({ action }) => action === 'glue:GetTable')
        .map(({ body }) => body.Name)
        .sort(),
    ).toEqual(['t003', 't004'])
    expect(await present()).toHaveLength(18)
    expect(await restoreRun(catalog, run.id, '2026-02-01')).toEqual([
      ['AwsDataCatalog', 'shop', 't003'],
      ['AwsDataCatalog', 'shop', 't004'],
    ])
    expect(await present()).toHaveLength(20)
    expect(await restoreRun(catalog, run.id, '2026-02-01')).toEqual([])
    expect(await restoreRun(catalog, 'other', '2026-02-01')).toBeNull()
  })

  it('one that comes back is there again', async () => {
    await crawl()
    without('t003')
    await crawl()
    without()
    await crawl()
    expect(await present()).toHaveLength(20)
  })

  it('OpenMetadata #28928, os-climate/os_c_data_commons #265: an empty listing marks nothing, unless forced', async () => {
    await crawl()
    addDatabase(aws.world, 'shop', [])
    const run = await crawl()
    expect(run.counts.get('deleted')).toBe(0)
    expect(run.warnings.join('\n')).toContain('20 of 20 tables (100 %) would be marked as deleted')
    expect(await present()).toHaveLength(20)
    expect((await crawl({ force: true })).counts.get('deleted')).toBe(20)
  })

  it('a schema that suddenly lists nothing marks nothing there, and the others go on', async () => {
    addDatabase(aws.world, 'small', tables(2))
    addDatabase(aws.world, 'big', tables(100))
    await crawl()
    addDatabase(aws.world, 'small', [])
    without('t001')
    const run = await crawl()
    expect(run.counts.get('deleted')).toBe(1)
    expect(run.warnings.join('\n')).toContain('AwsDataCatalog.small suddenly lists none of its 2 tables')
    expect(run.counts.get('deletionsRefused')).toBe(2)
  })

  it('the guard counts in each schema and over the run, and its share is an option', async () => {
    addDatabase(aws.world, 'big', tables(200))
    await crawl()
    without(...tables(5).map(({ Name }) => String(Name)))
    expect((await crawl()).warnings.join('\n')).toContain('5 of 20 tables of AwsDataCatalog.shop (25 %)')
    expect(await present()).toHaveLength(220)
    expect((await crawl({ options: { deletionGuard: { maxShare: 0.3 } } })).counts.get('deleted')).toBe(5)
  })

  it('OpenMetadata #15923: a denial that Athena tells as a MetadataException marks nothing, and costs no other database', async () => {
    addDatabase(aws.world, 'other', tables(20))
    await crawl()
    aws.deny('glue:GetTables(other)')
    aws.fail(
      'athena:ListTableMetadata',
      'MetadataException',
      'not authorized to perform: glue:GetTables (Error Code: AccessDeniedException)',
    )
    const run = await crawl()
    expect(run.counts.get('deleted')).toBe(0)
    expect(run.warnings.join('\n')).toContain('Not listed completely: AwsDataCatalog.other')
    expect(run.lines.join('\n')).toContain('glue:GetTables')
    expect(await present()).toHaveLength(40)
  })

  it('OpenMetadata #25999, #10389: a listing that tells no columns of a table takes none away', async () => {
    const [first] = tables(1)
    addDatabase(aws.world, 'cols', [{ ...first, PartitionKeys: [{ Name: 'day', Type: 'date' }] }])
    await crawl()
    addDatabase(aws.world, 'cols', [{ ...first, StorageDescriptor: undefined, PartitionKeys: [] }])
    await crawl()
    expect((await details('cols.t000')).columns.map(({ name }) => name)).toEqual(['id', 'day'])
  })

  it('OpenMetadata #18691: a pipeline of one table reads and judges that one alone', async () => {
    await crawl()
    without('t001', 't002')
    const one = { name: 'one', options: { tableFilterPattern: { includes: ['^t001$'] } } }
    expect((await crawl(one)).counts.get('deleted')).toBe(0) // it never saw it
    expect(await present()).toHaveLength(20)
    addDatabase(aws.world, 'shop', [...tables(20)])
    expect(Object.fromEntries((await crawl(one)).counts)).toMatchObject({ tables: 1 })
    without('t001', 't002')
    expect((await crawl({ ...one, force: true })).counts.get('deleted')).toBe(1)
    expect(await present()).toHaveLength(19)
  })

  it('OpenMetadata #18187, #25999, #27830: an error in a listing marks nothing there', async () => {
    addDatabase(aws.world, 'other', tables(20))
    await crawl()
    without('t001')
    addDatabase(aws.world, 'other', tables(19))
    aws.deny('glue:GetTables(other)', 'athena:ListTableMetadata(other)')
    const run = await crawl()
    expect(run.counts.get('deleted')).toBe(1)
    expect(run.warnings.join('\n')).toContain('Not listed completely: AwsDataCatalog.other')
    expect(await present()).toHaveLength(39)
  })

  it('a table that the listing leaves out but GetTable knows, or may not tell of, stays', async () => {
    await crawl()
    const all = tables(20)
    aws.world.catalogs.get('')?.set('shop', {
      tables: Object.assign(
        all.filter(({ Name }) => Name !== 't007'),
        { find: (test: (table: Readonly<Record<string, unknown>>) => boolean) => all.filter(test)[0] },
      ),
    })
    expect((await crawl()).warnings.join('\n')).toContain('t007 is missing in the listing, but the source does not say that it is gone')
    without('t008')
    aws.deny('glue:GetTable')
    expect((await crawl()).counts.get('deleted')).toBe(0)
    expect(await present()).toHaveLength(20)
  })

  it("OpenMetadata #24658: two pipelines on one connection leave each other's tables alone", async () => {
    addDatabase(aws.world, 'other', tables(20))
    const [one, two] = [{ schemaFilterPattern: { includes: ['shop'] } }, { schemaFilterPattern: { includes: ['other'] } }]
    await crawl({ name: 'one', options: one })
    await crawl({ name: 'two', options: two })
    const all = { markDeletedFromFilterOnly: false, markDeletedSchemas: true, markDeletedDatabases: true }
    expect((await crawl({ name: 'one', options: { ...one, ...all } })).counts.get('deleted')).toBe(0)
    expect((await crawl({ name: 'two', options: { ...two, ...all } })).counts.get('deleted')).toBe(0)
    expect(await present()).toHaveLength(40)
  })

  it('OpenMetadata #10514: what the filter no longer lets through stays, or goes where markDeletedFromFilterOnly is false and nobody else saw it', async () => {
    await crawl()
    await crawl({ name: 'two', options: { tableFilterPattern: { includes: ['t000'] } } })
    const narrower = { tableFilterPattern: { excludes: ['t00[01]'] } }
    expect((await crawl({ options: narrower })).counts.get('deleted')).toBe(0)
    expect((await crawl({ options: { ...narrower, markDeletedFromFilterOnly: false } })).counts.get('deleted')).toBe(1)
    expect(await present()).toContain('shop.t000')
    expect(await present()).not.toContain('shop.t001')
    await markPipelineDeleted(catalog.db, 'two', '2026-02-01T00:00:00Z') // who is gone sees nothing
    expect((await crawl({ options: { ...narrower, markDeletedFromFilterOnly: false } })).counts.get('deleted')).toBe(1)
    expect(await present()).not.toContain('shop.t000')
  })

  it('markDeletedTables false marks none; a kind that is not read any more is not gone', async () => {
    addDatabase(aws.world, 'shop', [...tables(20), glueView('v', 'SELECT 1')])
    await crawl()
    without('t001')
    await crawl({ options: { includeViews: false, markDeletedTables: false } })
    expect(await present()).toHaveLength(21)
    await crawl({ options: { includeViews: false } })
    expect(await present()).toHaveLength(20)
  })

  it('OpenMetadata #22145: a schema that is gone goes with its tables where markDeletedSchemas says so', async () => {
    addDatabase(aws.world, 'gone', tables(3))
    await crawl()
    aws.world.catalogs.get('')?.delete('gone')
    expect((await crawl()).counts.get('deleted')).toBe(0)
    const run = await crawl({ options: { markDeletedSchemas: true } })
    expect(run.counts.get('deleted')).toBe(4)
    expect((await details('AwsDataCatalog.gone')).dropped).toBe(true)
    expect(await restoreRun(catalog, run.id, '2026-02-01')).toHaveLength(4)
  })

  it('a catalog that the connection reads no more goes where markDeletedDatabases says so', async () => {
    addDatabase(aws.world, 'a', tables(100), { catalog: '210987654321' })
    await crawl({ config: { catalogId: '210987654321', catalogName: 'big' } })
    addDatabase(aws.world, 'b', tables(5), { catalog: '111111111111' })
    const other = { catalogId: '111111111111', catalogName: 'small' }
    expect((await crawl({ config: other })).counts.get('deleted')).toBe(0)
    expect(
      (await crawl({ config: other, options: { markDeletedDatabases: true, deletionGuard: { maxShare: 1 } } })).counts.get('deleted'),
    ).toBe(102)
    expect(await present()).toHaveLength(5)
  })

  it('a dry run writes nothing and says what would go', async () => {
    await crawl()
    without('t003')
    addDatabase(aws.world, 'more', tables(2))
    const run = await crawl({ input: { dryRun: true } })
    expect(run.counts.get('wouldDelete')).toBe(1)
    expect(run.warnings.join('\n')).toContain('Would be marked as deleted: AwsDataCatalog.shop.t003')
    expect(await present()).toHaveLength(20)
    expect((await crawl()).counts.get('deleted')).toBe(1)
    expect(await present()).toHaveLength(21)
  })
})
