import { ansi } from './ansi.ts'
import { defineDialect, words } from './define.ts'
import type { Dialect } from './dialect.ts'

/** MySQL 8.4 and MariaDB: two-part names, tables case-sensitive (Linux), double-quoted strings. https://dev.mysql.com/doc/refman/8.4/en/identifier-case-sensitivity.html */
export const mysql: Dialect = defineDialect({
  ...ansi,
  name: 'mysql',
  aliases: ['mariadb', 'tidb', 'singlestore', 'doris', 'starrocks'],
  sources: [
    'https://dev.mysql.com/doc/refman/8.4/en/identifier-case-sensitivity.html',
    'https://dev.mysql.com/doc/refman/8.4/en/string-literals.html',
  ],
  lexical: {
    ...ansi.lexical,
    nameQuotes: '`',
    doubleQuotedStrings: true,
    backslashEscapes: true,
    dollarQuotes: 'none',
    stringPrefixes: 'n b x',
    hashComments: true,
    dashNeedsBlank: true,
    executableComments: true,
  },
  grammar: { ...ansi.grammar, fileTables: false, stringAliases: true, selectIntoTable: false, fromFirst: false, arrowLambdas: false },
  resolution: {
    ...ansi.resolution,
    structFields: false,
    dummyTables: new Set(['dual']),
    groupAliases: true,
    havingAliases: true,
    tables: { unquoted: 'exact', quoted: 'exact' },
    columns: { unquoted: 'lower', quoted: 'lower' },
    aliases: { unquoted: 'lower', quoted: 'lower' },
    nameDepth: 2,
    valuesColumns: { prefix: 'column_', first: 0 },
  },
  reserved: words(ansi.reserved, {
    add: ['STRAIGHT_JOIN', 'XOR', 'RLIKE', 'REGEXP', 'DIV', 'MOD', 'FORCE', 'PARTITION'],
    drop: ['FULL', 'MINUS', 'QUALIFY', 'SIMILAR', 'TABLESAMPLE'],
  }),
})
