import { nearest } from '../../../contracts/nearest.ts'
import type { CheckResult } from '../../../contracts/plugin.ts'
import type { RecordKeys } from '../../../contracts/query-record.ts'
import { valueAtKey } from '../../../contracts/record-keys.ts'

/** The start of an object, as text. */
export interface Sample {
  readonly text: string
  /** The text is the whole object. */
  readonly whole: boolean
  /** Lines to look at. */
  readonly lines: number
}

interface Read {
  readonly records: readonly Readonly<Record<string, unknown>>[]
  readonly broken: number
  readonly shape: 'lines' | 'array' | 'pretty' | 'utf-16'
  readonly trailingCommas: boolean
}

/** Says whether the keys are in the records, and for an `asked` one that is in none, which keys are, nearest first. */
export function recordsStep(sample: Sample, keys: RecordKeys, asked: ReadonlySet<string>, object: string): CheckResult {
  const step = { step: 'records', mandatory: true } as const
  const read = parsed(sample)
  if (read.records.length === 0) return { ...step, status: 'failed', ...nothingRead(read, object) }
  const there = keysOf(read.records)
  const sqlFound = found(read.records, keys.sql)
  if (sqlFound === 0) {
    return {
      ...step,
      status: 'failed',
      message: `none of ${read.records.length} records has the key ${keys.sql}; keys there: ${nearest(keys.sql, there, 12).join(', ')}`,
      remedy: `Set \`keys.sql\`, perhaps to ${nearest(keys.sql, there, 1)[0] ?? 'the key that holds the SQL text'}.`,
    }
  }
  const absent = Object.entries(keys).filter(([field, key]) => asked.has(field) && found(read.records, key) === 0)
  const message = `${sqlFound} of ${read.records.length} records have ${keys.sql}${read.broken > 0 ? `, ${read.broken} lines are no JSON object` : ''}${read.shape === 'array' ? '; the object is one JSON array' : ''}`
  if (absent.length === 0 && read.broken === 0) return { ...step, status: 'passed', message }
  const missing = absent.map(([field, key]) => `keys.${field} (${key}); near: ${nearest(key, there, 3).join(', ')}`).join(' | ')
  return {
    ...step,
    status: 'warning',
    message: missing === '' ? message : `${message}; not there: ${missing}`,
    remedy: missing === '' ? 'Broken lines become dead letters.' : 'Correct those keys, or leave them out.',
  }
}

function nothingRead({ shape, trailingCommas }: Read, object: string): { message: string; remedy: string } {
  if (shape === 'pretty')
    return { message: `the JSON objects of ${object} span lines`, remedy: 'Write each record on one line, e.g. with `jq -c .`.' }
  if (shape === 'utf-16')
    return { message: `${object} is text in UTF-16`, remedy: 'Write it in UTF-8, e.g. with `iconv -f UTF-16 -t UTF-8`.' }
  if (trailingCommas)
    return { message: `lines of ${object} end with commas`, remedy: 'Write one JSON object a line, with no comma between.' }
  return { message: `no line of ${object} is a JSON object`, remedy: 'Write one JSON object a line.' }
}

function parsed({ text, whole, lines }: Sample): Read {
  const body = text.replace(/^\uFEFF/, '')
  if (body.trimStart().startsWith('[')) return parsedArray(body, whole, lines)
  const all = body.split(/\r?\n/, lines).filter((line) => line.trim() !== '')
  const records = all.map(objectOf).filter((record) => record !== null)
  const opens = all[0]?.trim() ?? ''
  const isPretty = opens === '{' || /^\{\s*"[^"]*"\s*:\s*[^}]*$/.test(opens)
  return {
    records,
    broken: all.length - records.length,
    shape: records.length > 0 ? 'lines' : isUtf16(opens) ? 'utf-16' : isPretty ? 'pretty' : 'lines',
    trailingCommas: all.some((line) => line.trimEnd().endsWith('},')),
  }
}

/** JSON has no U+0000; text in UTF-16 has one for each ASCII letter. */
function isUtf16(text: string): boolean {
  const some = text.slice(0, 100)
  return some.split('\u0000').length - 1 > some.length / 4
}

/** Of an array that goes on past the sample, the records that are whole and on lines of their own. */
function parsedArray(body: string, whole: boolean, lines: number): Read {
  const none = { broken: 0, shape: 'array', trailingCommas: false } as const
  if (whole) {
    const array = jsonOf(body)
    if (Array.isArray(array)) return { ...none, records: array.slice(0, lines).filter(isRecord) }
  }
  const parts = body
    .replace(/^\s*\[/, '')
    .split(/\r?\n/, lines)
    .map((line) => line.trim().replace(/,$/, '').replace(/\]$/, ''))
  return { ...none, records: parts.map(objectOf).filter((record) => record !== null) }
}

function objectOf(line: string): Readonly<Record<string, unknown>> | null {
  const value = jsonOf(line)
  return isRecord(value) ? value : null
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function found(records: Read['records'], key: string): number {
  return records.filter((record) => {
    const value = valueAtKey(record, key)
    return value !== undefined
  }).length
}

/** Keys of the records, nested ones dotted, two levels deep. */
function keysOf(records: Read['records']): Set<string> {
  const keys = new Set<string>()
  for (const record of records) {
    for (const [key, value] of Object.entries(record)) {
      keys.add(key)
      if (isRecord(value)) for (const inner of Object.keys(value)) keys.add(`${key}.${inner}`)
    }
  }
  return keys
}
