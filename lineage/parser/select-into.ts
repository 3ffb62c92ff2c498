import { TOKEN } from '../tokens/tokens.ts'
import type { IntoTarget, Name } from '../tree.ts'
import { atEnd, type Cursor, here, kindAt, lastEnd, peek, skipBalanced, textAt } from './cursor.ts'
import { parseName, parseTableName } from './names.ts'

/** INTO [TEMP | TABLE | …] t: a new table; INTO a, b and INTO @v: variables; INTO OUTFILE 'path'. */
export function parseInto(cursor: Cursor): IntoTarget | null {
  const from = here(cursor)
  cursor.at++
  const file = /^(?:outfile|dumpfile)$/i.test(textAt(cursor, 0))
  if (file || /^strict$/i.test(textAt(cursor, 0))) cursor.at++
  let temporary = false
  while (
    peek(cursor, 'TEMP') ||
    peek(cursor, 'TEMPORARY') ||
    peek(cursor, 'VOLATILE') ||
    peek(cursor, 'LOCAL') ||
    peek(cursor, 'GLOBAL') ||
    peek(cursor, 'UNLOGGED') ||
    (peek(cursor, 'TABLE') && kindAt(cursor, 1) !== TOKEN.end)
  ) {
    temporary ||= !peek(cursor, 'UNLOGGED') && !peek(cursor, 'TABLE')
    cursor.at++
  }
  const name = parseTableName(cursor)
  if (name === null) return null
  const targets = moreTargets(cursor, name)
  // INTO t ON filegroup (SQL Server)
  if (peek(cursor, 'ON') && cursor.dialect.grammar.bareStatements) cursor.at = Math.min(cursor.at + 2, cursor.end)
  const variables = !file && (targets.length > 1 || name.form === 'variable' || !cursor.dialect.grammar.selectIntoTable)
  const target: IntoTarget = { name: locationName(name, file), temporary, variables, targets, from, to: lastEnd(cursor) }
  if (file) while (!atEnd(cursor) && !peek(cursor, 'FROM') && !peek(cursor, ')')) skipBalanced(cursor)
  return target
}

function locationName(name: Name, file: boolean): Name {
  return file ? { ...name, form: 'path' } : name
}

function moreTargets(cursor: Cursor, first: Name): readonly Name[] {
  const targets = [first]
  if (peek(cursor, '(')) skipBalanced(cursor)
  while (peek(cursor, ',')) {
    cursor.at++
    const name = parseName(cursor)
    if (name === null) skipBalanced(cursor)
    targets.push(name ?? first)
    if (peek(cursor, '(')) skipBalanced(cursor)
  }
  return targets
}
