import type { Word } from '../tokens/words.ts'
import { defineDialect } from './define.ts'
import type { Dialect } from './dialect.ts'
import { AGGREGATES, BARE_FUNCTIONS, MASKING } from './functions.ts'

/**
 * What cannot stand as an alias without AS in any of the dialects. Words that are a clause only before certain others
 * (CONNECT BY, OFFSET 5) are not here: the alias rule looks ahead for them.
 */
// biome-ignore format: a table
const RESERVED: ReadonlySet<Word> = new Set<Word>([
  'ALL', 'AND', 'AS', 'BETWEEN', 'BY', 'CASE', 'CROSS', 'DISTINCT', 'ELSE', 'END', 'EXCEPT', 'EXISTS', 'FETCH', 'FOR', 'FROM', 'FULL', 'GROUP', 'HAVING', 'ILIKE', 'IN', 'INNER', 'INTERSECT', 'INTO',
  'IS', 'JOIN', 'LATERAL', 'LEFT', 'LIKE', 'LIMIT', 'MINUS', 'NATURAL', 'NOT', 'NULL', 'ON', 'OR', 'ORDER', 'OUTER', 'QUALIFY', 'RIGHT', 'SELECT', 'SET', 'SIMILAR', 'TABLESAMPLE', 'THEN', 'UNION', 'USING', 'VALUES',
  'WHEN', 'WHERE', 'WINDOW', 'WITH',
])

/**
 * The base that the others are spread over, and what an unknown dialect is read as: the standard's forms, and of the rest what contradicts nothing.
 * Names compare in lower case, as most engines of today keep them, not in the upper case of the standard.
 */
export const ansi: Dialect = defineDialect({
  name: 'ansi',
  aliases: ['sql', 'generic', ''],
  sources: ['https://www.iso.org/standard/76584.html'],
  lexical: {
    nameQuotes: '"`',
    doubleQuotedStrings: false,
    backslashEscapes: false,
    tripleQuotes: false,
    dollarQuotes: 'tagged',
    stringPrefixes: 'n b x e u&',
    nestedComments: false,
    hashComments: true,
    slashComments: false,
    dashNeedsBlank: false,
    executableComments: false,
    hashNames: false,
    at: 'variable',
    wordCharacters: '$',
  },
  grammar: {
    colonPaths: false,
    dashedNames: false,
    assignedAliases: false,
    correlatedArrays: false,
    stringAliases: false,
    fileTables: true,
    selectIntoTable: true,
    fromFirst: true,
    arrowLambdas: true,
    bareStatements: false,
    shortStatements: false,
    inTables: false,
    regexColumns: false,
    withExpressions: false,
  },
  resolution: {
    tables: { unquoted: 'lower', quoted: 'exact' },
    columns: { unquoted: 'lower', quoted: 'exact' },
    aliases: { unquoted: 'lower', quoted: 'exact' },
    nameDepth: 3,
    defaultSchema: null,
    emptySchema: null,
    lateralAliases: false,
    groupAliases: false,
    havingAliases: false,
    dummyTables: new Set(['sysibm.sysdummy1', 'sysibm.dual']),
    repeatedColumns: false,
    lateralSubqueries: false,
    valuesColumns: { prefix: 'column', first: 1 },
    temporaryPrefix: null,
    temporarySchema: 'current',
    implicitRecursion: false,
    pivotNames: 'value-alias',
    structFields: true,
    useNames: 'database',
    createSwitches: false,
    pseudoColumns: new Set(),
    bareFunctions: BARE_FUNCTIONS,
    aggregates: AGGREGATES,
    aggregateSuffixes: [],
    columnMethods: new Set(),
    masking: MASKING,
  },
  reserved: RESERVED,
})
