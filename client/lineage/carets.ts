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
  return [
    `${margin}${before}${shown}${after}`,
    `${indent}     │ ${' '.repeat(widthOf(`${before}${shown}`.slice(0, at)))}${'^'.repeat(Math.max(1, widthOf(`${before}${shown}`.slice(at, at + length))))}`,
  ]
}

/** Cells that a text takes on a terminal: letters of East Asian scripts and pictures take two, marks above others none. */
function widthOf(text: string): number {
  let width = 0
  for (const letter of text) width += /^\p{M}$/u.test(letter) ? 0 : WIDE.test(letter) ? 2 : 1
  return width
}

const WIDE = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]$/u
