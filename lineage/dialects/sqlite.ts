import { ansi } from './ansi.ts'
import { defineDialect } from './define.ts'
import type { Dialect } from './dialect.ts'

/** SQLite: names compare without case; quotes of three kinds. https://www.sqlite.org/lang_keywords.html */
export const sqlite: Dialect = defineDialect({
  ...ansi,
  name: 'sqlite',
  aliases: ['sqlite3', 'libsql'],
  sources: ['https://www.sqlite.org/lang_keywords.html', 'https://www.sqlite.org/lang_select.html'],
  lexical: { ...ansi.lexical, hashComments: false, nameQuotes: '"`[', dollarQuotes: 'none', stringPrefixes: 'x' },
  grammar: {
    ...ansi.grammar,
    inTables: true,
    fileTables: false,
    stringAliases: true,
    selectIntoTable: false,
    fromFirst: false,
    arrowLambdas: false,
  },
  resolution: {
    ...ansi.resolution,
    structFields: false,
    groupAliases: true,
    havingAliases: true,
    tables: { unquoted: 'lower', quoted: 'lower' },
    columns: { unquoted: 'lower', quoted: 'lower' },
    aliases: { unquoted: 'lower', quoted: 'lower' },
    nameDepth: 2,
    implicitRecursion: true,
    defaultSchema: 'main',
    pseudoColumns: new Set(['ROWID', 'OID', '_ROWID_']),
  },
})
