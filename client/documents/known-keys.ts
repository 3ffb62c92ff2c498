import type { z } from 'zod'

/** Keys that a schema allows at a path, to name the nearest one; none where anything goes. */
export function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let found: unknown = schema
  for (const step of path) found = below(unwrap(found), step)
  const def = defOf(unwrap(found))
  return def?.type === 'object' && def.shape !== undefined ? Object.keys(def.shape) : []
}

/** The parts of zod's own description of a schema that are read here (https://zod.dev/packages/core, `def`). */
interface Definition {
  readonly type: string
  readonly innerType?: unknown
  readonly in?: unknown
  readonly shape?: Readonly<Record<string, unknown>>
  readonly element?: unknown
  readonly valueType?: unknown
}

function defOf(schema: unknown): Definition | null {
  if (typeof schema !== 'object' || schema === null || !('def' in schema)) return null
  return schema.def as Definition // zod describes every schema so; unknown types fall through
}

function unwrap(schema: unknown): unknown {
  let found = schema
  for (let def = defOf(found); def !== null; def = defOf(found)) {
    const inner = def.innerType ?? def.in
    if (inner === undefined) return found
    found = inner
  }
  return found
}

function below(schema: unknown, step: PropertyKey): unknown {
  const def = defOf(schema)
  if (def === null) return undefined
  if (def.type === 'array') return def.element
  if (def.type === 'record') return def.valueType
  return def.shape?.[String(step)]
}
