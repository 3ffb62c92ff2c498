/** Lines and columns, counted from 1, of offsets in a text. */
export interface TextPosition {
  readonly line: number
  readonly column: number
}

export interface TextLines {
  at(offset: number): TextPosition
  /** The whole line with that number. */
  text(line: number): string
}

export function linesOf(text: string): TextLines {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return {
    at(offset) {
      let low = 0
      let high = starts.length - 1
      while (low < high) {
        const middle = (low + high + 1) >> 1
        if ((starts[middle] ?? 0) <= offset) low = middle
        else high = middle - 1
      }
      return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
    },
    text(line) {
      return text.slice(starts[line - 1] ?? 0, starts[line] ?? text.length).replace(/\r?\n$/, '')
    },
  }
}
