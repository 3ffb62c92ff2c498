import type { z } from 'zod'
import { meant } from './nearest.ts'

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

/** A key that a schema does not have, with the one that may have been meant. */
export function unknownKey(key: string, known: readonly string[]): string {
  const near = meant(key, known)
  const there = known.length === 0 ? '' : ` (there are ${known.join(', ')})`
  return `there is no option \`${key}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}${there}`
}

/** What is wrong with a value, in words of ours where zod's say less. */
export function issueMessage(issue: z.core.$ZodIssue, value: unknown): string {
  const given = issue.path.reduce<unknown>(
    (found, step) => (typeof found === 'object' && found !== null ? Reflect.get(found, step) : undefined),
    value,
  )
  switch (issue.code) {
    case 'invalid_type':
      return given === undefined ? `is missing (${issue.expected})` : `must be ${withArticle(issue.expected)}, not ${kindOf(given)}`
    case 'invalid_value':
      return wordMessage(given, issue.values.map(String))
    case 'too_big':
      return `must be ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unitOf(issue.origin)}`
    case 'too_small':
      return `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unitOf(issue.origin)}`
    case 'invalid_format':
      return issue.format === 'url' ? 'is no URL' : issue.message
    default:
      return issue.message
  }
}

/** The complaint of a union is that of the alternative that was meant: the one that got furthest, or the list of words where a word was given. */
export function withoutUnions(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const deepest = [...issue.errors].sort((one, other) => depthOf(other) - depthOf(one))[0]
  const words = issue.errors.find((issues) => issues.some(({ code }) => code === 'invalid_value'))
  const chosen = deepest !== undefined && depthOf(deepest) > 0 ? deepest : words
  return chosen === undefined ? [issue] : chosen.flatMap((inner) => withoutUnions({ ...inner, path: [...issue.path, ...inner.path] }))
}

function depthOf(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(...issues.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)))
}

/** Longer values are no misspelt words, and may be anything. */
const LONGEST_WORD = 40

function wordMessage(given: unknown, words: readonly string[]): string {
  if (typeof given !== 'string' || given.length > LONGEST_WORD) return `must be one of ${words.join(', ')}`
  const near = meant(given, words)
  return `\`${given}\` is none of ${words.join(', ')}${near === undefined ? '' : `; did you mean \`${near}\`?`}`
}

function withArticle(kind: string): string {
  return kind === 'int' ? 'a whole number' : /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return withArticle(Array.isArray(value) ? 'array' : typeof value)
}

function unitOf(origin: string): string {
  return origin === 'string' ? ' characters' : origin === 'array' ? ' items' : ''
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
