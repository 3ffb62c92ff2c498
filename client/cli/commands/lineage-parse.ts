import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { LodelineError } from '../../../contracts/errors.ts'
import { nearest } from '../../../contracts/nearest.ts'
import { analyze } from '../../../lineage/analyze.ts'
import { DIALECTS, findDialect } from '../../../lineage/dialects/index.ts'
import { explain } from '../../lineage/explain.ts'
import { eventsOfText, graphOfText } from '../../lineage/from-text.ts'
import { mermaid } from '../../lineage/mermaid.ts'
import { defineCommand } from '../command.ts'
import type { Deps } from '../deps.ts'
import { EXIT } from '../exit-codes.ts'

export const command = defineCommand({
  summary: 'Explain the lineage of one SQL text',
  description:
    'Reads a file, or standard input for `-`, and says statement by statement what is read and written, where each column comes from, and what was not understood.',
  args: [{ name: 'file', description: 'File with SQL, or - for standard input' }],
  flags: {
    dialect: {
      type: 'string',
      value: 'NAME',
      description: `Dialect of the text: ${DIALECTS.map(({ name }) => name).join(', ')}`,
      default: 'ansi',
    },
    defaultDatabase: { type: 'string', value: 'NAME', description: 'Database that completes shorter names' },
    defaultSchema: { type: 'string', value: 'NAME', description: 'Schema that completes shorter names' },
    schemas: { type: 'string', value: 'FILE', description: 'JSON file with columns: {"db.schema.table": ["column", …]}' },
    mermaid: { type: 'boolean', description: 'Print a Mermaid flowchart' },
    openlineage: { type: 'boolean', description: 'Print OpenLineage job events, one a line' },
  },
  examples: [
    { line: 'lodeline lineage parse examples/sql/load.sql --dialect snowflake', says: 'explain a file' },
    { line: `echo 'insert into t select a + 1 as b from s' | lodeline lineage parse -`, says: 'explain standard input' },
    { line: 'lodeline lineage parse examples/sql/load.sql --mermaid', says: 'draw it' },
  ],
  exits: { 0: 'Every statement was read to the end.', 3: 'At least one statement was not understood at all; the rest is shown.' },
  async run(given, deps) {
    const dialect = findDialect(given.dialect)
    if (dialect === null) throw unknownDialect(given.dialect)
    const sql = await readSql(given.file, deps)
    const { statements } = analyze(sql, {
      dialect: dialect.name,
      defaults: { database: given.defaultDatabase ?? null, schema: given.defaultSchema ?? null },
      schemas: given.schemas === undefined ? {} : await readSchemas(resolve(deps.cwd, given.schemas)),
    })
    const isUnread = statements.some(({ diagnostics }) => diagnostics.some(({ code }) => UNREAD.has(code)))
    const code = isUnread ? EXIT.outcome : EXIT.done
    if (given.mermaid) return { code, text: mermaid(graphOfText(statements)), data: graphOfText(statements) }
    if (given.openlineage) {
      const events = eventsOfText(statements, { dialect: dialect.name, sql, eventTime: new Date(deps.now()).toISOString() })
      return { code, text: events.map((event) => JSON.stringify(event)).join('\n'), data: events }
    }
    return { code, text: explain(sql, statements, deps.output.paint), data: { dialect: dialect.name, statements } }
  },
})

/** Of a statement with one of these nothing was understood but names. */
const UNREAD: ReadonlySet<string> = new Set(['SQL_STATEMENT_UNKNOWN', 'SQL_INTERNAL'])

async function readSql(file: string, { stdin, cwd }: Deps): Promise<string> {
  const text = file === '-' ? await readAll(stdin) : await readFile(resolve(cwd, file), 'utf8')
  return text.replace(/^\uFEFF/, '')
}

async function readSchemas(path: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const text = await readFile(path, 'utf8')
  try {
    const value: unknown = JSON.parse(text)
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
    const bad = entries.find(([, columns]) => !Array.isArray(columns) || columns.some((column) => typeof column !== 'string'))
    if (Array.isArray(value) || entries.length === 0) throw new Error('it must be an object of tables')
    if (bad !== undefined) throw new Error(`\`${bad[0]}\` must be a list of column names`)
    return value as Readonly<Record<string, readonly string[]>> // each entry was looked at above
  } catch (error) {
    throw new LodelineError('DOCUMENT_INVALID', `${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function unknownDialect(name: string): LodelineError {
  const names = DIALECTS.map((dialect) => dialect.name)
  const near = nearest(name, names, 1)
  return new LodelineError(
    'OPTION_UNKNOWN',
    `--dialect: there is no dialect \`${name}\`; did you mean \`${near[0]}\`? There are ${names.join(', ')}`,
    {
      option: '--dialect',
      nearest: near,
    },
  )
}
