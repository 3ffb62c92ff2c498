import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { secondOpinion } from '../activities/mining/threads/second-opinion.ts'
import type { Diagnostic } from '../contracts/lineage.ts'
import { analyze, NEW_SESSION, type SessionState } from '../lineage/index.ts'
import { generateLog, hasGenerator } from './support/logs.ts'

/** `npm run bench:second-opinion`: how often the miner asks node-sql-parser of a text that our reading left open, and what it adds. */
const EXAMPLES = join(import.meta.dirname, '../examples/query-logs')
const CASES = join(import.meta.dirname, '../../shared/conformance')
const GENERATED = ['redshift', 'snowflake', 'bigquery', 'hive', 'spark', 'tsql', 'teradata', 'trino']

interface Text {
  readonly sql: string
  readonly session: string
}

/** As in the miner: what our reading skipped, not what schemas would have told. */
const NOT_READ = /^SQL_(STATEMENT|CLAUSE|EXPRESSION|RELATION)_UNKNOWN|^SQL_(BRACKET|CHARACTER|TOO_|UNTERMINATED)/
const UNREAD: Diagnostic = { code: 'SQL_STATEMENT_UNKNOWN', message: '', start: 0, end: 0 }

function verdict(opinion: Diagnostic | null): 'agrees' | 'differs' | 'cannot read it' {
  if (opinion === null) return 'cannot read it'
  return opinion.code === 'SQL_SECOND_OPINION_AGREES' ? 'agrees' : 'differs'
}

/** Every text counts: a log repeats itself, and the miner asks once a distinct one. */
async function measure(name: string, dialect: string, texts: readonly Text[]): Promise<void> {
  const counts = { statements: 0, asked: 0, agrees: 0, differs: 0, 'cannot read it': 0 }
  const anyway = { agrees: 0, differs: 0, 'cannot read it': 0 }
  const sessions = new Map<string, SessionState>()
  const differences = new Set<string>()
  for (const { sql, session } of texts) {
    const { statements, session: after } = analyze(sql, { dialect, session: sessions.get(session) ?? NEW_SESSION })
    if (session !== '') sessions.set(session, after)
    counts.statements += statements.length
    const unread = statements.map((each) => ({ ...each, confidence: 0.5, diagnostics: [UNREAD] }))
    anyway[verdict(await secondOpinion(sql, dialect, unread))]++
    if (!statements.some(({ confidence, diagnostics }) => confidence < 1 && diagnostics.some(({ code }) => NOT_READ.test(code)))) continue
    counts.asked++
    const opinion = await secondOpinion(sql, dialect, statements)
    counts[verdict(opinion)]++
    if (opinion?.code === 'SQL_SECOND_OPINION_DIFFERS') differences.add(`${opinion.message}: ${sql.replaceAll(/\s+/g, ' ').slice(0, 120)}`)
  }
  const cells = Object.entries(counts).map(([what, n]) => `${what} ${n}`)
  const all = Object.entries(anyway).map(([what, n]) => `${what} ${n}`)
  console.log(`${name.padEnd(22)} texts ${texts.length}, ${cells.join(', ')}; asked of all: ${all.join(', ')}`)
  for (const each of [...differences].slice(0, 3)) console.log(`    ${each}`)
}

function exampleTexts(source: string): readonly Text[] {
  const folder = join(EXAMPLES, source)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /json$/.test(file))
  return files.sort().flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .split('\n')
      .flatMap((line) => textOf(line)),
  )
}

const TEXT_KEYS = ['query_text', 'query', 'querytext', 'batch_text', 'command', 'sqltextinfo']

/** The logs hold bad lines on purpose. */
function textOf(line: string): readonly Text[] {
  try {
    const record = JSON.parse(line) as Readonly<Record<string, unknown>>
    const get = (key: string) => String(Object.entries(record).find(([name]) => name.toLowerCase() === key)?.[1] ?? '')
    const sql = TEXT_KEYS.map(get).find((text) => text !== '') ?? ''
    return sql === '' ? [] : [{ sql, session: get('session_id') || get('session') || get('sessionid') || '' }]
  } catch {
    return []
  }
}

/** Statements that other projects' tests hold, by dialect: far odder than what logs hold. */
function conformanceTexts(): ReadonlyMap<string, readonly Text[]> {
  const files = existsSync(CASES) ? readdirSync(CASES).filter((file) => file.endsWith('.jsonl')) : []
  const cases = files.flatMap((file) => readFileSync(join(CASES, file), 'utf8').trimEnd().split('\n'))
  const texts = cases.map((line) => JSON.parse(line) as { readonly sql: string; readonly dialect: string }) // the cases' own format
  return Map.groupBy(
    texts.map(({ sql, dialect }) => ({ sql, dialect, session: '' })),
    ({ dialect }) => dialect,
  )
}

if (existsSync(EXAMPLES))
  for (const source of readdirSync(EXAMPLES).sort()) await measure(`example ${source}`, source, exampleTexts(source))
if (hasGenerator())
  for (const dialect of GENERATED) {
    const { records } = generateLog(['--records', '2000', '--dialect', dialect, '--distinct', '1'])
    const name = dialect === 'tsql' ? 'sqlserver' : dialect
    await measure(
      `generated ${name}`,
      name,
      records.map(({ query, session }) => ({ sql: query, session })),
    )
  }
for (const [dialect, texts] of [...conformanceTexts()].sort()) await measure(`conformance ${dialect}`, dialect, texts)
