import { ansi } from './ansi.ts'
import { defineDialect, words } from './define.ts'
import type { Dialect } from './dialect.ts'

/** GoogleSQL of BigQuery: tables case-sensitive, columns and aliases not; a backtick may hold a whole path. https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical */
export const bigquery: Dialect = defineDialect({
  ...ansi,
  name: 'bigquery',
  aliases: ['googlesql', 'zetasql'],
  sources: [
    'https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical',
    'https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax',
    'https://cloud.google.com/bigquery/docs/reference/standard-sql/pipe-syntax',
  ],
  lexical: {
    ...ansi.lexical,
    nameQuotes: '`',
    doubleQuotedStrings: true,
    backslashEscapes: true,
    tripleQuotes: true,
    dollarQuotes: 'none',
    stringPrefixes: 'r b rb br',
    hashComments: true,
  },
  grammar: { ...ansi.grammar, dashedNames: true, correlatedArrays: true, fileTables: false, selectIntoTable: false },
  resolution: {
    ...ansi.resolution,
    groupAliases: true,
    havingAliases: true,
    tables: { unquoted: 'exact', quoted: 'exact' },
    columns: { unquoted: 'lower', quoted: 'lower' },
    aliases: { unquoted: 'lower', quoted: 'lower' },
    temporarySchema: 'own',
    pivotNames: 'alias-value',
    pseudoColumns: new Set([
      '_PARTITIONTIME',
      '_PARTITIONDATE',
      '_TABLE_SUFFIX',
      '_FILE_NAME',
      '_CHANGE_TYPE',
      '_CHANGE_TIMESTAMP',
      '_CHANGE_SEQUENCE_NUMBER',
    ]),
  },
  reserved: words(ansi.reserved, { add: ['TABLESAMPLE'], drop: ['MINUS', 'ILIKE', 'SIMILAR', 'VALUES'] }),
})
