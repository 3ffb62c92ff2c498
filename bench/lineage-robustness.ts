import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { analyze } from '../lineage/index.ts'
import { loadFixtures } from '../test/support/lineage-fixtures.ts'
import { extremes, MUTATIONS } from '../test/support/mutations.ts'
import { random } from '../test/support/random.ts'

/**
 * `npm run bench:robustness -- --texts 1000000`: extremes, mutated texts, and every prefix of every text. A throw, or a text that takes more than
 * 50 ms + 1 ms/KB of CPU time, is printed and fails the run. Texts are the fixtures, and the conformance cases where they stand beside this checkout.
 */
const { values } = parseArgs({
  options: {
    texts: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    prefixes: { type: 'boolean', default: true },
  },
  allowNegative: true,
})
const CASES = join(import.meta.dirname, '../../shared/conformance')

interface Given {
  readonly sql: string
  readonly dialect: string
}

function loadCases(): readonly Given[] {
  if (!existsSync(CASES)) return []
  const lines = readdirSync(CASES).flatMap((file) => (file.endsWith('.jsonl') ? readFileSync(join(CASES, file), 'utf8').split('\n') : []))
  const cases = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as { sql?: unknown; dialect?: string })
  return cases.flatMap(({ sql, dialect }) => (typeof sql === 'string' ? [{ sql, dialect: dialect ?? 'ansi' }] : []))
}

const fixtures: readonly Given[] = loadFixtures(join(import.meta.dirname, '../test/lineage/fixtures'))
const pool = [...fixtures, ...loadCases()]
const texts = pool.map((given) => given.sql)
const next = random(Number(values.seed))
const limitMs = (sql: string): number => 50 + sql.length / 1024
let bad = 0
let read = 0
/** Of the texts so far, the one that took the largest part of what it may. */
let worst = { part: 0, ms: 0, length: 0 }

function complain(what: string, { sql, dialect }: Given): void {
  bad++
  console.log(`${what} (${dialect}, ${sql.length} characters): ${JSON.stringify(sql.slice(0, 500))}`)
}

function cpuMs({ sql, dialect }: Given): number {
  const start = process.cpuUsage()
  for (const { diagnostics } of analyze(sql, { dialect }).statements) {
    const fault = diagnostics.find((each) => each.code === 'SQL_INTERNAL')
    if (fault) throw new Error(fault.message)
  }
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

/** A slow text is read again: compiling and collecting garbage, which are in the time too, are not its own. */
function check(given: Given): void {
  read++
  const limit = limitMs(given.sql)
  try {
    let ms = cpuMs(given)
    for (let again = 0; again < 2 && ms > limit / 2; again++) ms = Math.min(ms, cpuMs(given))
    if (ms / limit > worst.part) worst = { part: ms / limit, ms, length: given.sql.length }
    if (ms > limit) complain(`${ms.toFixed(0)} ms`, given)
  } catch (error) {
    complain(`threw ${String(error)}`, given)
  }
}

function mutated(): Given | null {
  const given = pool[Math.floor(next() * pool.length)]
  if (!given) return null
  let { sql } = given
  for (let rounds = 1 + Math.floor(next() * 4); rounds > 0; rounds--)
    sql = MUTATIONS[Math.floor(next() * MUTATIONS.length)]?.(sql, next, texts) ?? sql
  return { sql, dialect: given.dialect }
}

function say(what: string): void {
  const { rss, heapUsed } = process.memoryUsage()
  const mb = (bytes: number): string => (bytes / 1e6).toFixed(0)
  const slowest = `slowest: ${worst.ms.toFixed(0)} ms for ${worst.length} characters, ${(worst.part * 100).toFixed(0)} % of its limit`
  console.log(`${what}: ${read} read, ${bad} bad; ${slowest}; ${mb(rss)} MB resident, ${mb(heapUsed)} MB heap`)
}

for (const sql of Object.values(extremes(10_000)))
  for (const dialect of new Set(fixtures.map((given) => given.dialect))) check({ sql, dialect })
for (const sql of Object.values(extremes(100_000))) check({ sql, dialect: 'snowflake' })
say('extremes')
for (let i = 1; i <= Number(values.texts); i++) {
  const given = mutated()
  if (given) check(given)
  if (i % 50_000 === 0) say(`${i} mutated`)
}
if (values.prefixes) {
  for (const { sql, dialect } of pool) for (let end = 0; end < sql.length; end++) check({ sql: sql.slice(0, end), dialect })
  say('prefixes')
}
process.exitCode = bad > 0 ? 1 : 0
