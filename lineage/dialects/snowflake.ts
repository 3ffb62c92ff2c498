import { ansi } from './ansi.ts'
import { defineDialect, words } from './define.ts'
import type { Dialect } from './dialect.ts'

/** Snowflake: names are upper case, in quotes exact; stages begin with `@`. https://docs.snowflake.com/en/sql-reference/identifiers-syntax */
export const snowflake: Dialect = defineDialect({
  ...ansi,
  name: 'snowflake',
  aliases: [],
  sources: [
    'https://docs.snowflake.com/en/sql-reference/identifiers-syntax',
    'https://docs.snowflake.com/en/sql-reference/name-resolution',
    'https://docs.snowflake.com/en/user-guide/querying-semistructured',
  ],
  lexical: {
    ...ansi.lexical,
    hashComments: false,
    backslashEscapes: true,
    dollarQuotes: 'plain',
    stringPrefixes: 'x',
    slashComments: true,
    at: 'stage',
  },
  grammar: { ...ansi.grammar, colonPaths: true, fileTables: false, fromFirst: false, selectIntoTable: false },
  resolution: {
    ...ansi.resolution,
    structFields: false,
    dummyTables: new Set(['dual']),
    tables: { unquoted: 'upper', quoted: 'exact' },
    columns: { unquoted: 'upper', quoted: 'exact' },
    aliases: { unquoted: 'upper', quoted: 'exact' },
    defaultSchema: 'PUBLIC',
    emptySchema: 'PUBLIC',
    lateralAliases: true,
    implicitRecursion: true,
    createSwitches: true,
    pseudoColumns: new Set([
      'METADATA$FILENAME',
      'METADATA$FILE_ROW_NUMBER',
      'METADATA$FILE_CONTENT_KEY',
      'METADATA$FILE_LAST_MODIFIED',
      'METADATA$START_SCAN_TIME',
      'METADATA$ACTION',
      'METADATA$ISUPDATE',
      'METADATA$ROW_ID',
      'LEVEL',
    ]),
  },
  reserved: words(ansi.reserved, { add: ['RLIKE', 'REGEXP', 'START', 'CONNECT', 'PIVOT', 'UNPIVOT', 'SAMPLE'], drop: ['WINDOW'] }),
})
