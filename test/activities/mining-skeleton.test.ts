import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { textMarks } from '../../activities/mining/threads/engine.ts'
import { random } from '../support/random.ts'

const ROOT = join(import.meta.dirname, '..', '..', 'examples', 'query-logs')
const SOURCES = ['bigquery', 'hive', 'redshift', 'snowflake', 'sqlserver', 'synapse', 'teradata']

/** The longest text of each record is its SQL; the examples have broken lines too. */
function textsOf(source: string): string[] {
  const lines = globSync(join(ROOT, source, '*.json')).flatMap((file) => readFileSync(file, 'utf8').split('\n'))
  const records = lines.flatMap(recordOf)
  return records.map((record) =>
    Object.values(record).reduce(
      (longest: string, value) => (typeof value === 'string' && value.length > longest.length ? value : longest),
      '',
    ),
  )
}

function recordOf(line: string): Record<string, unknown>[] {
  try {
    const record: unknown = JSON.parse(line)
    return typeof record === 'object' && record !== null ? [record as Record<string, unknown>] : [] // an object of a log
  } catch {
    return []
  }
}

/** The same text with other numbers, strings and comments; some changes mean something else, which is the point. */
function variants(sql: string, next: () => number): string[] {
  const number = (): string => String(Math.floor(next() * 900))
  return [
    sql.replaceAll(/\b\d+\b/g, number),
    sql.replaceAll(/'[^']*'/g, () => `'${number()} -- /* ; '' x'`),
    sql.replaceAll(/'[^']*'/g, () => `'s3://bucket/${number()}/'`),
    `/* job ${number()} */ ${sql} -- ${number()}`,
    sql.replace(/\bFROM\b/i, `FROM -- ${number()}\n`),
    sql.replaceAll(/\bselect\b/gi, 'select'),
    sql.replace(/;?\s*$/, ` ORDER BY 1, ${1 + Math.floor(next() * 3)}`),
    sql.replace(/;?\s*$/, ` LIMIT ${number()}`),
  ]
}

describe.each(SOURCES)('texts of %s with one skeleton', (source) => {
  test('have one fingerprint, and repeats are found by it', () => {
    const next = random(7)
    const marks = textMarks(source)
    const fingerprints = new Map<string, string>()
    const texts = textsOf(source).flatMap((sql) => [sql, ...variants(sql, next)])
    let found = 0
    for (const sql of texts) {
      const fingerprint = marks.fingerprint(sql)
      if (!marks.skeleton.readText(sql) || !marks.isCovered(marks.skeleton.places())) continue
      const hash = `${marks.skeleton.high} ${marks.skeleton.low}`
      const known = fingerprints.get(hash)
      if (known !== undefined) found++
      expect(known === undefined || known === fingerprint ? sql : `${sql}: another fingerprint`).toBe(sql)
      fingerprints.set(hash, fingerprint)
    }
    expect(texts.length).toBeGreaterThan(100)
    expect(found).toBeGreaterThan(texts.length / 10)
  })
})

describe('a skeleton', () => {
  const { skeleton } = textMarks('redshift')
  const read = (sql: string): string | null => (skeleton.readText(sql) ? `${skeleton.high} ${skeleton.low}` : null)

  test('knows whether a comment ends a line, since some words count only where they begin one', () => {
    expect(read('SELECT a /* one */ FROM t')).toBe(read('SELECT a /* two */ FROM t'))
    expect(read('SELECT a /* one\n */ FROM t')).not.toBe(read('SELECT a /* one */ FROM t'))
  })

  test('is not made of a text whose literals may be other than they look', () => {
    expect(read("SELECT 'a' FROM t")).not.toBeNull()
    for (const sql of ["SELECT E'a' FROM t", "SELECT 'a", 'SELECT $$a$$ FROM t', "SELECT a FROM t WHERE b = 'c''"])
      expect([sql, read(sql)]).toEqual([sql, null])
  })
})
