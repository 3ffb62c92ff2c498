import type { Dag } from './dag.ts'
import { LodelineError } from './errors.ts'
import { nearest } from './nearest.ts'

/** The run's parameters: those given, checked by the DAG's schema, and defaults for the others. */
export function readParams(schema: Dag['params'] = {}, given: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(schema, name))
  if (unknown !== undefined) {
    const near = nearest(unknown, Object.keys(schema), 3).join(', ')
    throw new LodelineError(
      'OPTION_UNKNOWN',
      `params.${unknown}: the pipeline has no such parameter${near === '' ? '' : `; there are ${near}`}`,
    )
  }
  return Object.fromEntries(
    Object.entries(schema).map(([name, { type, default: otherwise, required }]) => {
      const value = given[name] ?? otherwise
      if (value === undefined && required === true) throw new LodelineError('DOCUMENT_INVALID', `params.${name} is required`)
      if (value !== undefined && value !== null && type !== 'json' && typeof value !== type) {
        throw new LodelineError('DOCUMENT_INVALID', `params.${name} must be a ${type}, not a ${typeof value}`)
      }
      return [name, value ?? null]
    }),
  )
}
