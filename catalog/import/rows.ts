import { Readable } from 'node:stream'
import { TextDecoder } from 'node:util'
import { createGunzip } from 'node:zlib'
import { CsvError, type Info, parse } from 'csv-parse'
import { LodelineError } from '../../contracts/errors.ts'
import { headerKey } from './fields.ts'

/** A row of an export: texts by lower-case column name, and the line of the file where it begins. */
export interface ExportRow {
  readonly line: number
  readonly values: ReadonlyMap<string, string>
}

export interface Unreadable {
  readonly line: number
  readonly problem: string
}

export interface ExportFile {
  /** Of JSON the keys of the first object. */
  readonly header: readonly string[]
  readonly rows: AsyncIterable<ExportRow | Unreadable>
}

const LONGEST_RECORD = 16 * 1024 * 1024
const DELIMITERS = [',', '\t', ';', '|'] as const

/**
 * Reads CSV (comma, tab, semicolon or pipe), NDJSON or a JSON array, in UTF-8 or UTF-16 with a byte order mark, plain or gzip, as it comes.
 * Null for an empty file. A broken line of NDJSON or a broken record of CSV is told and left out.
 */
export async function readExport(stream: AsyncIterable<Uint8Array | string>): Promise<ExportFile | null> {
  const text = decoded(stream)[Symbol.asyncIterator]()
  let start = ''
  for (let next = await text.next(); !next.done; next = await text.next()) {
    start += next.value
    if (/\S[^\n]*\n/.test(start) || start.length > LONGEST_RECORD) break
  }
  if (start.trim() === '') return null
  const whole = restored(start, text)
  const first = start.trimStart()[0]
  if (first === '{') return await headed(ndjsonRows(whole))
  if (first === '[') return await headed(arrayRows(whole))
  return await csvRows(whole, start)
}

async function* restored(start: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
  yield start
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}

async function* decoded(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null
  for await (const chunk of plain(stream)) {
    if (typeof chunk === 'string') {
      yield decoder === null ? chunk.replace(/^\uFEFF/, '') : chunk
      decoder ??= new TextDecoder()
      continue
    }
    decoder ??= new TextDecoder(encodingOf(chunk)) // it takes the byte order mark away
    yield decoder.decode(chunk, { stream: true })
  }
  const rest = decoder?.decode()
  if (rest) yield rest
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8'
}

async function* plain(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array | string> {
  const chunks = stream[Symbol.asyncIterator]()
  const first = await chunks.next()
  if (first.done) return
  const all = (async function* () {
    yield first.value
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
  })()
  const gzipped = typeof first.value !== 'string' && first.value[0] === 0x1f && first.value[1] === 0x8b
  if (!gzipped) {
    yield* all
    return
  }
  const source = Readable.from(all)
  const unpacked = createGunzip()
  source.on('error', (error) => unpacked.destroy(error))
  try {
    yield* source.pipe(unpacked)
  } catch (error) {
    throw new LodelineError('IMPORT_INVALID', 'the compressed file is broken or ends early', {}, error)
  }
}

async function headed(rows: AsyncGenerator<ExportRow | Unreadable>): Promise<ExportFile> {
  const skipped: Unreadable[] = []
  for (let next = await rows.next(); !next.done; next = await rows.next()) {
    const row = next.value
    if (!('values' in row)) {
      skipped.push(row)
      continue
    }
    const all = (async function* () {
      yield* skipped
      yield row
      yield* rows
    })()
    return { header: [...row.values.keys()], rows: all }
  }
  throw new LodelineError(
    'IMPORT_INVALID',
    `no line of the file is a JSON object; line ${skipped[0]?.line ?? 1}: ${skipped[0]?.problem ?? 'none'}`,
  )
}

async function* ndjsonRows(text: AsyncIterable<string>): AsyncGenerator<ExportRow | Unreadable> {
  let number = 0
  for await (const line of lines(text)) {
    number++
    if (line.trim() !== '') yield jsonRow(line, number)
  }
}

async function* lines(text: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of text) {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    yield* parts
    if (rest.length > LONGEST_RECORD) throw new LodelineError('IMPORT_INVALID', `a line is longer than ${LONGEST_RECORD} characters`)
  }
  if (rest !== '') yield rest
}

function jsonRow(text: string, line: number): ExportRow | Unreadable {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return { line, problem: 'not a JSON object' }
    const values = new Map<string, string>()
    for (const [key, each] of Object.entries(value)) if (each !== null && each !== undefined) values.set(headerKey(key), textOf(each))
    return { line, values }
  } catch (error) {
    return { line, problem: error instanceof Error ? `not JSON: ${error.message}` : 'not JSON' }
  }
}

const textOf = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value))

/** Objects of one array; their texts are found by counting brackets outside of strings, so that the array need not fit in memory. */
async function* arrayRows(text: AsyncIterable<string>): AsyncGenerator<ExportRow | Unreadable> {
  const scan = { depth: 0, inString: false, escaped: false, line: 1, object: '', startLine: 1 }
  for await (const chunk of text) {
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const character = chunk.charCodeAt(at)
      if (character === 10) scan.line++
      const before = scan.depth
      step(scan, character)
      if (before === 1 && scan.depth === 2) {
        from = at
        scan.startLine = scan.line
      } else if (before === 2 && scan.depth === 1) {
        yield jsonRow(scan.object + chunk.slice(from, at + 1), scan.startLine)
        scan.object = ''
      }
    }
    if (scan.depth >= 2) scan.object += chunk.slice(from)
    if (scan.object.length > LONGEST_RECORD)
      throw new LodelineError('IMPORT_INVALID', `line ${scan.startLine}: an object is longer than ${LONGEST_RECORD} characters`)
  }
  if (scan.depth !== 0) throw new LodelineError('IMPORT_INVALID', `line ${scan.line}: the JSON array ends early`, { line: scan.line })
}

function step(scan: { depth: number; inString: boolean; escaped: boolean }, character: number): void {
  if (scan.inString) {
    if (scan.escaped) scan.escaped = false
    else if (character === 92) scan.escaped = true
    else if (character === 34) scan.inString = false
  } else if (character === 34) scan.inString = true
  else if (character === 123 || character === 91) scan.depth++
  else if (character === 125 || character === 93) scan.depth--
}

async function csvRows(text: AsyncIterable<string>, start: string): Promise<ExportFile> {
  const parser = parse({
    delimiter: delimiterOf(start),
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_RECORD,
  })
  const source = Readable.from(text)
  source.on('error', (error) => parser.destroy(error))
  const records = source.pipe(parser)[Symbol.asyncIterator]() as AsyncIterator<{ readonly record: readonly string[]; readonly info: Info }> // with `info: true`
  const first = await nextRecord(records)
  const header = (first?.record ?? []).map(headerKey)
  return { header, rows: csvRecords(header, records) }
}

async function* csvRecords(
  header: readonly string[],
  records: AsyncIterator<{ readonly record: readonly string[]; readonly info: Info }>,
): AsyncGenerator<ExportRow | Unreadable> {
  for (let next = await nextRecord(records); next !== null; next = await nextRecord(records)) {
    const { record, info } = next
    // csv-parse counts the lines read when a record ends.
    const line = info.lines - record.reduce((breaks, value) => breaks + (value.includes('\n') ? value.split('\n').length - 1 : 0), 0)
    if (record.length > header.length) {
      yield { line, problem: `${record.length} values under ${header.length} columns` }
      continue
    }
    const values = new Map<string, string>()
    for (const [index, value] of record.entries()) if (value !== '') values.set(header[index] ?? '', value)
    yield { line, values }
  }
}

async function nextRecord(records: AsyncIterator<{ readonly record: readonly string[]; readonly info: Info }>) {
  try {
    const next = await records.next()
    return next.done ? null : next.value
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const line = typeof error['lines'] === 'number' ? error['lines'] : 0
    throw new LodelineError('IMPORT_INVALID', `line ${line}: ${error.message}`, { line }, error)
  }
}

/** The one that the header line has most of. */
function delimiterOf(start: string): string {
  const header = start.trimStart().split('\n', 1)[0] ?? ''
  const counts = DELIMITERS.map((delimiter) => header.split(delimiter).length)
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ','
}
