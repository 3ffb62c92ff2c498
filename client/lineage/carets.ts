import type { Span } from '../../contracts/lineage.ts'
import type { TextLines } from './text-position.ts'

const CONTEXT = 100

/** The line a span begins on, and carets under what the span covers of it. Long lines are cut around the span; tabs stay in step. */
export function carets(lines: TextLines, span: Span, indent: string): readonly string[] {
  const { line, column } = lines.at(span.start)
  const whole = lines.text(line).replaceAll('\t', ' ')
  const from = Math.max(0, column - 1 - CONTEXT / 2)
  const shown = whole.slice(from, from + CONTEXT)
  const before = from > 0 ? '…' : ''
  const after = from + CONTEXT < whole.length ? '…' : ''
  const at = column - 1 - from + before.length
  const length = Math.max(1, Math.min(span.end - span.start, shown.length - (column - 1 - from)))
  const margin = `${indent}${String(line).padStart(4)} │ `
  return [`${margin}${before}${shown}${after}`, `${indent}     │ ${' '.repeat(at)}${'^'.repeat(length)}`]
}
