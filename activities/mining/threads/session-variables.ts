import type { SessionState } from '../../../contracts/lineage.ts'
import { createBuffers, NEW_SESSION, readStatements, resolveStatement, variableKey } from '../../../lineage/index.ts'

/**
 * Variables of a session that hold names: `SET target = 'mart.sales'` in one record, `INSERT INTO IDENTIFIER($target)` in a later one.
 * The name is put into the text before anything else is done with it, so that it is the text that ran.
 */
export interface SessionVariables {
  /** The text is one that may set some. */
  sets(sql: string): boolean
  /** The session's variables after such a text; the same object where nothing changes. */
  after(sql: string, variables: SessionState['variables']): SessionState['variables']
  /** The text with the names in the place of the variables. */
  put(sql: string, state: SessionState): string
}

type Put = (sql: string, value: (name: string) => string | undefined) => string

/** Dialects whose variables outlive the text that sets them. In all of them a use has a `$`. */
const PUTS: Readonly<Record<string, Put>> = {
  snowflake: (sql, value) =>
    sql.replaceAll(/\b(?:identifier|table)(\s*)\(\s*\$(\w+)\s*\)/gi, (whole: string, blank: string, name: string) => {
      const found = value(name)
      return found === undefined ? whole : `identifier${blank}('${found}')`
    }),
  hive: bracedNames,
  spark: bracedNames,
}

function bracedNames(sql: string, value: (name: string) => string | undefined): string {
  return sql.replaceAll(/\$\{([\w.:]+)\}/g, (whole: string, name: string) => value(name) ?? whole)
}

/** Longer ones set no names, or are scripts that set them for themselves. */
const LONGEST_TEXT = 4_000
const MOST = 50
const MOST_KNOWN = 5_000
const BEGINS = /^(?:\s|--[^\n]*\n|\/\*[^*]*\*\/)*(?:un)?set\s/i
const UNSET = /^(?:\s|--[^\n]*\n|\/\*[^*]*\*\/)*unset\s+\(?([\w\s,]+)/i
/** A name of one to four parts: other values would only make states that differ in nothing that counts. */
const NAME = /^(?:[A-Za-z_][\w$-]{0,127}|"[^"']{1,128}"|`[^`']{1,128}`)(?:\.(?:[A-Za-z_][\w$-]{0,127}|"[^"']{1,128}"|`[^`']{1,128}`)){0,3}$/

export function sessionVariables(dialect: string): SessionVariables | null {
  const put = PUTS[dialect]
  if (put === undefined) return null
  const settingsOf = settings(dialect)
  return {
    sets: (sql) => sql.length <= LONGEST_TEXT && BEGINS.test(sql),
    after: (sql, variables) => changed(variables, settingsOf(sql)),
    put(sql, { variables }) {
      if (!sql.includes('$') || Object.keys(variables).length === 0) return sql
      return put(sql, (name) => variables[variableKey(name)])
    },
  }
}

/** What a text sets: null for what is no name. Few texts set variables, again and again. */
function settings(dialect: string): (sql: string) => ReadonlyMap<string, string | null> {
  const buffers = createBuffers()
  const known = new Map<string, ReadonlyMap<string, string | null>>()
  return (sql) => {
    const before = known.get(sql)
    if (before !== undefined) return before
    const found = new Map<string, string | null>()
    for (const name of UNSET.exec(sql)?.[1]?.split(',') ?? []) found.set(variableKey(name.trim()), null)
    for (const statement of readStatements(sql, dialect, buffers)) {
      for (const effect of resolveStatement(statement, { defaults: {}, session: NEW_SESSION }).effects) {
        if (effect.effect !== 'variable' || effect.declared) continue
        found.set(variableKey(effect.name), effect.value !== null && NAME.test(effect.value) ? effect.value : null)
      }
    }
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(sql, found)
    return found
  }
}

function changed(before: SessionState['variables'], set: ReadonlyMap<string, string | null>): SessionState['variables'] {
  if ([...set].every(([key, value]) => (before[key] ?? null) === value)) return before
  const variables = new Map(Object.entries(before))
  for (const [key, value] of set) {
    if (value !== null && (variables.has(key) || variables.size < MOST)) variables.set(key, value)
    else variables.delete(key)
  }
  return Object.fromEntries([...variables].sort(([one], [other]) => (one < other ? -1 : 1)))
}
