import type { Dag } from '../../contracts/dag.ts'

/** The tasks named, and all that come after them at any distance. */
export function withDescendants(dag: Dag, ids: readonly string[]): ReadonlySet<string> {
  const found = new Set(ids)
  // A Set's walk sees what is added to it.
  for (const id of found) for (const [other, { after }] of Object.entries(dag.tasks)) if (after.includes(id)) found.add(other)
  return found
}
