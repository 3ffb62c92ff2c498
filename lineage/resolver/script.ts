import type { Statement } from '../tree.ts'

/**
 * The statements of a text that are executed one by one: blocks, loops and branches are opened, in order of writing. Dynamic SQL stays
 * one statement, with its text's statements in it. What a block itself reads (a condition, a cursor's query) stays as a statement without a body.
 */
export function leaves(statements: readonly Statement[]): readonly Statement[] {
  const result: Statement[] = []
  for (const statement of statements) addLeaves(statement, result)
  return result
}

function addLeaves(statement: Statement, result: Statement[]): void {
  if (statement.kind === 'block') {
    if (statement.query !== null || statement.conditions.some((each) => each.kind !== 'literal')) result.push({ ...statement, body: [] })
    for (const each of statement.body) addLeaves(each, result)
    return
  }
  result.push(statement)
}

/** Names that the statements declare: variables, parameters, cursors' row variables. Loose. */
export function declaredNames(statements: readonly Statement[]): readonly string[] {
  return statements.flatMap((statement) => {
    if (statement.kind === 'declare') return statement.names.map((each) => each.text.toLowerCase())
    if (statement.kind === 'set') return statement.names.map((each) => (each.parts.at(-1)?.text ?? '').toLowerCase())
    if (statement.kind === 'block') return [...(statement.variable ? [statement.variable.text.toLowerCase()] : []), ...declaredNames(statement.body)]
    return []
  })
}
