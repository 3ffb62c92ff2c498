/** Forms that only Python's regular expressions have; in JavaScript some of them would silently mean something else. */
const PYTHON_ONLY = /\\[AZz]|\(\?P[<=>]|\(\?#|\(\?[aLmsux]+[):]|\(\?\(|\(\?>|(?<!\\)[*+?}]\+/

/** A filter's pattern as it matches: whatever the case, from the start of the name only. A text: why it is none. */
export function filterExpression(pattern: string): RegExp | string {
  const bare = pattern.replace(/^\(\?i\)/, '')
  const python = PYTHON_ONLY.exec(bare)?.[0]
  if (python !== undefined) return `\`${python}\` is Python's alone; patterns are JavaScript regular expressions`
  try {
    return new RegExp(`^(?:${bare})`, 'i')
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
