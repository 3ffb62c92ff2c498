import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ansi } from '../lineage/dialects/ansi.ts'
import { findDialect } from '../lineage/dialects/index.ts'
import { fingerprint } from '../lineage/fingerprint.ts'
import { cutTokens, tokenize } from '../lineage/tokens/tokenizer.ts'
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

const CHUNK = 250
const PASSES = 40

/** Of each chunk the least of many short passes: what else the machine does slows some of them, never all. */
function measure(name: string, step: (text: string) => unknown): void {
  let us = 0
  for (let from = 0; from < texts.length; from += CHUNK) {
    let least = Number.POSITIVE_INFINITY
    for (let pass = 0; pass < PASSES; pass++) {
      const start = process.cpuUsage()
      for (let i = from; i < Math.min(from + CHUNK, texts.length); i++) step(texts[i] ?? '')
      const { user, system } = process.cpuUsage(start)
      least = Math.min(least, user + system)
    }
    us += least
  }
  console.log(`${name.padEnd(24)} ${(bytes / us).toFixed(0).padStart(5)} MB/s  ${(us / texts.length).toFixed(2)} us/record`)
}

console.log(
  `${texts.length} records, ${(bytes / 1e6).toFixed(1)} MB, ${new Set(texts).size} distinct texts, ${new Set(texts.map((text) => fingerprint(text, dialect))).size} fingerprints`,
)
measure('tokens', (text) => cutTokens(text, dialect, buffers))
measure('tokens, as columns', (text) => tokenize(text, dialect, buffers))
measure('tokens and fingerprint', (text) => fingerprint(text, dialect, {}, buffers))
