import { ansi } from './ansi.ts'
import { defineDialect, names, words } from './define.ts'
import type { Dialect } from './dialect.ts'

/** Teradata: database.table, names without case, in quotes too. https://docs.teradata.com/r/Enterprise_IntelliFlex_VMware/SQL-Fundamentals/Basic-SQL-Syntax/Object-Names */
export const teradata: Dialect = defineDialect({
  ...ansi,
  name: 'teradata',
  aliases: ['bteq'],
  sources: [
    'https://docs.teradata.com/r/Enterprise_IntelliFlex_VMware/SQL-Fundamentals/Basic-SQL-Syntax/Object-Names',
    'https://docs.teradata.com/r/Enterprise_IntelliFlex_VMware/SQL-Data-Manipulation-Language/SELECT-Statements',
  ],
  lexical: { ...ansi.lexical, hashComments: false, nameQuotes: '"', dollarQuotes: 'none', stringPrefixes: 'x', wordCharacters: '$#' },
  grammar: { ...ansi.grammar, fileTables: false, selectIntoTable: false, fromFirst: false, arrowLambdas: false, shortStatements: true },
  resolution: {
    ...ansi.resolution,
    structFields: false,
    // compared without case, stored and shown as written first
    tables: { unquoted: 'exact', quoted: 'exact' },
    columns: { unquoted: 'exact', quoted: 'exact' },
    aliases: { unquoted: 'upper', quoted: 'upper' },
    nameDepth: 2,
    lateralAliases: true,
    columnMethods: names(
      new Set(),
      'JSONEXTRACT JSONEXTRACTVALUE JSONEXTRACTLARGEVALUE EXISTVALUE KEYCOUNT METADATA COMBINE STORAGE_SIZE AS_BSON AS_JSONTEXT XMLEXTRACT XMLTRANSFORM CREATESCHEMABASEDXML ST_ASTEXT ST_DISTANCE ST_INTERSECTS ST_WITHIN ST_CONTAINS ST_AREA ST_LENGTH ST_BUFFER ST_X ST_Y',
    ),
    pseudoColumns: new Set(['ROWID', 'PARTITION', 'COLUMN_VALUE', 'TD_ROWID']),
    bareFunctions: names(ansi.resolution.bareFunctions, 'DATE TIME USER DATABASE ACCOUNT PROFILE ROLE SESSION SAMPLEID'),
  },
  reserved: words(ansi.reserved, {
    add: ['SAMPLE', 'SEL', 'NORMALIZE', 'EXPAND', 'MOD', 'UPD', 'DEL', 'INS'],
    drop: ['ILIKE', 'LIMIT', 'LATERAL', 'SIMILAR', 'WINDOW'],
  }),
})
