/** Files of a connector to start from, by path: `plugin new` writes them, docs/writing-a-connector.md shows them. */
export function pluginFiles(name: string, folder: string): Readonly<Record<string, string>> {
  const files = {
    'plugin.ts': PLUGIN,
    'plugin.test.ts': TEST,
    'example/tables.json': TABLES,
    'example/queries.json': QUERIES,
    'example/pipelines.yaml': PIPELINES,
  }
  return Object.fromEntries(
    Object.entries(files).map(([file, text]) => [
      file,
      text.replaceAll('NAME', name).replaceAll('FOLDER', () => JSON.stringify(`${folder}/example`)),
    ]),
  )
}

const PLUGIN = `import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as lodeline from 'lodeline/plugin'
import { z } from 'zod'

/** Settings: checked, completed by editors, shown in docs. A password would be \`lodeline.secret('Password of the reader')\`. */
const config = z
  .strictObject({ folder: z.string().describe('Folder with tables.json and queries.json') })
  .meta({ examples: [{ folder: '/var/lib/NAME' }] })
type Source = lodeline.Source<z.infer<typeof config>>
type Table = { schema: string; name: string; columns: Record<string, string> }
type Query = { id: string; at: string; user: string; sql: string }

const read = async (source: Source, file: string) => JSON.parse(await readFile(join(source.config.folder, file), 'utf8'))

/** 'Test connection', step by step. */
async function* check(source: Source): AsyncGenerator<lodeline.CheckResult> {
  const found = await read(source, 'tables.json').then(String, (error) => error)
  const status = found instanceof Error ? 'failed' : 'passed'
  yield { step: 'tables', status, mandatory: true, message: status === 'failed' ? found.message : 'tables.json is readable' }
}

/** Every asset, outermost first; \`listed\` says that all below a path was given, so that what is missing is gone. */
async function* metadata(source: Source): AsyncGenerator<lodeline.Asset | lodeline.Listed> {
  const tables: Table[] = await read(source, 'tables.json')
  for (const schema of new Set(tables.map((table) => table.schema))) {
    yield { kind: 'schema', path: [schema] }
    for (const table of tables.filter((one) => one.schema === schema)) {
      const columns = Object.entries(table.columns).map(([name, type], ordinal) => ({ name, type, ordinal }))
      yield { kind: 'table', path: [schema, table.name], columns }
    }
    yield { listed: [schema] }
  }
  yield { listed: [] }
}

/** What was executed in the window. lodeline reads the SQL: usage and lineage need nothing more. */
async function* queries(source: Source, window: lodeline.Window): AsyncGenerator<lodeline.QueryRecord> {
  for (const { id, at, user, sql } of (await read(source, 'queries.json')) as Query[]) {
    if (at >= window.from && at < window.to) yield { id, sql, user, startTime: Date.parse(at), status: 'ok' }
  }
}

const names = { levels: ['schema'], dialect: 'ansi' }
const connector = lodeline.defineConnector({ name: 'NAME', title: 'NAME', names, config, check, metadata, queries })
export const plugin = lodeline.definePlugin({ name: 'NAME', apiVersion: lodeline.PLUGIN_API_VERSION, connectors: [connector] })
`

const TEST = `import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { plugin } from './plugin.ts'

const [connector] = plugin.connectors ?? []
const host = { signal: new AbortController().signal, log: () => undefined, count: () => undefined, now: Date.now }
const source = { connection: 'test', config: { folder: join(import.meta.dirname, 'example') }, host }
const options = { includeTables: true, includeViews: true, includeTags: true, threads: 1, accepts: () => true }

test('metadata: every table with its columns', async () => {
  const tables = []
  for await (const one of connector?.metadata?.(source, options, undefined) ?? []) if ('kind' in one && one.kind === 'table') tables.push(one)
  assert.deepEqual(tables.map(({ path, columns }) => [path.join('.'), columns?.length]), [['shop.orders', 3], ['mart.revenue', 2]])
})

test('queries: those of the window', async () => {
  const ids = []
  const window = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' }
  for await (const one of connector?.queries?.(source, window, undefined) ?? []) if ('sql' in one) ids.push(one.id)
  assert.deepEqual(ids, ['1', '2'])
})
`

const TABLES = `[
  { "schema": "shop", "name": "orders", "columns": { "id": "bigint", "day": "date", "amount": "decimal(10,2)" } },
  { "schema": "mart", "name": "revenue", "columns": { "day": "date", "amount": "decimal(10,2)" } }
]
`

const QUERIES = `[
  { "id": "1", "at": "2026-01-01T08:00:00Z", "user": "etl", "sql": "INSERT INTO mart.revenue SELECT day, sum(amount) FROM shop.orders GROUP BY day" },
  { "id": "2", "at": "2026-01-01T09:00:00Z", "user": "ann", "sql": "SELECT day, amount FROM mart.revenue WHERE day > DATE '2025-12-01'" },
  { "id": "3", "at": "2026-01-02T09:00:00Z", "user": "ben", "sql": "SELECT count(*) FROM shop.orders" }
]
`

const PIPELINES = `connections:
  - name: NAME
    connector: NAME
    config: { folder: FOLDER }
pipelines:
  - { name: NAME-metadata, type: metadataIngestion, connection: NAME }
  - { name: NAME-lineage, type: lineageIngestion, connection: NAME, after: [NAME-metadata] }
  - { name: NAME-usage, type: usageIngestion, connection: NAME, after: [NAME-lineage] }
`
