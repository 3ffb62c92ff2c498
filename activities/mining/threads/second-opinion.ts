import type { Diagnostic, StatementLineage } from '../../../contracts/lineage.ts'

/** node-sql-parser's names of the dialects it has. https://github.com/taozhi8833998/node-sql-parser#supported-database-sql-syntax */
const BUILDS: Readonly<Record<string, string>> = {
  athena: 'athena',
  bigquery: 'bigquery',
  hive: 'hive',
  mysql: 'mysql',
  postgres: 'postgresql',
  redshift: 'redshift',
  snowflake: 'snowflake',
  sqlite: 'sqlite',
  sqlserver: 'transactsql',
  synapse: 'transactsql',
  trino: 'trino',
}
/** What our reading skipped, as against what schemas would have told. */
const NOT_READ =
  /^SQL_(STATEMENT_UNKNOWN|CLAUSE_UNKNOWN|EXPRESSION_UNKNOWN|RELATION_UNKNOWN|BRACKET_UNBALANCED|CHARACTER_UNEXPECTED|TOO_DEEP|TOO_LARGE|UNTERMINATED)/
/** Its grammars take long for long texts. */
const LONGEST = 20_000

/** The list of tables that another parser finds in a text that ours did not read to the end; null where it is not asked, or cannot read it either. */
export async function secondOpinion(sql: string, dialect: string, statements: readonly StatementLineage[]): Promise<Diagnostic | null> {
  const build = BUILDS[dialect]
  const isAsked = statements.some(({ confidence, diagnostics }) => confidence < 1 && diagnostics.some(({ code }) => NOT_READ.test(code)))
  if (build === undefined || !isAsked || sql.length > LONGEST) return null
  const theirs = await tablesOf(sql, build)
  if (theirs === null) return null
  const ours = new Set(
    statements.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]).map(({ parts }) => (parts.at(-1) ?? '').toLowerCase()),
  )
  const missing = [...theirs].filter((name) => !ours.has(name)).sort()
  const extra = [...ours].filter((name) => !theirs.has(name)).sort()
  const span = { start: 0, end: sql.length }
  if (missing.length === 0 && extra.length === 0)
    return { code: 'SQL_SECOND_OPINION_AGREES', message: `another parser finds the same ${theirs.size} tables`, ...span }
  const found = [...missing.map((name) => `also ${name}`), ...extra.map((name) => `not ${name}`)].slice(0, 10)
  return { code: 'SQL_SECOND_OPINION_DIFFERS', message: `another parser finds ${found.join(', ')}`, ...span }
}

/** Last parts of the names, lower case. The package is loaded when it is needed first: it is large. */
async function tablesOf(sql: string, build: string): Promise<ReadonlySet<string> | null> {
  const { default: parsers } = await import('node-sql-parser')
  try {
    const found = new parsers.Parser().tableList(sql, { database: build })
    return new Set(found.map((entry) => (entry.split('::').at(-1) ?? '').toLowerCase()))
  } catch {
    return null // it has no grammar for this text
  }
}
