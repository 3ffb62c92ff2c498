import type { TaskResult } from '../contracts/activities.ts'
import type { Task } from '../contracts/dag.ts'
import type { Window } from '../contracts/window.ts'

/** What `$…` in a DAG document may speak of. */
export interface Scope {
  readonly params: Readonly<Record<string, unknown>>
  readonly window: Window | null
  readonly outputs: Readonly<Record<string, TaskResult | undefined>>
  readonly item?: { readonly value: unknown }
}

/**
 * The value with every `$param.NAME`, `$task.ID.FIELD`, `$window.from|to` and `$item.FIELD` replaced; a missing one is null.
 * Only a whole string is a reference: text that merely holds a dollar sign stays as it is, and `$$x` gives `$x`.
 * Without an item in scope `$item` stays: the worker knows the item, the history does not.
 */
export function substitute(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') return value.startsWith('$') ? reference(value, scope) : value
  if (Array.isArray(value)) return value.map((one) => substitute(one, scope))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, substitute(one, scope)]))
}

/** Whether a task's `when` holds; a task without one always runs. */
export function holds(when: Task['when'], scope: Scope): boolean {
  if (when === undefined) return true
  const value = substitute(when.value, scope)
  const than = substitute(when.than ?? null, scope)
  if (when.op === 'exists') return (value !== null) === (than !== false)
  if (when.op === '==') return same(value, than)
  if (when.op === '!=') return !same(value, than)
  if (when.op === 'in') return Array.isArray(than) && than.some((one) => same(value, one))
  return ordered(when.op, value, than)
}

function ordered(op: '>' | '>=' | '<' | '<=', left: unknown, right: unknown): boolean {
  const comparable = (typeof left === 'number' && typeof right === 'number') || (typeof left === 'string' && typeof right === 'string')
  if (!comparable) return false
  if (op === '>') return left > right
  if (op === '>=') return left >= right
  return op === '<' ? left < right : left <= right
}

function reference(text: string, scope: Scope): unknown {
  if (text.startsWith('$$')) return text.slice(1)
  const [root, ...path] = text.slice(1).split('.')
  if (root === 'param') return at(scope.params, path)
  if (root === 'window') return at(scope.window, path)
  if (root === 'task') return at(scope.outputs, path)
  if (root === 'item') return scope.item === undefined ? text : at(scope.item.value, path)
  return text
}

function at(value: unknown, path: readonly string[]): unknown {
  let found = value
  for (const key of path) {
    if (found === null || typeof found !== 'object' || !Object.hasOwn(found, key)) return null
    found = (found as Readonly<Record<string, unknown>>)[key] // own key, checked above
  }
  return found ?? null
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}
