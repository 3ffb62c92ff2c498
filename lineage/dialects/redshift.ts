import { defineDialect, names, words } from './define.ts'
import type { Dialect } from './dialect.ts'
import { postgres } from './postgres.ts'

/**
 * Amazon Redshift: PostgreSQL 8 with its own names, which are lower case even in quotes (unless enable_case_sensitive_identifier is on).
 * https://docs.aws.amazon.com/redshift/latest/dg/r_names.html
 */
export const redshift: Dialect = defineDialect({
  ...postgres,
  name: 'redshift',
  aliases: [],
  sources: [
    'https://docs.aws.amazon.com/redshift/latest/dg/r_names.html',
    'https://docs.aws.amazon.com/redshift/latest/dg/query-super.html',
  ],
  lexical: { ...postgres.lexical, hashNames: true, wordCharacters: '$#', backslashEscapes: true },
  grammar: { ...postgres.grammar, correlatedArrays: true },
  resolution: {
    ...postgres.resolution,
    structFields: true,
    tables: { unquoted: 'lower', quoted: 'lower' },
    columns: { unquoted: 'lower', quoted: 'lower' },
    aliases: { unquoted: 'lower', quoted: 'lower' },
    lateralAliases: true,
    temporaryPrefix: '#',
    bareFunctions: names(postgres.resolution.bareFunctions, 'SYSDATE CURRENT_USER_ID'),
  },
  reserved: words(postgres.reserved, { add: ['PIVOT', 'UNPIVOT'] }),
})
