import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Receiver, startReceiver } from '../plugins/sinks/receiver.ts'
import { type CliHome, cliHome, ROOT } from '../support/cli.ts'
import { ndjson } from '../support/mining.ts'
import { startTemporal, type TestTemporal } from '../support/temporal.ts'
import { startWorkerProcess, type TestWorker } from '../support/worker.ts'

/** Every secret a user can give, planted; then everything that lodeline and Temporal keep or print is searched for it. */
const PLANTED = {
  password: 'planted "pass/word" +1',
  token: 'planted-token-2f81c0',
  logKey: 'planted-log-key-77aa',
  sinkKey: 'planted-sink-key-93bd',
  stored: 'planted-stored-key-51cc',
}
const LEAKY = join(ROOT, 'test', 'support', 'plugins', 'leaky')

let cli: CliHome
let temporal: TestTemporal
let worker: TestWorker
let receiver: Receiver
const printed: string[] = []

beforeAll(async () => {
  ;[cli, temporal, receiver] = await Promise.all([cliHome(), startTemporal(), startReceiver()])
  worker = await startWorkerProcess({
    address: temporal.address,
    home: cli.home,
    env: { LODELINE_PLUGINS: LEAKY, LODELINE_LOG_LEVEL: 'debug' },
  })
})
afterAll(async () => {
  await worker.kill()
  await Promise.all([temporal.stop(), receiver.stop(), cli.remove()])
})

async function lodeline(line: string, input?: string): Promise<number | null> {
  const env = { TEMPORAL_ADDRESS: temporal.address, LODELINE_PLUGINS: LEAKY }
  const { code, stdout, stderr } = await cli.run(line.split(' '), { env, ...(input === undefined ? {} : { input }) })
  printed.push(`$ ${line}\n${stdout}${stderr}`)
  return code
}

const documents = (more: object = {}) =>
  JSON.stringify({
    connections: [
      { name: 'vault', connector: 'leaky', config: { user: 'reader', password: PLANTED.password }, credentials: { token: PLANTED.token } },
      { name: 'shop', connector: 'snowflake', config: { defaultDatabase: 'SHOP', defaultSchema: 'PUBLIC' } },
    ],
    pipelines: [
      { name: 'crawl', type: 'metadataIngestion', connection: 'vault', schedule: { every: 'day' }, ...more },
      {
        name: 'echo',
        type: 'pipeline',
        dag: {
          tasks: {
            one: { run: 'leaky.echo', with: { key: 'secret:receiver' } },
            each: { run: 'leaky.echo', after: ['one'], each: '$task.one', with: { key: 'secret:receiver' } },
          },
        },
      },
      {
        name: 'history',
        type: 's3QueryMining',
        connection: 'shop',
        options: {
          queryLog: { kind: 's3', bucket: `file://${cli.home}/logs`, accessKeyId: 'AKIDEXAMPLE', secretAccessKey: PLANTED.logKey },
        },
        sinks: [
          { sink: 'openlineage', config: { url: `${receiver.url}/one`, apiKey: PLANTED.sinkKey } },
          { sink: 'openlineage', config: { url: `${receiver.url}/two`, apiKey: 'secret:receiver' } },
        ],
      },
    ],
  })

/** The ways in which a text can stand in a file. */
const formsOf = (secret: string) => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  ...[0, 1, 2].map((shift) =>
    Buffer.from(`${'u'.repeat(shift)}${secret}`)
      .toString('base64')
      .slice(4, -4),
  ),
]

function leaksIn(what: string, content: Buffer | string): readonly string[] {
  const bytes = Buffer.from(content)
  return Object.entries(PLANTED).flatMap(([name, secret]) =>
    formsOf(secret).some((form) => bytes.includes(form)) ? [`${name} in ${what}`] : [],
  )
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

test('no secret of a connection, a query log, a sink or the catalog is in Temporal, the log, the catalog, errors or what commands print', async () => {
  await cli.file('README', '') // the home exists before `logs` below it
  const { mkdir, writeFile } = await import('node:fs/promises')
  await mkdir(join(cli.home, 'logs'))
  await writeFile(join(cli.home, 'logs', 'a.json'), ndjson([{ QUERY_TEXT: 'INSERT INTO t SELECT id FROM orders' }]))
  expect(await lodeline('secret set receiver', `${PLANTED.stored}\n`)).toBe(0)
  expect(await lodeline('apply -f - --dry-run', documents())).toBe(0)
  expect(await lodeline('apply -f -', documents())).toBe(0)
  expect(await lodeline('apply -f - --json', documents({ paused: true, loglevel: 1 }))).toBe(2)
  expect(await lodeline('pipeline deploy --all')).toBe(0)
  expect(await lodeline('pipeline run crawl --wait --request-id one')).toBe(3)
  // The receiver refuses the first sink for good, quoting what it was sent; the second one gets its secret from the catalog.
  receiver.replies.push({ status: 401, body: `the key ${PLANTED.sinkKey} is not valid` })
  expect(await lodeline('pipeline run history --wait --json')).toBe(3)
  expect(await lodeline('pipeline run echo --wait --json')).toBe(0)
  expect(printed.at(-1)).toContain('"key": "***"')
  for (const line of [
    'runs list --json',
    'runs show crawl',
    'pipeline show crawl --json',
    'pipeline show history',
    'connection show vault --json',
  ]) {
    await lodeline(line)
  }
  await lodeline('connection check vault')
  await lodeline('pipeline check history')
  await lodeline('secret list --json')
  const ids = [...printed.join('\n').matchAll(/"id":\s*"([0-9a-f]{20})"/g)].map(([, id]) => id)
  expect(ids.length).toBeGreaterThan(0)
  for (const id of new Set(ids)) {
    await lodeline(`runs show ${id} --json`)
    await lodeline(`runs logs ${id}`)
  }
  expect(printed.join('\n')).toContain('login of reader with *** and {"token":"***"} was refused')

  // The secrets were really used: both keys reached the receiver.
  const sent = receiver.requests.map(({ headers }) => headers['authorization'])
  expect(sent).toEqual(expect.arrayContaining([`Bearer ${PLANTED.sinkKey}`, `Bearer ${PLANTED.stored}`]))

  expect(await worker.stop()).toBe(0)
  const kept = [...filesBelow(cli.home), ...filesBelow(dirname(temporal.dbFile))]
  expect(kept.filter((path) => readFileSync(path).includes('history')).map((path) => path.split('/').at(-1))).toEqual(
    expect.arrayContaining(['catalog.db', 'server.db']),
  )
  const log = worker.log.map((entry) => JSON.stringify(entry)).join('\n')
  expect(log).toContain('was refused')
  expect([
    ...kept.flatMap((path) => leaksIn(path, readFileSync(path))),
    ...leaksIn('the log of the worker', log),
    ...printed.flatMap((text) => leaksIn(text.split('\n')[0] ?? '', text)),
  ]).toEqual([])
})
