import { defineDialect } from './define.ts'
import type { Dialect } from './dialect.ts'
import { presto } from './presto.ts'

/** Trino: Presto with MATCH_RECOGNIZE, MERGE, table functions, inline functions. https://trino.io/docs/current/sql/select.html */
export const trino: Dialect = defineDialect({
  ...presto,
  name: 'trino',
  aliases: ['starburst', 'prestosql'],
  sources: ['https://trino.io/docs/current/sql/select.html', 'https://trino.io/docs/current/language/reserved.html'],
})
