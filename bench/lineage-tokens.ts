import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ansi } from '../lineage/dialects/ansi.ts'
import { findDialect } from '../lineage/dialects/index.ts'
import { fingerprint } from '../lineage/fingerprint.ts'
import { tokenize } from '../lineage/tokens/tokenizer.ts'
import { createTokens } from '../lineage/tokens/tokens.ts'

/**
 * MB of SQL a second and core, for tokens alone and with the fingerprint, over a query log.
 * node bench/lineage-tokens.ts DIR [DIALECT] [KEY]: DIR holds the NDJSON of ../shared/bench/generate.py, KEY is its query key.
 */
const [directory, dialectName = 'redshift', key = 'query'] = process.argv.slice(2)
if (directory === undefined) throw new Error('usage: node bench/lineage-tokens.ts DIR [DIALECT] [KEY]')
const dialect = findDialect(dialectName) ?? ansi

const texts = readdirSync(directory)
  .filter((file) => file.startsWith('part-') && file.endsWith('.json'))
  .flatMap((file) => readFileSync(join(directory, file), 'utf8').trim().split('\n'))
  .map((line) => String(JSON.parse(line)[key] ?? ''))
const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
const buffers = createTokens(65_536)

function measure(name: string, step: (text: string) => unknown): void {
  const rates: number[] = []
  for (let round = 0; round < 12; round++) {
    const start = process.cpuUsage()
    for (const text of texts) step(text)
    const used = process.cpuUsage(start)
    rates.push(bytes / (used.user + used.system))
  }
  const warm = rates.slice(4).sort((a, b) => a - b)
  const median = warm[warm.length >> 1] as number
  console.log(`${name.padEnd(24)} ${median.toFixed(0).padStart(5)} MB/s  ${(bytes / texts.length / median).toFixed(2)} us/record`)
}

console.log(
  `${texts.length} records, ${(bytes / 1e6).toFixed(1)} MB, ${new Set(texts).size} distinct texts, ${new Set(texts.map((text) => fingerprint(text, dialect))).size} fingerprints`,
)
measure('tokens', (text) => tokenize(text, dialect, buffers))
measure('tokens and fingerprint', (text) => fingerprint(text, dialect, {}, buffers))
