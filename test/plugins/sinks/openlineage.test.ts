import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Edge } from '../../../contracts/edges.ts'
import type { Sink, SinkBatch, SinkProcess } from '../../../contracts/plugin.ts'
import { plugin } from '../../../plugins/sinks/openlineage/plugin.ts'
import { all, testHost } from '../../support/host.ts'
import { ownMs } from '../../support/own-time.ts'
import { pythonProgram } from '../../support/python.ts'
import { type Receiver, startReceiver } from './receiver.ts'

const [sink] = plugin.sinks as [Sink]
const ORDERS = ['SHOP', 'RAW', 'ORDERS']
const RATES = ['SHOP', 'RAW', 'FX_RATES']
const REVENUE = ['SHOP', 'MART', 'REVENUE']

const edge = (
  level: Edge['level'],
  source: string[],
  sourceColumn: string | undefined,
  targetColumn: string | undefined,
  kind: Edge['kind'],
): Edge => ({
  level,
  source,
  target: REVENUE,
  kind,
  confidence: 1,
  ...(sourceColumn === undefined ? {} : { sourceColumn }),
  ...(targetColumn === undefined ? {} : { targetColumn }),
})

const process1: SinkProcess = {
  id: 'a1b2c3d4e5f60718',
  kind: 'INSERT',
  sql: 'INSERT INTO REVENUE SELECT DAY, SUM(AMOUNT * RATE) FROM ORDERS JOIN FX_RATES USING (CURRENCY) WHERE STATUS = ? GROUP BY DAY',
  dialect: 'snowflake',
  inputs: [
    {
      path: ORDERS,
      kind: 'table',
      columns: [
        { name: 'DAY', type: 'DATE' },
        { name: 'AMOUNT', type: 'NUMBER' },
        {
          name: 'LINES',
          type: 'array<struct<sku:string>>',
          comment: 'what was bought',
          fields: [{ name: '_element', type: 'struct<sku:string>', fields: [{ name: 'sku', type: 'string' }] }],
        },
      ],
      location: 's3://lake/orders/',
    },
    { path: RATES, kind: 'view', columns: [] },
    { path: ['s3a://landing/fx/2026/'], kind: 'location', columns: [] },
    { path: ['@SHOP.RAW.LANDING/orders'], kind: 'stage', columns: [] },
  ],
  outputs: [{ path: REVENUE, kind: 'table', columns: [{ name: 'DAY' }, { name: 'AMOUNT' }], dropped: true }],
  edges: [
    edge('table', ORDERS, undefined, undefined, 'IDENTITY'),
    edge('table', RATES, undefined, undefined, 'IDENTITY'),
    edge('column', ORDERS, 'DAY', 'DAY', 'IDENTITY'),
    edge('column', ORDERS, 'AMOUNT', 'AMOUNT', 'AGGREGATION'),
    edge('column', RATES, 'RATE', 'AMOUNT', 'AGGREGATION'),
    edge('control', RATES, 'RATE', 'AMOUNT', 'CONDITIONAL'),
    edge('control', ORDERS, 'STATUS', undefined, 'FILTER'),
    edge('control', ORDERS, 'CURRENCY', undefined, 'JOIN'),
    edge('column', ['SHOP', 'RAW', 'UNKNOWN'], '*', '*', 'IDENTITY'),
  ],
  lastRunAt: '2026-01-05T10:00:00.000Z',
  revision: 7,
}
const batchOf = (count: number, more: Partial<SinkBatch> = {}): SinkBatch => ({
  connection: 'shop',
  namespace: 'snowflake://acme-shop',
  processes: Array.from({ length: count }, (_, index) => ({ ...process1, id: `${index}`.padEnd(16, 'x') })),
  ...more,
})

let receiver: Receiver
let folder: string
beforeAll(async () => {
  receiver = await startReceiver()
  folder = await mkdtemp(join(tmpdir(), 'lodeline-sink-'))
})
afterAll(async () => {
  await receiver.stop()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => {
  for (const list of [receiver.events, receiver.requests, receiver.replies]) list.length = 0
})

const source = (config: object) => ({ connection: 'shop', config: sink.config.parse(config), host: testHost() })
const publish = (batch: SinkBatch, config: object = {}) => sink.publish(source({ url: receiver.url, ...config }), batch)

describe('events', () => {
  it('say what is read, written, and how columns come about', async () => {
    await publish({ ...batchOf(0), processes: [process1] })
    const [event] = receiver.events
    expect(event?.job).toMatchObject({
      namespace: 'shop',
      name: 'SHOP.MART.REVENUE.a1b2c3d4e5f6',
      facets: { sql: { query: process1.sql, dialect: 'snowflake' } },
    })
    expect(event?.eventTime).toBe('2026-01-05T10:00:00.000Z')
    expect(event?.inputs.map(({ namespace, name }) => `${namespace} ${name}`)).toEqual([
      'snowflake://acme-shop SHOP.RAW.ORDERS',
      'snowflake://acme-shop SHOP.RAW.FX_RATES',
      's3://landing fx/2026',
      'snowflake://acme-shop @SHOP.RAW.LANDING/orders',
    ])
    expect(event?.inputs[0]?.facets['symlinks']).toMatchObject({
      identifiers: [{ namespace: 's3://lake', name: 'orders', type: 'LOCATION' }],
    })
    expect(event?.outputs[0]?.facets['lifecycleStateChange']).toMatchObject({ lifecycleStateChange: 'DROP' })
    const from = (name: string, field: string, ...transformations: string[]) => ({
      namespace: 'snowflake://acme-shop',
      name: `SHOP.RAW.${name}`,
      field,
      transformations: transformations.map((kind) => ({
        type: kind.split(' ')[0],
        subtype: kind.split(' ')[1],
        description: '',
        masking: false,
      })),
    })
    expect(event?.outputs[0]?.facets['columnLineage']).toMatchObject({
      fields: {
        AMOUNT: {
          inputFields: [
            from('FX_RATES', 'RATE', 'DIRECT AGGREGATION', 'INDIRECT CONDITIONAL'),
            from('ORDERS', 'AMOUNT', 'DIRECT AGGREGATION'),
          ],
        },
        DAY: { inputFields: [from('ORDERS', 'DAY', 'DIRECT IDENTITY')] },
      },
      dataset: [from('ORDERS', 'CURRENCY', 'INDIRECT JOIN'), from('ORDERS', 'STATUS', 'INDIRECT FILTER')],
    })
  })

  it('tell nested columns field by field, with comments', async () => {
    await publish(batchOf(1), { caseOption: 'lower' })
    const schema = receiver.events[0]?.inputs[0]?.facets['schema']
    expect(schema).toMatchObject({
      fields: [
        { name: 'day', type: 'DATE' },
        { name: 'amount' },
        {
          name: 'lines',
          type: 'array<struct<sku:string>>',
          description: 'what was bought',
          fields: [{ name: '_element', type: 'struct<sku:string>', fields: [{ name: 'sku', type: 'string' }] }],
        },
      ],
    })
  })

  it('fold names when asked, and leave out the levels that a source omits', async () => {
    await publish({ ...batchOf(1), omittedLevels: 1 }, { caseOption: 'lower', namespace: 'sqlserver://dw:1433', jobNamespace: 'jobs' })
    const [event] = receiver.events
    expect(event?.job.namespace).toBe('jobs')
    expect(event?.outputs[0]).toMatchObject({ namespace: 'sqlserver://dw:1433', name: 'mart.revenue' })
    expect(event?.outputs[0]?.facets['hierarchy']).toMatchObject({
      hierarchy: [{ type: 'DATABASE', name: 'SHOP' }, { type: 'SCHEMA' }, { type: 'TABLE' }],
    })
  })

  it('are what openlineage-python understands, with every facet we write', async () => {
    await publish({ ...batchOf(3), omittedLevels: 1 }, { lineageFacet: true })
    const child = spawn(await pythonProgram('python'), [join(import.meta.dirname, 'validate_events.py')])
    const errors: string[] = []
    const output: string[] = []
    child.stdout.on('data', (chunk) => output.push(String(chunk)))
    child.stderr.on('data', (chunk) => errors.push(String(chunk)))
    child.stdin.end(receiver.events.map((event) => `${JSON.stringify(event)}\n`).join(''))
    const [code] = await once(child, 'close')
    expect(`${code} ${errors.join('')}`).toBe('0 ')
    expect(JSON.parse(output.join(''))).toEqual({
      events: 3,
      facets: ['columnLineage', 'datasetType', 'hierarchy', 'jobType', 'lifecycleStateChange', 'lineage', 'schema', 'sql', 'symlinks'],
    })
  })
})

describe('delivery by HTTP', () => {
  it('goes in order, to the path OpenLineage has, with key and gzip', async () => {
    expect(await publish(batchOf(5), { gzip: true, apiKey: 'k3y' })).toEqual({ delivered: 5, refused: [] })
    expect(receiver.events.map(({ job }) => job.name.at(-12))).toEqual(['0', '1', '2', '3', '4'])
    expect(receiver.requests[0]).toMatchObject({
      path: '/api/v1/lineage',
      headers: { authorization: 'Bearer k3y', 'content-encoding': 'gzip' },
    })
  })

  it('delivers the same bytes again for the same batch', async () => {
    await publish(batchOf(2))
    await publish(batchOf(2))
    const keys = receiver.requests.map(({ headers }) => headers['idempotency-key'])
    expect(keys.slice(0, 2)).toEqual(keys.slice(2))
    expect(new Set(keys).size).toBe(2)
    expect(receiver.events.slice(0, 2)).toEqual(receiver.events.slice(2))
  })

  it('tries again after 429 as told, after 500 and after a broken connection', async () => {
    receiver.replies.push({ status: 429, headers: { 'retry-after': '1' } }, { status: 201 }, { status: 500 }, 'reset')
    const started = Date.now()
    expect(await publish(batchOf(2))).toEqual({ delivered: 2, refused: [] })
    expect(Date.now() - started).toBeGreaterThan(1000)
    expect(receiver.requests).toHaveLength(5)
  })

  it.each([
    ['a long Retry-After', [{ status: 429, headers: { 'retry-after': '120' } }], {}, 120_000],
    ['5xx that lasts', [{ status: 503 }, { status: 502 }, { status: 500 }], {}, 2000],
    ['no answer at all', ['nothing', 'nothing', 'nothing'], { timeoutMs: 200 }, 2000],
  ] as const)('asks the runtime to come again: %s', async (_what, replies, config, wait) => {
    receiver.replies.push(...replies)
    await expect(publish(batchOf(1), config)).rejects.toMatchObject({ code: 'SINK_BUSY', evidence: { retryAfterMs: wait } })
  })

  it('reports what the receiver refuses for good, and goes on', async () => {
    receiver.replies.push({ status: 201 }, { status: 422, body: 'bad name' }, { status: 201 })
    expect(await publish(batchOf(3))).toEqual({ delivered: 2, refused: [{ process: '1xxxxxxxxxxxxxxx', reason: 'HTTP 422: bad name' }] })
  })

  it.each([401, 403, 404, 302])('stops at %d, which no other event would escape', async (status) => {
    receiver.replies.push({ status })
    await expect(publish(batchOf(3), { apiKey: 's3cret' })).rejects.toMatchObject({
      code: 'SINK_REJECTED',
      message: expect.not.stringContaining('s3cret'),
    })
    expect(receiver.requests).toHaveLength(1)
  })

  it('stops within a second when told to', async () => {
    receiver.replies.push('nothing')
    const from = source({ url: receiver.url })
    const publishing = sink.publish(from, batchOf(1)).catch((error: unknown) => error)
    while (receiver.requests.length === 0) await pause(5)
    from.host.abort()
    expect(await ownMs(publishing)).toBeLessThan(1000)
    expect(await publishing).toMatchObject({ message: 'stopped by the test' })
  })
})

describe('delivery to a file', () => {
  it('writes each event once, also when a batch comes again or a line was left unfinished', async () => {
    const file = join(folder, 'deep', 'events.ndjson')
    await sink.publish(source({ file }), batchOf(3))
    await appendFile(file, '{"eventTime":"2026-01-05T10:0')
    await sink.publish(source({ file }), batchOf(4))
    const names = (await readFile(file, 'utf8')).trimEnd().split('\n')
    expect(names).toHaveLength(4)
    expect(names.map((line) => JSON.parse(line).job.namespace)).toEqual(['shop', 'shop', 'shop', 'shop'])
  })
})

describe('check', () => {
  it.each([
    ['answers', [], 'passed'],
    ['refuses the key', [{ status: 403 }], 'failed'],
  ] as const)('%s', async (message, replies, status) => {
    receiver.replies.push(...replies)
    if (sink.check === undefined) throw new Error('no check')
    expect(await all(sink.check(source({ url: receiver.url })))).toMatchObject([
      { step: 'receiver', status, message: expect.stringContaining(message) },
    ])
  })
})
