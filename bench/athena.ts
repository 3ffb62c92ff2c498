import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { lineageTasks } from '../activities/lineage/tasks.ts'
import { deleteMetadata } from '../activities/metadata/delete.ts'
import { extractMetadata } from '../activities/metadata/extract.ts'
import { miningTasks } from '../activities/mining/tasks.ts'
import { openCatalog } from '../catalog/open.ts'
import { execution, glueTable, icebergTable } from '../test/support/athena-world.ts'
import { type Body, startFakeAws } from '../test/support/aws-json.ts'
import { realPlugins, startTaskRun, type TaskRun, type TaskWorld } from '../test/support/task-context.ts'
import { startThreads } from '../worker/threads.ts'

/**
 * Athena at scale, from a stub of AWS in a process of its own: `npm run bench:athena -- --tables 100000 --history 1000000`.
 * Time, calls to AWS and peak memory of a first crawl, of one that finds nothing new, and of usage from a query history.
 */

const { values } = parseArgs({
  options: {
    tables: { type: 'string', default: '100000' },
    history: { type: 'string', default: '1000000' },
    stub: { type: 'boolean', default: false },
  },
})
const TABLES = Number(values.tables)
const HISTORY = Number(values.history)
const DATABASES = 10
const TEXTS = 2_000
const START = Date.parse('2026-01-05T00:00:00Z')
const DAY_MS = 86_400_000

if (values.stub) await serve()
else await measure()

async function serve(): Promise<void> {
  const aws = await startFakeAws()
  aws.world.pageSize = 100 // Glue's largest; Athena asks for 50
  const perDatabase = Math.ceil(TABLES / DATABASES)
  for (let database = 0; database < DATABASES; database++) {
    const at = (n: number): Body => tableNumber(n)
    aws.world.catalogs.get('')?.set(`db_${database}`, { tables: { length: perDatabase, at } })
  }
  const at = (n: number): Body => queryNumber(n)
  aws.world.workGroups.set('primary', {
    State: 'ENABLED',
    history: { length: HISTORY, at },
    byId: (id) => queryNumber(Number(id.slice(2))),
  })
  aws.onCall(() => aws.forget())
  process.stdout.write(`${aws.endpoint}\n`)
}

function tableNumber(n: number): Body {
  const columns = Array.from({ length: 12 }, (_, c) => [`column_${c}`, c % 4 === 3 ? 'array<struct<a:int,b:string>>' : 'bigint'] as const)
  return n % 5 === 0 ? icebergTable(`t_${n}`, columns) : glueTable(`t_${n}`, { columns, keys: [['day', 'date']] })
}

function queryNumber(n: number): Body {
  const text = n % TEXTS
  const table = `t_${text % Math.ceil(TABLES / DATABASES)}`
  const sql =
    text % 10 === 0
      ? `INSERT INTO out_${text} SELECT column_0, column_1 FROM ${table} WHERE day = DATE '2026-01-0${n % 9}'`
      : `SELECT column_${text % 12} AS c_${text} FROM ${table} WHERE column_0 = ${n}`
  return execution(sql, {
    id: `q-${n}`,
    database: `db_${text % DATABASES}`,
    at: new Date(START + DAY_MS - 1000 - Math.floor((n * (DAY_MS - 2000)) / HISTORY)).toISOString(),
  })
}

async function measure(): Promise<void> {
  const stub = spawn(process.execPath, [import.meta.filename, '--stub', '--tables', String(TABLES), '--history', String(HISTORY)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [endpoint = ''] = (await once(createInterface({ input: stub.stdout }), 'line')) as string[] // the only line
  const folder = mkdtempSync(join(tmpdir(), 'bench-athena-'))
  const catalog = await openCatalog({ url: join(folder, 'catalog.db') })
  const threads = startThreads({ count: 1, memoryMb: 1024 })
  const config = { region: 'eu-west-1', endpoint, accessKeyId: 'AKIABENCH', secretAccessKey: 'secret', requestsPerSecond: 100 }
  const world: TaskWorld = {
    catalog,
    registry: await realPlugins(),
    threads,
    connection: { name: 'lake', connector: 'athena', config },
    now: Date.now,
  }
  try {
    await timed('first crawl', TABLES, 'tables', () => crawl(world))
    await timed('second crawl, nothing new', TABLES, 'tables', () => crawl(world))
    await timed('usage from the history', HISTORY, 'entries', () => usage(world))
  } finally {
    await threads.close()
    await catalog.close()
    stub.kill()
    rmSync(folder, { recursive: true })
  }
}

async function crawl(world: TaskWorld): Promise<TaskRun> {
  const run = startTaskRun(world, { name: 'crawl', type: 'metadataIngestion', options: { includeTags: false } })
  await run.run(extractMetadata)
  await run.run(deleteMetadata)
  return run
}

async function usage(world: TaskWorld): Promise<TaskRun> {
  const window = { from: new Date(START).toISOString(), to: new Date(START + DAY_MS).toISOString() }
  const run = startTaskRun(world, { name: 'usage', type: 'usageIngestion' }, {}, window)
  const task = (name: string) => {
    const found = lineageTasks[name] ?? miningTasks[name]
    if (found === undefined) throw new Error(`no task ${name}`)
    return found
  }
  const fetched = performance.now()
  await run.run(task('history.fetch'))
  say(`  of it reading: ${seconds(performance.now() - fetched)}`)
  const { manifest } = await run.run(task('mine.list'))
  for (const item of run.manifests.get(String(manifest)) ?? []) await run.run(task('mine.scan'), { item })
  for (const name of ['mine.settle', 'mine.resolve', 'mine.usage']) await run.run(task(name))
  return run
}

async function timed(what: string, items: number, unit: string, work: () => Promise<TaskRun>): Promise<void> {
  const started = performance.now()
  const run = await work()
  const ms = performance.now() - started
  const { changedAssets = 0, newHistoryEntries = 0, apiCalls = 0, edges } = Object.fromEntries(run.counts)
  const found = unit === 'tables' ? `${changedAssets} assets written` : `${newHistoryEntries} entries, ${edges ?? 0} edges`
  const peakMb = Math.round(process.resourceUsage().maxRSS / 1024)
  say(
    `${what}: ${items} ${unit} in ${seconds(ms)} (${Math.round(items / (ms / 1000))}/s), ${apiCalls} calls, ${found}, peak memory so far ${peakMb} MB`,
  )
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
