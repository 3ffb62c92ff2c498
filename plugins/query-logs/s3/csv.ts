import { parse } from 'csv-parse'
import { LodelineError } from '../../../contracts/errors.ts'

/** A record as long as this is no record: a quote that is never closed would take the rest of the file. */
const LONGEST_RECORD = 64 * 1024 * 1024

/** The rows of a CSV file with a header as lines of JSON. Quoted line ends, doubled quotes, a byte order mark and missing columns are understood. */
export async function* csvToNdjson(chunks: AsyncIterable<Uint8Array>, key: string): AsyncGenerator<Uint8Array> {
  const parser = parse({ columns: true, bom: true, relaxColumnCount: true, skipEmptyLines: true, maxRecordSize: LONGEST_RECORD })
  const fed = feed(chunks, parser)
  fed.catch(() => undefined) // the parser is destroyed with the same error, which is what the loop below meets
  try {
    for await (const row of parser) yield Buffer.from(`${JSON.stringify(row)}\n`)
    await fed
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_')) {
      throw new LodelineError('LOG_OBJECT_CORRUPT', `${key} is no CSV file with a header: ${error.message}`, { key })
    }
    throw error
  } finally {
    parser.destroy()
  }
}

async function feed(chunks: AsyncIterable<Uint8Array>, parser: ReturnType<typeof parse>): Promise<void> {
  try {
    for await (const chunk of chunks) {
      if (parser.destroyed) return
      if (!parser.write(chunk)) await new Promise<void>((resolve) => parser.once('drain', resolve).once('close', resolve))
    }
    parser.end()
  } catch (error) {
    parser.destroy(error instanceof Error ? error : new Error(String(error)))
  }
}
