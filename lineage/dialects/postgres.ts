import { ansi } from './ansi.ts'
import { defineDialect, names } from './define.ts'
import type { Dialect } from './dialect.ts'

/** PostgreSQL 18. https://www.postgresql.org/docs/current/sql-syntax-lexical.html, …/sql-select.html */
export const postgres: Dialect = defineDialect({
  ...ansi,
  name: 'postgres',
  aliases: ['postgresql', 'greenplum', 'cockroachdb', 'materialize', 'risingwave'],
  sources: ['https://www.postgresql.org/docs/current/sql-syntax-lexical.html', 'https://www.postgresql.org/docs/current/ddl-schemas.html'],
  lexical: { ...ansi.lexical, hashComments: false, nestedComments: true, at: 'operator' },
  grammar: { ...ansi.grammar, fileTables: false, arrowLambdas: false, fromFirst: false },
  resolution: {
    ...ansi.resolution,
    structFields: false,
    groupAliases: true,
    defaultSchema: 'public',
    temporarySchema: 'own',
    pseudoColumns: new Set(['CTID', 'XMIN', 'XMAX', 'CMIN', 'CMAX', 'TABLEOID', 'OID']),
    bareFunctions: names(ansi.resolution.bareFunctions, 'USER'),
  },
})
