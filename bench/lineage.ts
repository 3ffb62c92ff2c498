import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ansi } from '../lineage/dialects/ansi.ts'
import { findDialect } from '../lineage/dialects/index.ts'
import { fingerprint } from '../lineage/fingerprint.ts'
import { analyze, createBuffers, createSchemas, NEW_SESSION, recordLookup, type Schemas, type SessionState } from '../lineage/index.ts'
import { cutTokens } from '../lineage/tokens/tokenizer.ts'
import { createTokens } from '../lineage/tokens/tokens.ts'
import { generateLog, hasGenerator, type Log, type LogRecord } from './support/logs.ts'
import { peerTimes } from './support/peers.ts'

/**
 * `npm run bench:lineage`: CPU time of this process (user + system), one core, after a warm-up of 500 records, distinct texts.
 * Peers that are installed are asked for the same texts in the same run: absolute figures depend on the machine, ratios less.
 * `LODELINE_PEERS` names a folder with a Python environment `venv` and a `node_modules`, in which they are looked for.
 */
const NOISE = ['redshift', 'snowflake', 'bigquery', 'hive', 'spark', 'tsql', 'teradata', 'trino']
const GIANTS = ['500-column select', '30-way union', '50 CTEs', '20 nested', 'IN 10,000', '20 CTEs']
const CASES = join(import.meta.dirname, '../../shared/conformance')

const buffers = createBuffers()

function cpuMs(work: () => void): number {
  const start = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

/** Runs a log in order, sessions as they come; the number of statements whose reading failed. */
function runLog(records: readonly LogRecord[], dialect: string, schemas: Schemas): number {
  let session: SessionState = NEW_SESSION
  let id = ''
  let failed = 0
  for (const record of records) {
    if (record.session !== id) session = NEW_SESSION
    id = record.session
    const answer = analyze(record.query, {
      buffers,
      dialect,
      schemas,
      session,
      defaults: { database: record.database, schema: record.schema },
    })
    session = answer.session
    for (const statement of answer.statements) if (statement.diagnostics.some((each) => each.code === 'SQL_STATEMENT_UNKNOWN')) failed++
  }
  return failed
}

const row = (name: string, ...cells: readonly (string | number)[]): void =>
  console.log(`${name.padEnd(58)}${cells.map((cell) => String(cell).padStart(16)).join('')}`)
const fixed = (value: number, digits = 3): string => value.toFixed(digits)

const CHUNK = 250
const PASSES = 40

/** Of each chunk of the log the least of many short passes: what else the machine does slows some of them, never all. */
function benchTokens(log: Log): void {
  const dialect = findDialect('redshift') ?? ansi
  const texts = log.records.map((record) => record.query)
  const bytes = texts.reduce((sum, sql) => sum + sql.length, 0)
  const tokens = createTokens()
  for (const [name, each] of [
    ['tokenizing, MB/s', (sql: string) => cutTokens(sql, dialect, tokens)],
    ['tokenizing with fingerprint, MB/s', (sql: string) => fingerprint(sql, dialect, {}, tokens)],
  ] as const) {
    let ms = 0
    for (let from = 0; from < texts.length; from += CHUNK) {
      const chunk = texts.slice(from, from + CHUNK)
      ms += Math.min(...Array.from({ length: PASSES }, () => cpuMs(() => chunk.forEach((sql) => void each(sql)))))
    }
    row(name, fixed(bytes / 1e6 / (ms / 1000), 0))
  }
}

function benchMix(log: Log): void {
  const schemas = createSchemas(recordLookup(log.schemas))
  runLog(log.records.slice(0, 500), 'redshift', schemas)
  const rest = log.records.slice(500)
  const all = Math.min(...[1, 2, 3].map(() => cpuMs(() => runLog(rest, 'redshift', schemas))))
  const small = rest.filter((record) => record.query.length < 8_000)
  const without = Math.min(...[1, 2, 3].map(() => cpuMs(() => runLog(small, 'redshift', schemas))))
  row('redshift mix, ms/record', fixed(all / rest.length), `< 8 kB: ${fixed(without / small.length)}`, `${rest.length} records`)
}

function benchTpcds(): void {
  const file = join(CASES, 'sqlglot_lineage.jsonl')
  if (!existsSync(file)) return row('TPC-DS', 'no cases beside this checkout')
  const cases = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes('/'))
    .map((line) => JSON.parse(line) as { id: string; sql: string; schema: Record<string, string[]> })
  const queries = cases.filter((each) => /tpc-ds/.test(each.id))
  const run = (): void => queries.forEach((each) => void analyze(each.sql, { schemas: each.schema }))
  for (let i = 0; i < 10; i++) run()
  row('TPC-DS with schemas, ms/query', fixed(Math.min(...[1, 2, 3].map(() => cpuMs(run))) / queries.length), `${queries.length} queries`)
}

function benchGiants(): void {
  for (const [kind, name] of GIANTS.entries()) {
    const log = generateLog(['--records', '12', '--dialect', 'redshift', '--distinct', '1', '--giants', '1', '--giant-kind', String(kind)])
    const schemas = createSchemas(recordLookup(log.schemas))
    runLog(log.records, 'redshift', schemas)
    const best = Math.min(...[1, 2, 3, 4, 5].map(() => cpuMs(() => runLog(log.records, 'redshift', schemas))))
    const kb = log.records.reduce((sum, record) => sum + record.query.length, 0) / log.records.length / 1000
    row(`giant: ${name}, ms`, fixed(best / log.records.length, 2), `${fixed(kb, 0)} kB`)
  }
}

function benchNoise(): void {
  for (const dialect of NOISE) {
    const log = generateLog(['--records', '2000', '--dialect', dialect, '--distinct', '1'])
    const schemas = createSchemas(recordLookup(log.schemas))
    const failed = runLog(log.records, dialect, schemas)
    row(`${dialect}, ms/record`, fixed(cpuMs(() => runLog(log.records, dialect, schemas)) / log.records.length), `failed: ${failed}`)
  }
}

/** Cost by length: what is linear keeps its ms/KB. */
function benchCurve(): void {
  const shapes: readonly (readonly [string, (n: number) => string])[] = [
    [
      'columns',
      (n) =>
        `INSERT INTO t SELECT ${Array.from({ length: n }, (_, i) => `a.c${i} + b.d${i} AS e${i}`).join(', ')} FROM a JOIN b ON a.k = b.k`,
    ],
    [
      'CTEs',
      (n) =>
        `WITH ${Array.from({ length: n }, (_, i) => `c${i} AS (SELECT x, y + 1 AS y FROM ${i ? `c${i - 1}` : 't'} WHERE z > ${i})`).join(', ')} SELECT * FROM c${n - 1}`,
    ],
    ['union arms', (n) => Array.from({ length: n }, (_, i) => `SELECT a, b, c FROM t${i}`).join(' UNION ALL ')],
    ['joins', (n) => `SELECT * FROM t0 ${Array.from({ length: n }, (_, i) => `JOIN t${i + 1} ON t${i}.k = t${i + 1}.k`).join(' ')}`],
  ]
  for (const [name, make] of shapes) {
    const cells = [250, 500, 1_000, 2_000].map((n) => {
      const sql = make(n)
      const run = (): void => void analyze(sql, { dialect: 'snowflake' })
      for (let i = 0; i < 10; i++) run()
      const ms = Math.min(...Array.from({ length: 9 }, () => cpuMs(run)))
      return `${n}: ${fixed(ms / (sql.length / 1024), 4)}`
    })
    row(`${name}, ms/KB`, ...cells)
  }
}

/** The same records for all, ours too. The ratio is how many times longer than ours. */
async function benchPeers(log: Log): Promise<void> {
  const records = log.records.slice(500, 800)
  const schemas = createSchemas(recordLookup(log.schemas))
  const ours = Math.min(...[1, 2, 3].map(() => cpuMs(() => runLog(records, 'redshift', schemas)))) / records.length
  row('of the same 300: lodeline', fixed(ours))
  for (const { name, ms, failed } of await peerTimes({ dialect: 'redshift', schemas: log.schemas, records }))
    row(name, fixed(ms), `${fixed(ms / ours, 1)} x`, `failed: ${fixed((failed / records.length) * 100, 1)} %`)
}

async function main(): Promise<void> {
  row('node', process.version)
  benchTpcds()
  benchCurve()
  if (!hasGenerator()) return row('query logs', 'no generator beside this checkout')
  const log = generateLog(['--records', '10000', '--dialect', 'redshift', '--distinct', '1'])
  benchTokens(log)
  benchMix(log)
  benchGiants()
  benchNoise()
  await benchPeers(log)
}

await main()
