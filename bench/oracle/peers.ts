import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** What somebody says of a text. Names in lower case; columns by position, each the sorted `table.column` that it comes from. */
export interface Answer {
  readonly tables: readonly string[] | null
  readonly columns: readonly (readonly string[])[] | null
  readonly error: string | null
}

export interface Question {
  readonly dialect: string
  readonly sql: string
  readonly schema: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** Versions that the figures of docs/lineage.md are of. */
const SQLGLOT = '30.30.0'
const POLYGLOT = '0.12.1'
const TOOLS = join(import.meta.dirname, '../../.tools/oracle')

export function askSqlglot(questions: readonly Question[]): readonly Answer[] {
  const venv = join(TOOLS, `sqlglot-${SQLGLOT}`)
  const python = join(venv, 'bin', 'python')
  if (!existsSync(join(venv, 'installed'))) {
    mkdirSync(TOOLS, { recursive: true })
    execFileSync('python3', ['-m', 'venv', venv], { stdio: 'inherit' })
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `sqlglot==${SQLGLOT}`]
    execFileSync(python, pip, { stdio: 'inherit' })
    mkdirSync(join(venv, 'installed'))
  }
  const input = questions.map((each) => JSON.stringify(each)).join('\n')
  const run = spawnSync(python, [join(import.meta.dirname, 'sqlglot-lineage.py')], { input, encoding: 'utf8', maxBuffer: 1 << 28 })
  if (run.status !== 0) throw new Error(run.stderr)
  return run.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer) // the script beside this file writes them
}

/** The part of @polyglot-sql/sdk that is asked; it is installed when the tool runs, so its own types are not there. */
interface Polyglot {
  analyzeQuery(sql: string, options: object): { readonly success: boolean; readonly error?: string; readonly analysis?: PolyglotAnalysis }
}
interface PolyglotAnalysis {
  readonly projections: readonly {
    readonly isStar: boolean
    readonly upstream: readonly { readonly table: string | null; readonly column: string | null }[]
  }[]
  readonly baseTables: readonly { readonly table: string | null }[]
}

export async function askPolyglot(questions: readonly Question[]): Promise<readonly Answer[]> {
  const folder = join(TOOLS, `polyglot-${POLYGLOT}`)
  const entry = join(folder, 'node_modules/@polyglot-sql/sdk/dist/index.node.js')
  if (!existsSync(entry)) {
    mkdirSync(folder, { recursive: true })
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent', '--prefix', folder, `@polyglot-sql/sdk@${POLYGLOT}`], {
      stdio: 'inherit',
    })
  }
  const polyglot = (await import(pathToFileURL(entry).href)) as Polyglot
  return questions.map((question) => polyglotAnswer(polyglot, question))
}

const THEIR_NAMES: Readonly<Record<string, string>> = { sqlserver: 'tsql', postgres: 'postgresql' }

/** It analyses queries alone: of INSERT and CREATE it is given the query. */
function polyglotAnswer(polyglot: Polyglot, { dialect, sql, schema }: Question): Answer {
  const query = sql.replace(/^(INSERT INTO target( \([^)]*\))?|CREATE (TABLE|VIEW) target AS) /, '')
  const tables = Object.entries(schema).map(([name, columns]) => ({
    name,
    columns: Object.entries(columns).map(([column, type]) => ({ name: column, type })),
  }))
  try {
    const { success, error, analysis } = polyglot.analyzeQuery(query, { dialect: THEIR_NAMES[dialect] ?? dialect, schema: { tables } })
    if (!success || analysis === undefined) return { tables: null, columns: null, error: (error ?? 'no answer').slice(0, 200) }
    const columns = analysis.projections.map(({ upstream }) =>
      [...new Set(upstream.map(({ table, column }) => `${table}.${column}`.toLowerCase()))].sort(),
    )
    return {
      tables: [...new Set(analysis.baseTables.flatMap(({ table }) => (table === null ? [] : [table.toLowerCase()])))].sort(),
      columns: analysis.projections.some(({ isStar }) => isStar) ? null : columns,
      error: null,
    }
  } catch (error) {
    return { tables: null, columns: null, error: String(error).slice(0, 200) }
  }
}
