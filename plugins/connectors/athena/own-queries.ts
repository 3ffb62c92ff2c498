/** In front of every query of ours, so that a history can leave them out. */
export const OWN_QUERY_COMMENT = '/* {"app": "lodeline", "version": "1"} */'

/** Tools whose queries are not people's use of the data, by the `app` of the JSON comment they write (dbt's and OpenMetadata's look alike). */
const TOOLS = new Set(['lodeline', 'dbt', 'openmetadata'])

/** Whether a tool says in a comment, wherever it stands, that the query is its own. String literals are not comments. */
export function isToolQuery(sql: string): boolean {
  for (const comment of commentsOf(sql)) {
    const app = /"app"\s*:\s*"([^"]{1,50})"/.exec(comment)?.[1]
    if (app !== undefined && TOOLS.has(app.toLowerCase())) return true
  }
  return false
}

function* commentsOf(sql: string): Generator<string> {
  const opening = /'|"|--|\/\*/g
  for (let match = opening.exec(sql); match !== null; match = opening.exec(sql)) {
    const end = endOf(sql, match[0], match.index)
    if (match[0] === '--' || match[0] === '/*') yield sql.slice(match.index, end)
    opening.lastIndex = end
  }
}

function endOf(sql: string, opening: string, from: number): number {
  const closing = opening === '--' ? '\n' : opening === '/*' ? '*/' : opening
  const at = sql.indexOf(closing, from + opening.length)
  return at < 0 ? sql.length : at + closing.length
}
