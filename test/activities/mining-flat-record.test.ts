import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { textMarks } from '../../activities/mining/threads/engine.ts'
import { type FlatRecord, flatRecord } from '../../activities/mining/threads/flat-record.ts'
import { parsedRecord } from '../../activities/mining/threads/record-fields.ts'
import type { Skeleton } from '../../activities/mining/threads/skeleton.ts'
import { random } from '../support/random.ts'

const KEYS = {
  sql: 'query',
  defaultDatabase: 'database',
  defaultSchema: 'schema',
  session: 'session',
  user: 'user',
  startTime: 'startTime',
  durationMs: 'ms',
  bytes: 'bytes',
  status: 'status',
}

const HOSTILE = [
  '{"query": "SELECT \'a\\\\\' FROM t", "user": "CORP\\\\anna", "session": 17, "ms": 1.5e3}',
  '{"query":"SELECT 1","user":null,"status":true,"bytes":"12","startTime":1735689600}',
  '{"query":"SELECT \\u0027x\\u0027","user":"\\u00e9"}',
  '{"query":"SELECT \'Größe\' AS größe FROM \\"Tür\\" -- ü\\n LIMIT 3","user":"Jürgen","startTime":"2025-02-30 12:00:00"}',
  '{"query":"SELECT 1","query":"SELECT 2 FROM t","user":"a","user":"b"}',
  '{"user":"a"}',
  '{"query":"SELECT 1 /* *\\/ 2 /* */","session":"s"}',
  '{"query":"SELECT 1","tags":{"query":"no"},"list":[1]}',
  '{"tags":{"a":[1,{"b":null},"x\\n"],"query":"no"},"query":"SELECT 1","list":[]}',
  '{"tags":{"a":[1,]},"query":"SELECT 1"}',
  '{"tags":{"a" 1},"query":"SELECT 1"}',
  '{"query":"SELECT 1","user":{"name":"a"}}',
  '{"query":"SELECT 1","ms":01}',
  '{"query":"SELECT 1","ms":-0.0e-1,"bytes":1.}',
  '{"query":"SELECT 1" "user":"a"}',
  '{"query":"SELECT 1","user":"a"} x',
  '{"query":"SELECT 1","user":"a"',
  '{"query":"SELECT 1\tFROM t"}',
  '{"query":"SELECT \\x FROM t"}',
  '{"query":"GROUP BY\\n1, 2","startTime":"2025-01-01T00:00:35.398Z"}',
  '{"query":"   ","__proto__":"x"}',
  '{"query":["SELECT 1"]}',
  '\t{ "query" : "SELECT \\"a\\"\\"b\\" FROM `t``u`" , "user" : "x" } ',
]

/** The examples' lines, with the keys of this test. */
function exampleLines(): string[] {
  const files = globSync(join(import.meta.dirname, '../../examples/query-logs/*/*.json'))
  const lines = files.flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(0, 100)).filter((line) => line !== '')
  return lines.map((line) =>
    line
      .replace(/"(query_text|QUERY_TEXT|batch_text|command|SqlTextInfo|queryText)":/, '"query":')
      .replace(/"(session_id|SESSION_ID|sessionId|SessionID)":/, '"session":')
      .replace(/"(start_time|START_TIME|timestamp|StartTime)":/, '"startTime":')
      .replace(/"(user_name|USER_NAME|username|UserName|login_name|user_email)":/, '"user":'),
  )
}

function mutated(line: string, next: () => number): string {
  const at = Math.floor(next() * line.length)
  const parts = [
    '"',
    '\\',
    '\\"',
    "'",
    '{',
    '}',
    ',',
    ':',
    ' ',
    '\\n',
    '\u0001',
    'ä',
    '😀',
    '\\u0041',
    '1e',
    '--',
    '/*',
    '*/',
    '"query":"x",',
  ]
  const part = parts[Math.floor(next() * parts.length)] ?? ''
  return line.slice(0, at) + part + line.slice(at + Math.floor(next() * 3))
}

/** What of the line differs from what JSON.parse says, where the line was taken; null when it was not. */
function difference(line: string, flat: FlatRecord, skeleton: Skeleton): string | null {
  const padding = 'x"},'
  const bytes = Buffer.from(`${padding}${line}\n{"query":"next"}\n`)
  const end = padding.length + Buffer.byteLength(line)
  if (!flat.read(bytes, padding.length, end)) return null
  const hash = hashOf(skeleton)
  const places = [...skeleton.places()]
  let record: Record<string, unknown>
  try {
    record = JSON.parse(line) as Record<string, unknown> // the test compares what it holds
  } catch {
    return 'no JSON'
  }
  const parsed = parsedRecord(KEYS)
  parsed.read(record)
  const sql = parsed.value('sql')
  if (typeof sql !== 'string') return 'no SQL'
  const told = (from: Pick<FlatRecord, 'value' | 'text' | 'time' | 'number'>) => [
    from.value('status'),
    ...(['defaultDatabase', 'defaultSchema', 'session', 'user'] as const).map(from.text),
    from.time('startTime'),
    ...(['durationMs', 'bytes'] as const).map(from.number),
  ]
  const [mine, right] = [JSON.stringify(told(flat)), JSON.stringify(told(parsed))]
  if (mine !== right) return `${mine} for ${right}`
  if (!skeleton.readText(sql)) return 'a skeleton'
  if (hashOf(skeleton) !== hash) return 'another skeleton'
  return places.join() === [...skeleton.places()].join() ? '' : 'other ordinals'
}

function hashOf({ high, low }: Skeleton): string {
  return `${high} ${low}`
}

describe.each(['redshift', 'bigquery', 'snowflake', 'mysql'])('a line that is not parsed (%s)', (dialect) => {
  test('says what JSON.parse would have said', () => {
    const next = random(11)
    const { skeleton } = textMarks(dialect)
    const flat = flatRecord(KEYS, skeleton)
    const examples = exampleLines()
    const lines = [...HOSTILE, ...examples]
    const all = [...lines, ...lines.flatMap((line) => Array.from({ length: 8 }, () => mutated(line, next)))]
    let taken = 0
    for (const line of all) {
      if (line.includes('\n')) continue
      const found = difference(line, flat, skeleton)
      if (found !== null) taken++
      expect(found === null || found === '' ? line : `${line}: ${found}`).toBe(line)
    }
    expect(taken).toBeGreaterThan(all.length / 4)
  })
})

describe('where the line stands', () => {
  const { skeleton } = textMarks('redshift')
  const flat = flatRecord(KEYS, skeleton)
  const line = (sql: string): string => JSON.stringify({ user: 'anna', query: sql, session: 's-1' })

  function read(bytes: Buffer, start: number, end: number): readonly unknown[] {
    return flat.read(bytes, start, end) ? [flat.text('user'), flat.text('session'), hashOf(skeleton)] : []
  }

  test('is nothing to it: in small blocks and large ones, at the end of one, and alone', () => {
    const wanted = line("SELECT a FROM t WHERE b = 'x'")
    const alone = read(Buffer.from(wanted), 0, wanted.length)
    expect(alone).toHaveLength(3)
    for (const others of [1, 20_000, 40_000]) {
      const before = `${line('SELECT 1')}\n`.repeat(others)
      expect(read(Buffer.from(before + wanted), before.length, before.length + wanted.length)).toEqual(alone)
      const bytes = Buffer.from(`${before + wanted}\n${line('SELECT 2')}\n`)
      expect(read(bytes, before.length, before.length + wanted.length)).toEqual(alone)
    }
  })

  test('a text of any length is read as it is by itself', () => {
    for (const columns of [10, 1_000, 20_000]) {
      const sql = `SELECT ${Array.from({ length: columns }, (_, index) => `column_${index}`).join(', ')} FROM t -- 1`
      const bytes = Buffer.from(line(sql))
      const found = read(bytes, 0, bytes.length)
      if (skeleton.readText(sql)) expect(found).toEqual(['anna', 's-1', hashOf(skeleton)])
      expect(read(Buffer.from(line(sql.replace('column_7', 'column_8'))), 0, bytes.length)).not.toEqual(found)
    }
    const huge = Buffer.from(line(`SELECT '${'x'.repeat(2_000_000)}'`))
    expect(read(huge, 0, huge.length)).toEqual([])
  })

  test('bytes of an earlier, longer block are not taken for the line', () => {
    const whole = Buffer.from(line('SELECT a FROM t'))
    expect(read(Buffer.from(line(`SELECT a FROM t WHERE c > 5 ${'AND d '.repeat(50)}`)), 0, 400)).toEqual([])
    for (let end = 1; end < whole.length; end++) expect(read(whole.subarray(0, end), 0, end)).toEqual([])
    expect(read(whole, 0, whole.length)).toHaveLength(3)
  })
})
