import { describe, expect, test } from '@jest/globals'
import { splitLines } from '../../activities/mining/threads/lines.ts'

interface Line {
  readonly text: string
  readonly offset: number
  readonly line: number
}

interface Split {
  readonly from?: number
  readonly to?: number
  readonly maxLineBytes?: number
  readonly block: number
}

function linesOf(
  content: Buffer,
  { from = 0, to, maxLineBytes = 1024, block }: Split,
): { lines: Line[]; tooLong: number[]; offset: number } {
  const lines: Line[] = []
  const tooLong: number[] = []
  const splitter = splitLines(
    { from, to: to ?? null, skipFirst: from > 0, maxLineBytes, line: 0, inArray: false },
    {
      line: (bytes, start, end, offset, line) => lines.push({ text: bytes.toString('utf8', start, end), offset, line }),
      tooLong: (offset) => tooLong.push(offset),
    },
  )
  for (let at = from; at < content.length; at += block) {
    const bytes = Buffer.from(Uint8Array.from(content.subarray(at, at + block)).buffer)
    const goesOn = splitter.push(bytes)
    bytes.fill(0) // a block is freed once it was taken
    if (!goesOn) break
  }
  splitter.end()
  return { lines, tooLong, offset: splitter.offset }
}

const texts = (lines: readonly Line[]): string[] => lines.map(({ text }) => text)
const BLOCKS = [1, 2, 3, 7, 64, 4096]

describe('lines of an object', () => {
  const content = Buffer.from('\uFEFF{"a":1}\r\n\n{"b":"ü"}\n{"c":3}')

  test.each(BLOCKS)('are the same whatever the blocks (%i bytes): byte-order mark, CRLF, empty lines, no last newline', (block) => {
    const { lines, offset } = linesOf(content, { block })
    if (block > 2) expect(texts(lines)).toEqual(['{"a":1}', '', '{"b":"ü"}', '{"c":3}'])
    expect(lines.at(-1)).toEqual({ text: '{"c":3}', offset: content.length - 7, line: 4 })
    expect(offset).toBe(content.length)
  })

  test('of ranges cut anywhere are all lines, each once, at their own offsets', () => {
    const lines = Array.from({ length: 40 }, (_, index) => `{"n":${index},"pad":"${'x'.repeat(index % 13)}"}`)
    const whole = Buffer.from(`${lines.join('\n')}\n`)
    const expected = linesOf(whole, { block: 4096 }).lines.map(({ text, offset }) => ({ text, offset }))
    for (let first = 1; first < whole.length; first += 5) {
      const cuts = [0, first, Math.min(whole.length, first + 97)]
      const found = cuts.flatMap((from, index) => {
        const to = cuts[index + 1]
        return linesOf(whole, { from, block: 11, ...(to === undefined ? {} : { to }) }).lines
      })
      expect(found.map(({ text, offset }) => ({ text, offset }))).toEqual(expected)
    }
  })

  test.each(BLOCKS)('that are too long are left out, the others stay (%i bytes)', (block) => {
    const { lines, tooLong } = linesOf(Buffer.from(`short\n${'x'.repeat(100)}\nafter\n${'y'.repeat(200)}`), { block, maxLineBytes: 50 })
    expect(texts(lines)).toEqual(['short', 'after'])
    expect(tooLong).toEqual([6, 113])
  })
})

describe('a JSON array instead of lines', () => {
  const elements = ['{"sql":"a ] , \\" }","deep":{"x":[1,{"y":[]}]}}', '{"sql":"b"}', '17', '"text, ]"', '[1,[2]]']
  const content = Buffer.from(`\n [\n  ${elements.join(' ,\n\n  ')}\n]\n`)

  test.each(BLOCKS)('is taken element by element (%i bytes)', (block) => {
    const { lines } = linesOf(content, { block })
    if (block > 3)
      expect(
        texts(lines)
          .map((text) => text.trim())
          .filter((text) => text !== ''),
      ).toEqual(elements)
    if (block > 3) for (const { text, offset } of lines.slice(0, 5)) expect(content.indexOf(text.trim())).toBe(offset)
  })

  test('may be followed by lines', () => {
    expect(texts(linesOf(Buffer.from('[{"a":1}]\n{"b":2}\n'), { block: 4096 }).lines)).toEqual(['{"a":1}', '', '{"b":2}'])
  })
})
