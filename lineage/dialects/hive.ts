import { ansi } from './ansi.ts'
import { defineDialect, names, words } from './define.ts'
import type { Dialect } from './dialect.ts'

/** Apache Hive: database.table, names without case, backticks only for odd characters. https://cwiki.apache.org/confluence/display/Hive/LanguageManual+Select */
export const hive: Dialect = defineDialect({
  ...ansi,
  name: 'hive',
  aliases: ['hiveql', 'impala'],
  sources: [
    'https://cwiki.apache.org/confluence/display/Hive/LanguageManual+Select',
    'https://cwiki.apache.org/confluence/display/Hive/LanguageManual+DML',
    'https://cwiki.apache.org/confluence/display/Hive/LanguageManual+LateralView',
  ],
  lexical: {
    ...ansi.lexical,
    hashComments: false,
    nameQuotes: '`',
    doubleQuotedStrings: true,
    backslashEscapes: true,
    dollarQuotes: 'none',
    stringPrefixes: 'x',
  },
  grammar: { ...ansi.grammar, regexColumns: true, fileTables: false, selectIntoTable: false },
  resolution: {
    ...ansi.resolution,
    havingAliases: true,
    tables: { unquoted: 'lower', quoted: 'lower' },
    columns: { unquoted: 'lower', quoted: 'lower' },
    aliases: { unquoted: 'lower', quoted: 'lower' },
    nameDepth: 2,
    defaultSchema: 'default',
    valuesColumns: { prefix: 'col', first: 1 },
    pseudoColumns: new Set(['INPUT__FILE__NAME', 'BLOCK__OFFSET__INSIDE__FILE', 'ROW__ID']),
    bareFunctions: names(ansi.resolution.bareFunctions, 'GROUPING__ID'),
  },
  reserved: words(ansi.reserved, {
    add: ['RLIKE', 'REGEXP', 'DIV', 'INSERT', 'CLUSTER', 'DISTRIBUTE', 'SORT'],
    drop: ['SIMILAR', 'ILIKE', 'FETCH'],
  }),
})
