import { ansi } from './ansi.ts'
import { defineDialect, names, words } from './define.ts'
import type { Dialect } from './dialect.ts'

/** Oracle Database 23ai: names are upper case, in quotes exact. https://docs.oracle.com/en/database/oracle/oracle-database/23/sqlrf/Database-Object-Names-and-Qualifiers.html */
export const oracle: Dialect = defineDialect({
  ...ansi,
  name: 'oracle',
  aliases: ['plsql'],
  sources: ['https://docs.oracle.com/en/database/oracle/oracle-database/23/sqlrf/Database-Object-Names-and-Qualifiers.html'],
  lexical: { ...ansi.lexical, hashComments: false, dollarQuotes: 'none', stringPrefixes: 'n q nq u b x', wordCharacters: '$#' },
  grammar: { ...ansi.grammar, fileTables: false, selectIntoTable: false, fromFirst: false, arrowLambdas: false, bareStatements: false },
  resolution: {
    ...ansi.resolution,
    structFields: false,
    dummyTables: new Set(['dual', 'sys.dual']),
    tables: { unquoted: 'upper', quoted: 'exact' },
    columns: { unquoted: 'upper', quoted: 'exact' },
    aliases: { unquoted: 'upper', quoted: 'exact' },
    nameDepth: 2,
    implicitRecursion: true,
    columnMethods: names(
      new Set(),
      'NUMBER STRING BOOLEAN DATE TIMESTAMP NUMBERONLY STRINGONLY LENGTH SIZE TYPE ABS CEILING FLOOR GETCLOBVAL GETSTRINGVAL GETNUMBERVAL GETBLOBVAL EXTRACT EXISTSNODE',
    ),
    pseudoColumns: new Set([
      'ROWID',
      'ROWNUM',
      'LEVEL',
      'ORA_ROWSCN',
      'CONNECT_BY_ISLEAF',
      'CONNECT_BY_ISCYCLE',
      'COLUMN_VALUE',
      'OBJECT_VALUE',
      'XMLDATA',
    ]),
    bareFunctions: names(
      ansi.resolution.bareFunctions,
      'SYSDATE SYSTIMESTAMP USER UID ROWNUM LEVEL DBTIMEZONE SESSIONTIMEZONE SQLCODE SQLERRM CONNECT_BY_ISLEAF CONNECT_BY_ISCYCLE',
    ),
  },
  reserved: words(ansi.reserved, {
    add: ['START', 'CONNECT', 'PIVOT', 'UNPIVOT', 'MODEL', 'RETURNING'],
    drop: ['ILIKE', 'SIMILAR', 'TABLESAMPLE', 'LIMIT'],
  }),
})
