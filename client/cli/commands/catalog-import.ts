import { resolve } from 'node:path'
import { LodelineError } from '../../../contracts/errors.ts'
import type { ConnectionNames } from '../../../contracts/once.ts'
import { fileStream, importSchema } from '../../import.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { requireConnection } from '../lookup.ts'
import { askPluginsOnce, pluginBytes } from '../plugin-process.ts'
import { number } from '../table.ts'

const SKIPPED_SHOWN = 5

export const command = defineCommand({
  summary: 'Take in schemas from exports of information_schema and the like',
  description: `CSV, NDJSON or a JSON array, plain or gzip, by its column names whatever their case: information_schema.columns of any source, Redshift SVV_ALL_COLUMNS,
BigQuery INFORMATION_SCHEMA.COLUMNS, Teradata DBC.ColumnsV, Hive metastore or DESCRIBE exports. The same again changes nothing; tables that the export does not tell of stay.`,
  args: [{ name: 'file', description: 'File, - for standard input, or s3://bucket/key (a prefix takes all objects below it)' }],
  flags: {
    connection: { type: 'string', value: 'NAME', description: 'Connection that the tables belong to', required: true },
    table: { type: 'string', value: 'NAME', description: 'For the output of DESCRIBE: the table it is of' },
  },
  examples: [
    {
      line: 'lodeline catalog import examples/schemas/snowflake.csv --connection snowflake',
      says: 'SELECT * FROM information_schema.columns, as CSV',
    },
    { line: 'lodeline catalog import s3://exports/columns/ --connection snowflake', says: 'from S3' },
  ],
  exits: { 0: 'Imported, or nothing new.', 2: 'The file is no such export; the message says which columns it has.' },
  async run({ file, connection, table }, deps) {
    const catalog = await deps.catalog()
    const { document } = await requireConnection(catalog, connection)
    const names = await askPluginsOnce<ConnectionNames>({ action: 'names', connections: [document] }, deps)
    const stream = /^s3a?:\/\//.test(file)
      ? pluginBytes({ action: 'read', url: file }, deps)
      : file === '-'
        ? deps.stdin
        : fileStream(resolve(deps.cwd, file))
    const said = deps.output.isTerminal ? (text: string) => process.stderr.write(text) : () => true
    const result = await importSchema(
      catalog,
      { names, stream, ...(table === undefined ? {} : { table: table.split('.') }) },
      {
        now: new Date(deps.now()).toISOString(),
        signal: deps.signal,
        onProgress: ({ rows, tables }) => void said(`\r${number(rows)} rows, ${number(tables)} tables`),
      },
    ).catch((error: unknown) => {
      if (error instanceof LodelineError && error.code === 'IMPORT_INVALID')
        throw new LodelineError('IMPORT_INVALID', `${file}: ${error.message}`, error.evidence, error)
      throw error
    })
    const { paint } = deps.output
    const skipped = result.skipped.slice(0, SKIPPED_SHOWN).map(({ line, reason }) => `  line ${line}: ${reason}`)
    const text = [
      `Read ${number(result.rows)} rows (${result.form}): ${number(result.tables)} tables with ${number(result.columns)} columns; ${number(result.changed)} new or changed, ${number(result.unchanged)} as before.`,
      ...(result.skippedRows === 0 ? [] : [`${paint.yellow('!')} ${number(result.skippedRows)} rows were left out:`, ...skipped]),
      ...(result.stale === 0
        ? []
        : [`${number(result.stale)} statements were resolved with other columns; the next run of their pipeline resolves them again.`]),
    ]
    return { code: EXIT.done, text: text.join('\n'), data: { file, connection, ...result } }
  },
})
