import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { mineOnce } from '../activities/mining/mine-once.ts'
import { openLog } from '../activities/mining/mining.ts'
import { foldCase } from '../catalog/asset-keys.ts'
import { openCatalog } from '../catalog/open.ts'
import { miningOptionsSchema } from '../contracts/pipeline.ts'
import { WORKER_ALLOCATOR, WORKER_FLAGS } from '../deploy/worker-process.ts'
import { plugin } from '../plugins/query-logs/s3/plugin.ts'
import { startThreads, type Threads } from '../worker/threads.ts'

/**
 * Mines a generated log with one thread and with two, from the first byte to committed results (edges and usage included), beside BASE: reading the
 * same bytes, finding the line ends, decoding and JSON.parse, in the same minute on the same machine. Each measurement is a process of its own.
 *
 *   npm run bench:mining -- [--records 1000000] [--distinct 0.01,1] [--threads 1,2] [--dialect redshift] [--generator ../shared/bench/generate.py] [--keep DIR]
 */

interface Measured {
  readonly records: number
  readonly bytes: number
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakMb: number
  readonly counts?: Readonly<Record<string, number>>
  readonly steps?: Readonly<Record<string, number>>
}

const KEYS = {
  sql: 'query',
  defaultDatabase: 'database',
  defaultSchema: 'schema',
  session: 'session',
  user: 'user',
  startTime: 'startTime',
}

/** The worker finds its modules compiled too. */
const COMPILED = join(import.meta.dirname, '..', '.tools', 'bench-compiled')

const CHUNK = 8 * 1024 * 1024

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    distinct: { type: 'string', default: '0.01,1' },
    threads: { type: 'string', default: '1,2' },
    dialect: { type: 'string', default: 'redshift' },
    files: { type: 'string', default: '4' },
    generator: { type: 'string', default: join(import.meta.dirname, '..', '..', 'shared', 'bench', 'generate.py') },
    keep: { type: 'string' },
    base: { type: 'string' },
    mine: { type: 'string' },
  },
})

function print(measured: Measured): void {
  process.stdout.write(`${JSON.stringify(measured)}\n`)
}

function compare(): void {
  for (const distinct of values.distinct.split(',')) {
    const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'lodeline-bench-'))
    try {
      const log = join(folder, `${values.dialect}-${values.records}-${distinct}`)
      generate(log, distinct)
      report(log, distinct)
    } finally {
      if (values.keep === undefined) rmSync(folder, { recursive: true, force: true })
    }
  }
}

function generate(log: string, distinct: string): void {
  if (existsSync(join(log, 'manifest.json'))) return
  const keys = Object.values(KEYS).join(',')
  const wanted = ['--records', values.records, '--dialect', values.dialect, '--distinct', distinct, '--files', values.files, '--keys', keys]
  execFileSync('python3', [values.generator, 'log', '--out', log, ...wanted], { stdio: ['ignore', 'ignore', 'inherit'] })
}

function report(log: string, distinct: string): void {
  const measuredBase = measure(['--base', log])
  console.log(`\n${values.dialect}, ${values.records} records, ${distinct} distinct, ${mb(measuredBase.bytes)} MB`)
  line('BASE: read, split, decode, JSON.parse', measuredBase, measuredBase)
  const mine = (threads: string): readonly string[] => ['--mine', log, '--threads', threads, '--dialect', values.dialect]
  const walls: number[] = []
  for (const threads of values.threads.split(',')) {
    const mined = measure(mine(threads))
    line(`mined, ${threads} thread${threads === '1' ? '' : 's'}`, mined, measuredBase)
    const steps = Object.entries(mined.steps ?? {}).map(([step, ms]) => `${step} ${(ms / 1000).toFixed(1)} s`)
    console.log(`  CPU of the steps: ${steps.join(', ')}; up to counted keys ${shareOf(mined, measuredBase).toFixed(0)} % of BASE`)
    console.log(
      `  ${Object.entries(mined.counts ?? {})
        .filter(([name]) => !name.includes('.'))
        .map(([name, count]) => `${name} ${count}`)
        .join(', ')}`,
    )
    walls.push(mined.wallMs)
  }
  const [one, two] = walls
  if (one === undefined || two === undefined) return
  console.log(`two threads: ${(one / two).toFixed(2)} times one`)
  if (!hasTaskset()) return
  const oneCore = measure(mine('1'), ['taskset', '-c', '0'])
  line('mined, one thread on one core', oneCore, measuredBase)
  console.log(`two threads: ${(oneCore.wallMs / two).toFixed(2)} times one on one core`)
}

/** With one thread too, main, the collector and the compiler take what other cores there are. */
function hasTaskset(): boolean {
  return spawnSync('taskset', ['-c', '0', 'true']).status === 0
}

/** `within`: a command that runs the measurement. */
function measure(args: readonly string[], within: readonly string[] = []): Measured {
  const [command = process.execPath, ...before] = [...within, process.execPath]
  const child = spawnSync(command, [...before, ...WORKER_FLAGS, import.meta.filename, ...args], {
    encoding: 'utf8',
    env: { ...WORKER_ALLOCATOR, ...process.env, NODE_COMPILE_CACHE: COMPILED },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 26,
  })
  if (child.status !== 0) throw new Error(`the measurement ended with ${child.status ?? child.signal}`)
  return JSON.parse(child.stdout.trim().split('\n').at(-1) ?? '') as Measured // what `print` wrote
}

function line(name: string, { records, bytes, wallMs, cpuMs, peakMb }: Measured, measuredBase: Measured): void {
  const share = (100 * (measuredBase.cpuMs / measuredBase.records)) / (cpuMs / records)
  const rate = `${Math.round((records / wallMs) * 1000).toLocaleString('en')} records/s, ${mb((bytes / wallMs) * 1000)} MB/s`
  console.log(
    `${name.padEnd(40)} ${rate}; CPU ${(cpuMs / 1000).toFixed(2)} s = ${((cpuMs * 1000) / records).toFixed(1)} us a record, ${share.toFixed(0)} % of BASE; peak ${peakMb.toFixed(0)} MB`,
  )
}

/** From the first byte to committed keys and counters: without resolving them to edges. */
function shareOf({ records, steps }: Measured, measuredBase: Measured): number {
  const cpuMs = (steps?.['list'] ?? 0) + (steps?.['scan'] ?? 0) + (steps?.['settle'] ?? 0)
  return (100 * (measuredBase.cpuMs / measuredBase.records)) / (cpuMs / records)
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(0)

function base(log: string): Measured {
  const files = globSync(join(log, 'part-*.json')).sort()
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0)
  parseLines(files[0] ?? '', 20_000) // warm
  const begun = clock()
  const records = files.reduce((sum, file) => sum + parseLines(file, Number.POSITIVE_INFINITY), 0)
  return { records, bytes, ...since(begun) }
}

/** In chunks, so that memory does not decide. */
function parseLines(file: string, most: number): number {
  const descriptor = openSync(file, 'r')
  const buffer = Buffer.allocUnsafe(CHUNK)
  let kept = 0
  let lines = 0
  for (;;) {
    const read = readSync(descriptor, buffer, kept, CHUNK - kept, null)
    const end = kept + read
    let start = 0
    for (let newline = buffer.indexOf(10, start); newline >= 0 && newline < end && lines < most; newline = buffer.indexOf(10, start)) {
      JSON.parse(buffer.toString('utf8', start, newline))
      lines++
      start = newline + 1
    }
    if (read === 0 || lines >= most) return lines
    buffer.copyWithin(0, start, end)
    kept = end - start
  }
}

/** As BASE, after a warm-up with the log's first lines in a catalog of its own: workers run for months. */
async function mine(log: string, count: number, dialect: string): Promise<Measured> {
  const threads = startThreads({ count, memoryMb: 256 })
  const sample = mkdtempSync(join(tmpdir(), 'lodeline-bench-sample-'))
  writeSample(log, sample, count)
  await mineLog(sample, threads, dialect)
  rmSync(sample, { recursive: true, force: true })
  const measured = await mineLog(log, threads, dialect)
  await threads.close()
  return measured
}

/** The log's first lines, an object for each thread. */
function writeSample(log: string, folder: string, objects: number): void {
  const descriptor = openSync(globSync(join(log, 'part-*.json')).sort()[0] ?? '', 'r')
  const buffer = Buffer.allocUnsafe(2 * CHUNK)
  const read = readSync(descriptor, buffer, 0, buffer.length, 0)
  for (let object = 0; object < objects; object++) {
    writeFileSync(join(folder, `part-${object}.json`), buffer.subarray(0, buffer.lastIndexOf(10, read - 1) + 1))
  }
}

async function mineLog(log: string, threads: Threads, dialect: string): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'lodeline-bench-catalog-'))
  const catalog = await openCatalog({ url: `sqlite:${join(folder, 'catalog.db')}` })
  const queryLog = plugin.queryLogs?.[0]
  if (queryLog === undefined) throw new Error('the S3 query log is missing')
  const { signal } = new AbortController()
  const counts: Record<string, number> = {}
  const steps: Record<string, number> = {}
  const tell = {
    heartbeat: () => undefined,
    count: (name: string, by = 1) => {
      counts[name] = (counts[name] ?? 0) + by
    },
    total: (name: string, value: number) => {
      counts[name] = value
    },
    warn: (message: string) => console.error(message),
    log: () => undefined,
  }
  const config = queryLog.options.parse({ bucket: `file://${log}`, prefix: 'part-*', keys: KEYS })
  const begun = clock()
  await mineOnce(
    {
      catalog,
      log: { pipeline: 'bench', connection: 'bench' },
      run: log,
      dialect,
      levels: ['database', 'schema'],
      twoLevels: false,
      fold: foldCase,
      databaseSpelling: null,
      ignoreCase: false,
      defaults: { database: null, schema: null },
      options: miningOptionsSchema.parse({ queryLog: { kind: 's3' } }),
      reprocess: false,
      queryLog: openLog(queryLog, { connection: 'bench', config, host: { signal, log: tell.log, count: tell.count, now: Date.now } }),
      threads,
      signal,
      report: tell,
      now: () => new Date().toISOString(),
    },
    (step, _wallMs, cpuMs) => {
      steps[step] = cpuMs
    },
  )
  const result = { records: counts['records'] ?? 0, bytes: counts['bytes'] ?? 0, ...since(begun), counts, steps }
  await catalog.close()
  rmSync(folder, { recursive: true, force: true })
  return result
}

interface Clock {
  readonly at: number
  readonly cpu: NodeJS.CpuUsage
}

function clock(): Clock {
  return { at: performance.now(), cpu: process.cpuUsage() }
}

function since({ at, cpu }: Clock): Pick<Measured, 'wallMs' | 'cpuMs' | 'peakMb'> {
  const used = process.cpuUsage(cpu)
  return { wallMs: performance.now() - at, cpuMs: (used.user + used.system) / 1000, peakMb: process.resourceUsage().maxRSS / 1024 }
}

if (values.base !== undefined) print(base(values.base))
else if (values.mine !== undefined) print(await mine(values.mine, Number(values.threads), values.dialect))
else compare()
