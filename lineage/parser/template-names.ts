import { TOKEN } from '../tokens/tokens.ts'
import type { Ident, Name } from '../tree.ts'
import { type Cursor, here, lastEnd, report, textAt } from './cursor.ts'

/**
 * `{{ ref('model') }}`, `{{ ref('package', 'model', v=2) }}`, `{{ source('schema', 'table') }}` of dbt: the name that these make unless the
 * project says otherwise, which is said. Null, with nothing eaten, where the template is another.
 * https://docs.getdbt.com/reference/dbt-jinja-functions/ref, https://docs.getdbt.com/reference/dbt-jinja-functions/source
 */
export function parseModelName(cursor: Cursor): Name | null {
  const text = textAt(cursor, 0)
  const call = CALL.exec(text)
  if (call === null || isGlued(cursor)) return null
  const given = [call[3] ?? '', ...(call[5] === undefined ? [] : [call[5]])]
  const named = call[1] === 'ref' ? given.slice(-1) : given
  if (named.some((part) => part === '') || (call[1] === 'source' && named.length < 2)) return null
  const from = here(cursor)
  cursor.at++
  const to = lastEnd(cursor)
  report(cursor, 'SQL_DYNAMIC', `${text.slice(0, 100)} is read as ${named.join('.')}; the project may say otherwise`, from, to)
  const parts = named.map((part): Ident => ({ text: part, quoted: false, from, to }))
  return { form: 'plain', parts, from, to }
}

const CALL =
  /^\{\{[-+]?\s*(?:builtins\.)?(ref|source)\s*\(\s*(['"])([^'"]*)\2\s*(?:,\s*(['"])([^'"]*)\4\s*)?(?:,\s*v(?:ersion)?\s*=\s*[\w.'"]+\s*)?\)\s*[-+]?\}\}$/

/** Whether more of the name stands behind: `{{ ref('a') }}_old`. */
function isGlued(cursor: Cursor): boolean {
  const { tokens, at } = cursor
  const next = tokens.kinds[at + 1]
  const word = next === TOKEN.word || next === TOKEN.number || next === TOKEN.template || next === TOKEN.parameter
  return word && tokens.ends[at] === tokens.starts[at + 1]
}
