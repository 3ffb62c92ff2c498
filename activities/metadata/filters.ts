import { createContext, Script } from 'node:vm'
import { LodelineError } from '../../contracts/errors.ts'
import { filterExpression } from '../../contracts/filter-patterns.ts'
import type { FilterOptions, FilterPattern } from '../../contracts/metadata-options.ts'

/** What a filter lets through, by path. */
export type Accepts = (path: readonly string[]) => boolean

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

type Matches = (name: string) => boolean

function matcherOf(pattern: FilterPattern | undefined, option: string): Matches | undefined {
  if (pattern === undefined) return undefined
  const includes = pattern.includes.map((text) => matches(text, `${option}.includes`))
  const excludes = pattern.excludes.map((text) => matches(text, `${option}.excludes`))
  const some = (list: readonly Matches[], name: string) => list.some((each) => each(name))
  return (name) => (includes.length === 0 || some(includes, name)) && !some(excludes, name)
}

function matches(text: string, option: string): Matches {
  const expression = filterExpression(text)
  if (typeof expression === 'string') throw invalid(text, option, expression)
  return canExplode(text) ? guarded(expression, text, option) : (name) => expression.test(name)
}

/** Only expressions that repeat a group (`(a+)+`), refer back, or have many unbounded repetitions can take for ever on a name. */
function canExplode(text: string): boolean {
  const plain = text.replaceAll(/\\[^1-9k]/g, 'x').replaceAll(/\[(?:[^\]\\]|\\.)*\]/g, 'x')
  return /\)[*+{]|\\[1-9k]/.test(plain) || (plain.match(UNBOUNDED)?.length ?? 0) > MOST_UNBOUNDED
}

const UNBOUNDED = /[*+]|\{\d+,\}/g
/** On names of 255 characters, the longest that Glue takes, these take some milliseconds at most. */
const MOST_UNBOUNDED = 2
const BUDGET_MS = 200
/** The budget is time on the clock: a machine that is busy with other things may take it all from a match that is quick. */
const TRIES = 3

/** Ends a match that takes too long. It costs 0.1 ms a name, so that only such expressions are run this way. */
function guarded(expression: RegExp, text: string, option: string): Matches {
  const scope = { expression, name: '' }
  const context = createContext(scope)
  const script = new Script('expression.test(name)')
  return (name) => {
    scope.name = name
    for (let tries = 0; tries < TRIES; tries++) {
      try {
        return script.runInContext(context, { timeout: BUDGET_MS }) === true
      } catch (error) {
        if (!isTimeout(error)) throw error
      }
    }
    throw invalid(text, option, `it takes too long on \`${name}\`; write it without one repetition in another`)
  }
}

function isTimeout(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
}

function invalid(pattern: string, option: string, why: string): LodelineError {
  return new LodelineError('FILTER_INVALID', `options.${option}: \`${pattern}\`: ${why}`, { option, pattern })
}
