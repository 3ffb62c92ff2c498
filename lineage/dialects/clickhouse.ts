import { ansi } from './ansi.ts'
import { defineDialect, words } from './define.ts'
import type { Dialect } from './dialect.ts'

/** ClickHouse: database.table, all names case-sensitive. https://clickhouse.com/docs/sql-reference/syntax, …/statements/select */
export const clickhouse: Dialect = defineDialect({
  ...ansi,
  name: 'clickhouse',
  aliases: ['chdb'],
  sources: ['https://clickhouse.com/docs/sql-reference/syntax', 'https://clickhouse.com/docs/sql-reference/statements/select'],
  lexical: {
    ...ansi.lexical,
    backslashEscapes: true,
    nestedComments: true,
    hashComments: true,
    dollarQuotes: 'tagged',
    stringPrefixes: 'x b',
  },
  grammar: { ...ansi.grammar, fileTables: false, selectIntoTable: false, inTables: true, withExpressions: true },
  resolution: {
    ...ansi.resolution,
    tables: { unquoted: 'exact', quoted: 'exact' },
    columns: { unquoted: 'exact', quoted: 'exact' },
    aliases: { unquoted: 'exact', quoted: 'exact' },
    nameDepth: 2,
    defaultSchema: 'default',
    lateralAliases: true,
    valuesColumns: { prefix: 'c', first: 1 },
    pseudoColumns: new Set([
      '_TABLE',
      '_DATABASE',
      '_PATH',
      '_FILE',
      '_PART',
      '_PARTITION_ID',
      '_SAMPLE_FACTOR',
      '_TOPIC',
      '_OFFSET',
      '_TIMESTAMP',
      '_KEY',
      '_TIME',
      '_SIZE',
    ]),
  },
  reserved: words(ansi.reserved, {
    add: ['FINAL', 'PREWHERE', 'SETTINGS', 'ARRAY', 'GLOBAL', 'ASOF', 'ANY', 'SEMI', 'ANTI', 'FORMAT', 'SAMPLE', 'OFFSET', 'PASTE'],
    drop: ['ILIKE', 'SIMILAR'],
  }),
})
