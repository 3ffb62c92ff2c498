import { LodelineError } from '../../contracts/errors.ts'
import type { FilterOptions, FilterPattern } from '../../contracts/metadata-options.ts'

/** What a filter lets through, by path. */
export type Accepts = (path: readonly string[]) => boolean

/** Forms that only Python's regular expressions have; in JavaScript some of them would silently mean something else. */
const PYTHON_ONLY = /\\[AZz]|\(\?P[<=>]|\(\?#|\(\?[aLmsux]+[):]|\(\?\(|\(\?>|(?<!\\)[*+?}]\+/

/** Filters of a pipeline's options. Levels are the database, the schema and the table; what is above a level must be let through too. */
export function acceptsOf(options: FilterOptions, connection: string): Accepts {
  const levels = [
    matcherOf(options.databaseFilterPattern, 'databaseFilterPattern'),
    matcherOf(options.schemaFilterPattern, 'schemaFilterPattern'),
    matcherOf(options.tableFilterPattern, 'tableFilterPattern'),
  ]
  const nameOf = (path: readonly string[]) => (options.useFullNameForFiltering ? [connection, ...path].join('.') : (path.at(-1) ?? ''))
  return (path) => path.every((_, depth) => levels[depth]?.(nameOf(path.slice(0, depth + 1))) ?? true)
}

function matcherOf(pattern: FilterPattern | undefined, option: string): ((name: string) => boolean) | undefined {
  if (pattern === undefined) return undefined
  const includes = pattern.includes.map((text) => regularExpression(text, `${option}.includes`))
  const excludes = pattern.excludes.map((text) => regularExpression(text, `${option}.excludes`))
  const matches = (list: readonly RegExp[], name: string) => list.some((expression) => expression.test(name))
  return (name) => (includes.length === 0 || matches(includes, name)) && !matches(excludes, name)
}

function regularExpression(text: string, option: string): RegExp {
  const bare = text.replace(/^\(\?i\)/, '')
  const python = PYTHON_ONLY.exec(bare)?.[0]
  if (python !== undefined) throw invalid(text, option, `\`${python}\` is Python's alone; patterns are JavaScript regular expressions`)
  try {
    return new RegExp(`^(?:${bare})`, 'i')
  } catch (error) {
    throw invalid(text, option, error instanceof Error ? error.message : String(error))
  }
}

function invalid(pattern: string, option: string, why: string): LodelineError {
  return new LodelineError('FILTER_INVALID', `options.${option}: \`${pattern}\`: ${why}`, { option, pattern })
}
