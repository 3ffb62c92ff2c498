import { defineDialect, words } from './define.ts'
import type { Dialect } from './dialect.ts'
import { hive } from './hive.ts'

/** Apache Spark SQL 4: Hive's grammar with catalogs, pipes, lambdas and time travel. https://spark.apache.org/docs/latest/sql-ref.html */
export const spark: Dialect = defineDialect({
  ...hive,
  name: 'spark',
  aliases: ['sparksql', 'spark3', 'spark2', 'pyspark'],
  sources: ['https://spark.apache.org/docs/latest/sql-ref.html', 'https://spark.apache.org/docs/latest/sql-ref-identifier.html'],
  lexical: { ...hive.lexical, nestedComments: true, stringPrefixes: 'r x', at: 'variable' },
  grammar: { ...hive.grammar, fileTables: true },
  resolution: {
    ...hive.resolution,
    useNames: 'schema',
    nameDepth: 3,
    temporarySchema: 'own',
    lateralAliases: true,
    pseudoColumns: new Set(['_METADATA', 'INPUT__FILE__NAME']),
  },
  reserved: words(hive.reserved, { add: ['ILIKE', 'ANTI', 'SEMI', 'PIVOT', 'UNPIVOT'], drop: ['INSERT'] }),
})
