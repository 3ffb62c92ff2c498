import { defineDialect, words } from './define.ts'
import type { Dialect } from './dialect.ts'
import { postgres } from './postgres.ts'

/** DuckDB: PostgreSQL's grammar and more; names keep their case and compare without it, in quotes too. https://duckdb.org/docs/stable/sql/dialect/keywords_and_identifiers */
export const duckdb: Dialect = defineDialect({
  ...postgres,
  name: 'duckdb',
  aliases: ['motherduck'],
  sources: [
    'https://duckdb.org/docs/stable/sql/dialect/keywords_and_identifiers',
    'https://duckdb.org/docs/stable/sql/dialect/friendly_sql',
  ],
  lexical: { ...postgres.lexical, nestedComments: false },
  grammar: { ...postgres.grammar, fileTables: true, fromFirst: true, arrowLambdas: true, correlatedArrays: true },
  resolution: {
    ...postgres.resolution,
    tables: { unquoted: 'lower', quoted: 'lower' },
    columns: { unquoted: 'lower', quoted: 'lower' },
    aliases: { unquoted: 'lower', quoted: 'lower' },
    defaultSchema: 'main',
    emptySchema: 'main',
    lateralAliases: true,
    repeatedColumns: true,
    lateralSubqueries: true,
    structFields: true,
    columnMethods: new Set(['*']),
    valuesColumns: { prefix: 'col', first: 0 },
    pseudoColumns: new Set(['ROWID', 'FILENAME', 'MERGE_ACTION']),
  },
  reserved: words(postgres.reserved, { add: ['PIVOT', 'UNPIVOT', 'ASOF', 'POSITIONAL', 'ANTI', 'SEMI'] }),
})
