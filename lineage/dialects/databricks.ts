import { defineDialect } from './define.ts'
import type { Dialect } from './dialect.ts'
import { spark } from './spark.ts'

/** Databricks SQL: Spark with Unity Catalog and `a:b` paths. https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-names */
export const databricks: Dialect = defineDialect({
  ...spark,
  name: 'databricks',
  aliases: ['delta', 'unity'],
  sources: [
    'https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-names',
    'https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-json-path-expression',
  ],
  grammar: { ...spark.grammar, colonPaths: true },
})
