import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ansi } from '../lineage/dialects/ansi.ts'
import { findDialect } from '../lineage/dialects/index.ts'
import { fingerprint } from '../lineage/fingerprint.ts'
import { analyze, createBuffers, createSchemas, NEW_SESSION, recordLookup, type Schemas, type SessionState } from '../lineage/index.ts'
import { tokenize } from '../lineage/tokens/tokenizer.ts'
import { createTokens } from '../lineage/tokens/tokens.ts'
import { generateLog, hasGenerator, type Log, type LogRecord } from './support/logs.ts'

/**
 * `npm run bench:lineage`: CPU time of this process (user + system), one core, after a warm-up of 500 records, distinct texts.
 * Peers that are installed are asked for the same texts in the same run: absolute figures depend on the machine, ratios less.
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
  console.log(`${name.padEnd(34)}${cells.map((cell) => String(cell).padStart(14)).join('')}`)
const fixed = (value: number, digits = 3): string => value.toFixed(digits)

function benchTokens(log: Log): void {
  const dialect = findDialect('redshift') ?? ansi
  const bytes = log.records.reduce((sum, record) => sum + record.query.length, 0)
  const tokens = createTokens()
  const pass = (each: (sql: string) => unknown): number =>
    cpuMs(() => {
      for (const record of log.records) each(record.query)
    })
  for (const [name, each] of [
    ['tokenizing, MB/s', (sql: string) => tokenize(sql, dialect, tokens)],
    ['tokenizing with fingerprint, MB/s', (sql: string) => fingerprint(sql, dialect, {}, tokens)],
  ] as const) {
    pass(each)
    row(name, fixed(bytes / 1e6 / (Math.min(pass(each), pass(each), pass(each)) / 1000), 0))
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

function benchPeers(log: Log): void {
  const require = createRequire(import.meta.url)
  const records = log.records.slice(500, 1_500)
  try {
    const { Parser } = require('node-sql-parser') as { Parser: new () => { parse: (sql: string, options: object) => unknown } }
    const parser = new Parser()
    let failed = 0
    const run = (): void => {
      failed = 0
      for (const record of records) {
        try {
          parser.parse(record.query, { database: 'redshift' })
        } catch {
          failed++
        }
      }
    }
    run()
    row('node-sql-parser, ms/record', fixed(cpuMs(run) / records.length), `failed: ${fixed((failed / records.length) * 100, 1)} %`)
  } catch {
    row('node-sql-parser', 'not installed')
  }
}

function main(): void {
  row('node', process.version)
  benchTpcds()
  benchCurve()
  if (!hasGenerator()) return row('query logs', 'no generator beside this checkout')
  const log = generateLog(['--records', '10000', '--dialect', 'redshift', '--distinct', '1'])
  benchTokens(log)
  benchMix(log)
  benchGiants()
  benchNoise()
  benchPeers(log)
}

main()
