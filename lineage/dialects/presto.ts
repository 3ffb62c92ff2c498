import { ansi } from './ansi.ts'
import { defineDialect } from './define.ts'
import type { Dialect } from './dialect.ts'

/** Presto: catalog.schema.table, names without case, in quotes too. https://prestodb.io/docs/current/sql/select.html */
export const presto: Dialect = defineDialect({
  ...ansi,
  name: 'presto',
  aliases: ['prestodb'],
  sources: ['https://prestodb.io/docs/current/sql/select.html', 'https://prestodb.io/docs/current/language/reserved.html'],
  lexical: { ...ansi.lexical, hashComments: false, stringPrefixes: 'x u&' },
  grammar: { ...ansi.grammar, fileTables: false, selectIntoTable: false, fromFirst: false },
  resolution: {
    ...ansi.resolution,
    useNames: 'schema',
    tables: { unquoted: 'lower', quoted: 'lower' },
    columns: { unquoted: 'lower', quoted: 'lower' },
    aliases: { unquoted: 'lower', quoted: 'lower' },
    valuesColumns: { prefix: '_col', first: 0 },
    pseudoColumns: new Set(['$PATH', '$FILE_MODIFIED_TIME', '$FILE_SIZE', '$PARTITION', '$BUCKET', '$ROW_ID']),
  },
})
