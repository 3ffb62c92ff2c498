import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { analyze } from '../lineage/index.ts'
import { loadFixtures } from '../test/support/lineage-fixtures.ts'
import { extremes, MUTATIONS } from '../test/support/mutations.ts'
import { random } from '../test/support/random.ts'

/** `npm run bench:robustness -- --texts 1000000`: mutated texts without end in sight; a throw or a slow text is printed and fails the run. */
const { values } = parseArgs({ options: { texts: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } } })
const fixtures = loadFixtures(join(import.meta.dirname, '../test/lineage/fixtures'))
const texts = fixtures.map((given) => given.sql)
const next = random(Number(values.seed))
const limitMs = (sql: string): number => 50 + sql.length / 1024
let bad = 0

function check(sql: string, dialect: string): void {
  const start = process.cpuUsage()
  try {
    for (const { diagnostics } of analyze(sql, { dialect }).statements) {
      const fault = diagnostics.find((each) => each.code === 'SQL_INTERNAL')
      if (fault) throw new Error(fault.message)
    }
  } catch (error) {
    bad++
    console.log(`threw (${dialect}): ${String(error)}\n${JSON.stringify(sql.slice(0, 500))}`)
  }
  const { user, system } = process.cpuUsage(start)
  const ms = (user + system) / 1000
  if (ms > limitMs(sql)) {
    bad++
    console.log(`${ms.toFixed(0)} ms for ${sql.length} characters (${dialect}): ${JSON.stringify(sql.slice(0, 300))}`)
  }
}

for (const sql of Object.values(extremes(10_000)))
  for (const dialect of new Set(fixtures.map((given) => given.dialect))) check(sql, dialect)
for (const sql of Object.values(extremes(100_000))) check(sql, 'snowflake')
for (let i = 0; i < Number(values.texts); i++) {
  const given = fixtures[Math.floor(next() * fixtures.length)]
  if (!given) continue
  let sql = given.sql
  for (let rounds = 1 + Math.floor(next() * 4); rounds > 0; rounds--)
    sql = MUTATIONS[Math.floor(next() * MUTATIONS.length)]?.(sql, next, texts) ?? sql
  check(sql, given.dialect)
  if (i % 100_000 === 0) console.log(`${i} texts, ${bad} bad, ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`)
}
console.log(`${values.texts} texts, ${bad} bad`)
process.exitCode = bad > 0 ? 1 : 0
