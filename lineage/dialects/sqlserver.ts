import type { Word } from '../tokens/words.ts'
import { ansi } from './ansi.ts'
import { defineDialect, names, words } from './define.ts'
import type { Dialect } from './dialect.ts'

/** Statements follow each other without `;`, so the words that begin one can be no alias. https://learn.microsoft.com/sql/t-sql/language-elements/reserved-keywords-transact-sql */
// biome-ignore format: a table
const STATEMENT_WORDS: readonly Word[] = [
  'ALTER', 'BACKUP', 'BEGIN', 'BREAK', 'BULK', 'CHECKPOINT', 'CLOSE', 'COMMIT', 'CONTINUE', 'CREATE', 'DEALLOCATE', 'DECLARE', 'DELETE', 'DENY', 'DROP', 'EXEC', 'EXECUTE', 'FETCH', 'GOTO', 'GRANT', 'IF', 'INSERT', 'KILL', 'MERGE',
  'OPEN', 'PRINT', 'RAISERROR', 'RESTORE', 'RETURN', 'REVOKE', 'ROLLBACK', 'SAVE', 'SELECT', 'SET', 'TRUNCATE', 'UPDATE', 'USE', 'WAITFOR', 'WHILE', 'WITH', 'GO',
]

/** SQL Server and Azure SQL (T-SQL). Names compare by the collation, which by default ignores case. https://learn.microsoft.com/sql/relational-databases/databases/database-identifiers */
export const sqlserver: Dialect = defineDialect({
  ...ansi,
  name: 'sqlserver',
  aliases: ['tsql', 'mssql', 'azuresql', 'fabric'],
  sources: [
    'https://learn.microsoft.com/sql/relational-databases/databases/database-identifiers',
    'https://learn.microsoft.com/sql/t-sql/queries/select-transact-sql',
  ],
  lexical: {
    ...ansi.lexical,
    hashComments: false,
    nameQuotes: '"[',
    dollarQuotes: 'none',
    stringPrefixes: 'n',
    nestedComments: true,
    hashNames: true,
    wordCharacters: '$#@',
  },
  grammar: {
    ...ansi.grammar,
    assignedAliases: true,
    stringAliases: true,
    fileTables: false,
    fromFirst: false,
    arrowLambdas: false,
    bareStatements: true,
  },
  resolution: {
    ...ansi.resolution,
    structFields: false,
    // compared without case, stored and shown as written first
    tables: { unquoted: 'exact', quoted: 'exact' },
    columns: { unquoted: 'exact', quoted: 'exact' },
    aliases: { unquoted: 'lower', quoted: 'lower' },
    defaultSchema: 'dbo',
    emptySchema: 'dbo',
    temporaryPrefix: '#',
    temporarySchema: 'own',
    implicitRecursion: true,
    columnMethods: names(
      new Set(['VALUE', 'QUERY', 'NODES', 'EXIST']),
      `MODIFY WRITE TOSTRING GETANCESTOR GETDESCENDANT GETLEVEL GETREPARENTEDVALUE ISDESCENDANTOF STASTEXT STASBINARY STDISTANCE STAREA STLENGTH STINTERSECTS STINTERSECTION
      STCONTAINS STWITHIN STBUFFER STUNION STDIFFERENCE STCENTROID STENVELOPE STGEOMETRYTYPE STISVALID STNUMPOINTS STPOINTN STSTARTPOINT STENDPOINT STEQUALS STTOUCHES STOVERLAPS
      STCONVEXHULL STBOUNDARY STCROSSES STDISJOINT MAKEVALID ASTEXTZM`,
    ),
    pseudoColumns: new Set(['$ACTION', '$IDENTITY', '$ROWGUID', '$PARTITION', '$NODE_ID', '$EDGE_ID', '$FROM_ID', '$TO_ID']),
    bareFunctions: names(ansi.resolution.bareFunctions, 'USER'),
  },
  reserved: words(ansi.reserved, {
    add: [...STATEMENT_WORDS, 'PIVOT', 'UNPIVOT', 'OPTION', 'OUTPUT'],
    drop: ['ILIKE', 'LIMIT', 'LATERAL', 'MINUS', 'NATURAL', 'QUALIFY', 'SIMILAR'],
  }),
})
