import { defineDialect } from './define.ts'
import type { Dialect } from './dialect.ts'
import { trino } from './trino.ts'

/** Athena: Trino for queries, Hive's grammar and backticks for DDL. https://docs.aws.amazon.com/athena/latest/ug/ddl-sql-reference.html */
export const athena: Dialect = defineDialect({
  ...trino,
  name: 'athena',
  aliases: [],
  sources: [
    'https://docs.aws.amazon.com/athena/latest/ug/ddl-sql-reference.html',
    'https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html',
  ],
  resolution: { ...trino.resolution, defaultSchema: 'default' },
})
