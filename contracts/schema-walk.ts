import type { z } from 'zod'

/** Reads zod schemas by their own description (https://zod.dev/packages/core, `def`): which keys there are, which are secret. */

/** Keys that a schema allows at a path, to name the nearest one; none where anything goes. */
export function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let found: unknown = schema
  for (const step of path) found = below(unwrap(found), step)
  const def = defOf(unwrap(found))
  return def?.type === 'object' && def.shape !== undefined ? Object.keys(def.shape) : []
}

/** Paths of a value whose schema is marked as secret (contracts/secret.ts), and that hold something. */
export function secretPaths(schema: z.ZodType, value: unknown): readonly (readonly (string | number)[])[] {
  return [...walkSecrets(schema, value, [])]
}

function* walkSecrets(schema: unknown, value: unknown, path: readonly (string | number)[]): Generator<readonly (string | number)[]> {
  if (value === undefined || value === null) return
  if (isSecret(schema)) return yield path
  const inner = unwrap(schema)
  if (isSecret(inner)) return yield path
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* walkSecrets(below(inner, index), item, [...path, index])
  } else if (typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) yield* walkSecrets(below(inner, key), item, [...path, key])
  }
}

/** What is wrong with a value, in words: zod's, but for what is simply missing. */
export function issueMessage(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code !== 'invalid_type') return issue.message
  const given = issue.path.reduce<unknown>(
    (found, step) => (typeof found === 'object' && found !== null ? Reflect.get(found, step) : undefined),
    value,
  )
  return given === undefined ? `is missing (${issue.expected})` : issue.message
}

interface Definition {
  readonly type: string
  readonly innerType?: unknown
  readonly in?: unknown
  readonly shape?: Readonly<Record<string, unknown>>
  readonly element?: unknown
  readonly valueType?: unknown
  readonly options?: readonly unknown[]
}

function defOf(schema: unknown): Definition | null {
  if (typeof schema !== 'object' || schema === null || !('def' in schema)) return null
  return schema.def as Definition // zod describes every schema so; unknown types fall through
}

function isSecret(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null || !('meta' in schema) || typeof schema.meta !== 'function') return false
  const meta: unknown = schema.meta()
  return typeof meta === 'object' && meta !== null && 'secret' in meta && meta.secret === true
}

/** Through optional, default, refine and the like; of a union its object. */
function unwrap(schema: unknown): unknown {
  let found = schema
  for (let def = defOf(found); def !== null; def = defOf(found)) {
    if (isSecret(found)) return found
    const inner = def.innerType ?? def.in ?? def.options?.find((option) => defOf(unwrap(option))?.type === 'object')
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
