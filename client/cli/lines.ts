import { StringDecoder } from 'node:string_decoder'

/** The lines of a byte stream, in groups as they come, so that an answer can follow at once. Takes LF and CRLF, and drops a byte order mark. */
export async function* lineGroups(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<readonly string[]> {
  const decoder = new StringDecoder('utf8')
  let begun: string[] = [] // pieces of the line that is not complete yet: joining them once keeps huge lines linear
  let first = true
  for await (const chunk of stream) {
    let text = typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    if (first && text !== '') {
      text = text.replace(/^\uFEFF/, '')
      first = false
    }
    const pieces = text.split('\n')
    const last = pieces.pop() ?? ''
    if (pieces.length === 0) {
      begun.push(last)
      continue
    }
    pieces[0] = begun.join('') + pieces[0]
    begun = [last]
    yield pieces.map(withoutReturn)
  }
  const rest = begun.join('') + decoder.end()
  if (rest !== '') yield [withoutReturn(rest)]
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
