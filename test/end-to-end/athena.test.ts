import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { addDatabase, execution, glueTable, glueView, icebergTable } from '../support/athena-world.ts'
import { type Body, type FakeAws, startFakeAws } from '../support/aws-json.ts'
import { type CliHome, cliHome, type Ran, ROOT } from '../support/cli.ts'
import { startTemporal, type TestTemporal } from '../support/temporal.ts'
import { startWorkerProcess, type TestWorker } from '../support/worker.ts'

/** The README's Athena section, word by word, against servers that stand for AWS: two accounts, three workgroups, 5,000 queries. */

let aws: FakeAws
let temporal: TestTemporal
let worker: TestWorker
let cli: CliHome
let env: Readonly<Record<string, string>>

const QUERIES = 5_000
const PARTNER = '210987654321'

beforeAll(async () => {
  ;[aws, temporal, cli] = await Promise.all([startFakeAws(), startTemporal(), cliHome()])
  fillWorld()
  aws.world.roles.set(`arn:aws:iam::${PARTNER}:role/lodeline-reader`, 'lake-1')
  aws.world.readers.set(PARTNER, (key) => key === `ASIA${PARTNER}`)
  env = {
    AWS_ENDPOINT_URL_GLUE: aws.endpoint,
    AWS_ENDPOINT_URL_ATHENA: aws.endpoint,
    AWS_ENDPOINT_URL_LAKEFORMATION: aws.endpoint,
    AWS_ENDPOINT_URL_STS: aws.endpoint,
    AWS_ACCESS_KEY_ID: 'AKIAOWNACCOUNT',
    AWS_SECRET_ACCESS_KEY: 'secret-of-the-test',
    TEMPORAL_ADDRESS: temporal.address,
    LODELINE_HEARTBEAT_EVERY: '100ms', // a quick machine reads many pages between two checkpoints
  }
  worker = await startWorkerProcess({ address: temporal.address, home: cli.home, env })
})
afterAll(async () => {
  await worker.stop()
  await Promise.all([temporal.stop(), aws.close()])
  await cli.remove()
})

function fillWorld(): void {
  const nested = 'array<struct<sku:string,price:decimal(10,2),tags:map<string,string>>>'
  const orders = glueTable('orders', {
    columns: [
      ['id', 'bigint'],
      ['items', nested],
      ['total', 'double'],
    ],
    keys: [['day', 'date']],
    parameters: { 'projection.enabled': 'true', 'projection.day.type': 'date' },
  })
  const marts = Array.from({ length: 90 }, (_, n) =>
    glueTable(`mart_${n}`, {
      columns: [
        ['id', 'bigint'],
        ['amount', 'double'],
      ],
    }),
  )
  const views = Array.from({ length: 20 }, (_, n) =>
    glueView(`v_${n}`, `SELECT id, amount FROM mart_${n}`, {
      schema: 'shop',
      columns: [
        ['id', 'bigint'],
        ['amount', 'double'],
      ],
    }),
  )
  addDatabase(aws.world, 'shop', [orders, ...marts, ...views, glueView('v_old', '', { text: false }), glueTable('mart_backup')])
  aws.world.results.set('SHOW CREATE VIEW "shop"."v_old"', ['CREATE VIEW "shop"."v_old" AS', 'SELECT id FROM shop.mart_1'])
  addDatabase(
    aws.world,
    'raw',
    Array.from({ length: 100 }, (_, n) => glueTable(`events_${n}`, { keys: [['day', 'string']] })),
  )
  addDatabase(
    aws.world,
    'ice',
    Array.from({ length: 30 }, (_, n) => icebergTable(`facts_${n}`, [['id', 'bigint']], [['gone', 'string']])),
  )
  addDatabase(aws.world, 'tmp_work', [glueTable('scratch')])
  addDatabase(
    aws.world,
    'theirs',
    Array.from({ length: 10 }, (_, n) => glueTable(`offer_${n}`)),
    { catalog: PARTNER },
  )
  aws.world.tags.set('shop', { LFTagOnDatabase: [{ TagKey: 'domain', TagValues: ['sales'] }] })
  aws.world.tags.set('shop.orders', { LFTagsOnTable: [{ TagKey: 'zone', TagValues: ['gold'] }] })
  const now = Date.now()
  const entries = Array.from({ length: QUERIES }, (_, n): [string, Body] => {
    const workGroup = ['primary', 'bi', 'etl'][n % 3] ?? 'primary'
    const more = { id: `e-${n}`, database: 'shop', workGroup, at: new Date(now - 60_000 - n * 10_000).toISOString() }
    return [workGroup, execution(QUERY[n % QUERY.length]?.(n) ?? '', n % 50 === 49 ? { ...more, state: 'FAILED' } : more)]
  })
  for (const name of ['primary', 'bi', 'etl']) {
    const results = { ResultConfiguration: { OutputLocation: 's3://results/' } }
    aws.world.workGroups.set(name, {
      State: 'ENABLED',
      Configuration: results,
      history: entries.filter(([group]) => group === name).map(([, entry]) => entry),
    })
  }
}

const QUERY: readonly ((n: number) => string)[] = [
  (n) => `SELECT total FROM orders WHERE id = ${n}`,
  (n) => `SELECT o.id, m.amount FROM orders o JOIN mart_${n % 90} m ON m.id = o.id`,
  (n) => `INSERT INTO mart_${n % 90} SELECT id, total FROM orders WHERE day = DATE '2026-01-01'`,
  (n) => `SELECT * FROM v_${n % 20} WHERE id > ${n}`,
  (n) => `SELECT count(*) FROM raw.events_${n % 100}`,
  () => `/* {"app": "dbt"} */ SELECT 1 FROM orders`,
]

async function readmeCommands(): Promise<readonly (readonly string[])[]> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
  const section = /\n## Athena[^\n]*\n([\s\S]*?)\n## /.exec(readme)?.[1] ?? ''
  const block = /```sh\n([\s\S]*?)```/.exec(section)?.[1] ?? ''
  return block
    .trim()
    .split('\n')
    .map((line) => line.replace(/^npx lodeline /, '').split(' '))
}

const lodeline = (args: readonly string[]) => cli.run(args, { env, cwd: ROOT })
const json = (args: readonly string[]) => cli.json(args, { env, cwd: ROOT })

interface RunData {
  readonly id: string
  readonly status: string
  readonly counts: Readonly<Record<string, number | Readonly<Record<string, number>>>>
  readonly warnings: readonly string[]
  readonly error?: { readonly code: string; readonly message: string }
}

async function runPipeline(name: string, ...flags: readonly string[]): Promise<RunData> {
  return (await json(['pipeline', 'run', name, '--wait', ...flags])).data as RunData // what --json prints of a run
}

describe('the Athena section of the README', () => {
  it('works word by word', async () => {
    const commands = await readmeCommands()
    expect(commands.length).toBeGreaterThanOrEqual(8)
    const ran: [string, Ran][] = []
    for (const command of commands) {
      const result = await lodeline(command)
      ran.push([command.join(' '), result])
      expect({ command: command.join(' '), code: result.code, stderr: result.code === 0 ? '' : result.stderr }).toEqual({
        command: command.join(' '),
        code: 0,
        stderr: '',
      })
    }
    const out = (start: string) => ran.find(([command]) => command.startsWith(start))?.[1].stdout ?? ''
    expect(out('connection check')).toMatch(/CheckAccess[\s\S]*GetTables[\s\S]*LakeFormation/)
    expect(out('usage top')).toContain('orders')
    expect(out('lineage report')).toContain('Everything is resolved')
  })

  it('has found the tables of both accounts, but what the filters leave out', async () => {
    const runs = (await json(['runs', 'list'])).data as readonly (RunData & { readonly pipeline: string })[] // what --json prints
    const of = (pipeline: string) => runs.find((run) => run.pipeline === pipeline)?.counts ?? {}
    expect(of('lake-metadata')).toMatchObject({ tables: 221, views: 21, schemas: 3 })
    expect(of('partner-metadata')).toMatchObject({ tables: 10 })
    const orders = (await json(['catalog', 'show', 'shop.orders', '--connection', 'lake'])).data
    expect(orders).toMatchObject({
      tags: ['zone=gold'],
      inheritedTags: ['domain=sales'],
      columns: [
        { name: 'id' },
        { name: 'items', type: expect.stringContaining('array<struct<') },
        { name: 'total' },
        { name: 'day', partitionKey: true },
      ],
    })
    expect((await json(['catalog', 'show', 'partner.theirs.offer_0'])).code).toBe(0)
    expect(aws.calls.some(({ body }) => body.CatalogId === PARTNER)).toBe(true)
  })

  it('has counted each execution once, in both pipelines, and tools not at all', async () => {
    const dbt = Math.floor(QUERIES / 6)
    const runs = (await json(['runs', 'list'])).data as readonly (RunData & { readonly pipeline: string })[] // as above
    const usage = runs.find((run) => run.pipeline === 'lake-usage')?.counts
    expect(usage).toMatchObject({ newHistoryEntries: QUERIES - dbt, toolQueries: dbt })
    const shown = (await json(['usage', 'show', 'raw.events_4', '--connection', 'lake'])).data as { readonly reads: number } // as above
    const expected = Array.from({ length: QUERIES }, (_, n) => n).filter((n) => n % 6 === 4 && n % 100 === 4 && n % 50 !== 49).length
    expect(shown.reads).toBe(expected)
  })

  it('tells bytes and cost by workgroup, and on which columns tables are joined', async () => {
    const groups = (await json(['usage', 'top', '--of', 'workgroups', '--by', 'cost'])).data as readonly Readonly<Record<string, unknown>>[] // as printed
    expect(groups.map(({ group }) => group).sort()).toEqual(['bi', 'etl', 'primary'])
    expect(groups[0]).toMatchObject({ connection: 'lake', bytes: expect.any(Number), cost: expect.any(Number) })
    const shown = (await json(['usage', 'show', 'shop.mart_1', '--connection', 'lake'])).data
    expect(shown).toMatchObject({ joins: [{ column: 'id', other: 'AwsDataCatalog.shop.orders', otherColumn: 'id' }] })
    const { stdout } = await lodeline(['usage', 'show', 'shop.mart_1', '--connection', 'lake'])
    expect(stdout).toMatch(/JOINED ON +WITH +TIMES\nid +AwsDataCatalog\.shop\.orders\.id +\d+/)
    expect((await json(['usage', 'top', '--by', 'duration'])).code).toBe(2)
  })

  it('of another account: metadata, usage and lineage through a role with an external id, and nothing with a wrong one', async () => {
    const entry = execution('INSERT INTO offer_2 SELECT id FROM offer_1', {
      database: 'theirs',
      catalog: 'partner',
      workGroup: 'joint',
      at: new Date(Date.now() - 90_000).toISOString(),
    })
    const read = execution('SELECT id FROM offer_1', {
      database: 'theirs',
      catalog: 'partner',
      workGroup: 'joint',
      at: new Date(Date.now() - 80_000).toISOString(),
    })
    aws.world.workGroups.set('joint', { State: 'ENABLED', history: [read, entry] })
    const file = await cli.file(
      'partner.yaml',
      `connections:
  - name: stranger
    connector: athena
    config: { region: eu-west-1, catalogId: "${PARTNER}", catalogName: partner, assumeRoleArn: "arn:aws:iam::${PARTNER}:role/lodeline-reader", externalId: wrong }
pipelines:
  - { name: stranger-metadata, type: metadataIngestion, connection: stranger }
  - { name: partner-usage, type: usageIngestion, connection: partner, options: { queryLog: { kind: connection, workgroups: [joint] } } }
  - { name: partner-lineage, type: lineageIngestion, connection: partner, options: { queryLog: { kind: connection, workgroups: [joint] } } }
  - { name: partner-direct, type: s3QueryMining, connection: partner, options: { queryLog: { kind: connection, workgroups: [joint] } } }
`,
    )
    expect((await lodeline(['apply', '-f', file])).code).toBe(0)
    expect(await runPipeline('stranger-metadata')).toMatchObject({ status: 'failed', error: { code: 'ATHENA_ACCESS_DENIED' } })
    expect(await runPipeline('partner-usage')).toMatchObject({ status: 'succeeded', counts: { newHistoryEntries: 2 } })
    expect(await runPipeline('partner-lineage')).toMatchObject({ status: 'succeeded', counts: { newHistoryEntries: 0 } })
    // Query mining that was turned from S3 to the source reads the same history.
    expect(await runPipeline('partner-direct')).toMatchObject({ status: 'succeeded', counts: { knownHistoryEntries: 2 } })
    expect((await json(['usage', 'show', 'theirs.offer_1', '--connection', 'partner'])).data).toMatchObject({ reads: 1, writeReads: 1 })
    const { stdout } = await lodeline(['lineage', 'show', 'theirs.offer_2', '--connection', 'partner'])
    expect(stdout).toContain('partner.theirs.offer_1')
    aws.world.workGroups.delete('joint')
  })

  it('has lineage of queries, views and files by column', async () => {
    const exported = await lodeline(['lineage', 'export', '--connection', 'lake'])
    const edges = exported.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly level: string; readonly source: unknown; readonly target: unknown }) // its documented form
    const columns = edges.filter(({ level }) => level === 'column').map(({ source, target }) => JSON.stringify([source, target]))
    const has = (...parts: readonly string[]) => columns.some((edge) => parts.every((part) => edge.includes(part)))
    expect(has('orders', 'total', 'mart_2', 'amount')).toBe(true)
    expect(has('mart_3', 'v_3', 'amount')).toBe(true)
    expect(has('s3://lake/orders/', 'orders', 'total')).toBe(true)
  })

  it('a second run writes nothing, and a deletion can be undone', async () => {
    expect((await runPipeline('lake-metadata')).counts).toMatchObject({ unchangedAssets: 246, deleted: 0 })
    const shop = aws.world.catalogs.get('')?.get('shop')
    const before = shop?.tables as readonly Body[] // as filled above
    addDatabase(
      aws.world,
      'shop',
      before.filter(({ Name }) => Name !== 'mart_7'),
    )
    const run = await runPipeline('lake-metadata')
    expect(run.counts).toMatchObject({ deleted: 1 })
    expect((await lodeline(['catalog', 'restore', '--run', run.id])).stdout).toContain('AwsDataCatalog.shop.mart_7')
    addDatabase(aws.world, 'shop', [])
    const refused = await runPipeline('lake-metadata')
    expect(refused).toMatchObject({ status: 'succeeded', counts: { deleted: 0 } })
    expect(refused.warnings.join('\n')).toContain('--force-deletions')
    const forced = await runPipeline('lake-metadata', '--force-deletions')
    expect(forced.counts).toMatchObject({ deleted: 112 })
    expect((await lodeline(['catalog', 'restore', '--run', forced.id])).stdout).toContain('112 assets are there again')
    addDatabase(aws.world, 'shop', before)
  })

  it('each action denied in turn: the run says which, and loses nothing', async () => {
    const outcome = async (action: string, pipeline: string): Promise<string> => {
      aws.deny(action)
      const run = await runPipeline(pipeline)
      aws.allowAll()
      expect({ action, deleted: run.counts.deleted ?? 0 }).toEqual({ action, deleted: 0 })
      const logs = await lodeline(['runs', 'logs', run.id])
      const said = [...run.warnings, logs.stdout, run.error?.message ?? ''].join('\n').includes(action)
      return `${run.status} ${run.error?.code ?? ''} ${said ? 'said' : ''}`.replace(/ +/g, ' ').trim()
    }
    // Glue's listings have Athena's in reserve.
    expect(await outcome('glue:GetTables', 'lake-metadata')).toBe('succeeded said')
    expect(await outcome('glue:GetDatabases', 'lake-metadata')).toBe('succeeded said')
    expect(await outcome('lakeformation:GetResourceLFTags', 'lake-metadata')).toBe('succeeded said')
    expect(await outcome('athena:ListWorkGroups', 'lake-usage')).toBe('succeeded said')
    expect(await outcome('athena:ListQueryExecutions', 'lake-usage')).toBe('succeeded said')
    expect(await outcome('athena:BatchGetQueryExecution', 'lake-usage')).toBe('succeeded said')
    aws.deny('athena:ListDatabases')
    expect(await outcome('glue:GetDatabases', 'lake-metadata')).toBe('failed ATHENA_ACCESS_DENIED said')
    aws.deny('glue:GetTables')
    expect(await outcome('athena:ListTableMetadata', 'lake-metadata')).toBe('succeeded said')
    // The text of one view has to be asked for by a query.
    expect(await outcome('athena:StartQueryExecution', 'lake-metadata')).toBe('succeeded said')
    expect(await outcome('athena:GetQueryExecution', 'lake-metadata')).toBe('succeeded said')
    expect(await outcome('athena:GetQueryResults', 'lake-metadata')).toBe('succeeded said')
    expect(await outcome('sts:AssumeRole', 'partner-metadata')).toBe('failed ATHENA_ACCESS_DENIED said')
    // What is missing is asked for before it is marked.
    const shop = aws.world.catalogs.get('')?.get('shop')?.tables as readonly Body[] // as filled above
    addDatabase(
      aws.world,
      'shop',
      shop.filter(({ Name }) => Name !== 'mart_8'),
    )
    expect(await outcome('glue:GetTable', 'lake-metadata')).toBe('succeeded said')
    addDatabase(aws.world, 'shop', shop)
  })

  it('a worker that is killed in the middle of a crawl: another goes on from where it was', async () => {
    const many = Array.from({ length: 3_000 }, (_, n) => glueTable(`t_${n}`))
    addDatabase(aws.world, 'big', many)
    const pages = () => aws.calls.filter(({ action, body }) => action === 'glue:GetTables' && body.DatabaseName === 'big')
    aws.forget()
    const killed = new Promise<number>((resolve) => {
      aws.onCall(() => {
        if (pages().length < 40) return
        aws.onCall(null)
        void worker.kill().then(() => resolve(pages().length))
      })
    })
    const running = runPipeline('lake-metadata')
    const before = await killed
    worker = await startWorkerProcess({ address: temporal.address, home: cli.home, env })
    expect(await running).toMatchObject({
      status: 'succeeded',
      counts: { tables: 3_221, views: 21, schemas: 4, changedAssets: 3_001, deleted: 0 },
    })
    const after = pages().slice(before)
    expect(after[0]?.body.NextToken).toBeDefined()
    expect(before + after.length).toBeLessThan(90) // 60 pages, and those of the last batch again
    expect((await runPipeline('lake-metadata')).counts).toMatchObject({ unchangedAssets: 3_247, deleted: 0 })
    aws.world.catalogs.get('')?.delete('big')
  })
})
