import type { Query, Statement } from '../tree.ts'

/** A statement as it is executed, with the rows that loops around it give names to. */
export interface Leaf {
  readonly node: Statement
  readonly rows: LoopRows | null
}

/** `FOR r IN (query)`: `r.a` in the body is the query's column. Inner loops first. */
export interface LoopRows {
  readonly key: string
  readonly query: Query
  readonly outer: LoopRows | null
}

/**
 * The statements of a text that are executed one by one: blocks, loops and branches are opened, in order of writing. Dynamic SQL stays
 * one statement, with its text's statements in it. What a block itself reads (a condition, a cursor's query) stays as a statement without a body.
 */
export function leaves(statements: readonly Statement[]): readonly Leaf[] {
  const result: Leaf[] = []
  for (const statement of statements) addLeaves(statement, null, result)
  return result
}

function addLeaves(statement: Statement, rows: LoopRows | null, result: Leaf[]): void {
  if (statement.kind !== 'block') {
    result.push({ node: statement, rows })
    return
  }
  const { query, variable } = statement
  if (query !== null || statement.conditions.some((each) => each.kind !== 'literal'))
    result.push({ node: { ...statement, body: [] }, rows })
  const inner = query !== null && variable !== null ? { key: variable.text.toLowerCase(), query, outer: rows } : rows
  for (const each of statement.body) addLeaves(each, inner, result)
}

/** Names that the statements declare: variables, parameters, cursors' row variables. Loose. */
export function declaredNames(statements: readonly Statement[]): readonly string[] {
  return statements.flatMap((statement) => {
    if (statement.kind === 'declare') return statement.names.map((each) => each.text.toLowerCase())
    if (statement.kind === 'set') return statement.names.map((each) => (each.parts.at(-1)?.text ?? '').toLowerCase())
    if (statement.kind === 'block')
      return [...(statement.variable ? [statement.variable.text.toLowerCase()] : []), ...declaredNames(statement.body)]
    return []
  })
}
