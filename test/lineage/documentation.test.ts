import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'

const ROOT = join(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'docs/lineage.md'), 'utf8')

describe('docs/lineage.md', () => {
  const examples = [...page.matchAll(/```ts\n([\s\S]*?)```\n\n```\n([\s\S]*?)```/g)].map(([, program = '', printed = '']) => ({
    program,
    printed,
  }))

  test('has examples', () => expect(examples.length).toBe(2))

  test.each(examples)('example %# prints what the page says', ({ program, printed }) => {
    const file = join(ROOT, `.example-${process.pid}.mjs`) // beside the README, as the page says
    writeFileSync(file, program)
    try {
      expect(execFileSync(process.execPath, [file], { encoding: 'utf8' })).toBe(printed)
    } finally {
      rmSync(file)
    }
  })

  test('lists every diagnostic code, and no other', () => {
    const sources = globSync('{lineage,activities}/**/*.ts', { cwd: ROOT }).map((file) => readFileSync(join(ROOT, file), 'utf8'))
    const literals = sources.flatMap((text) => [...text.matchAll(/(?<!startsWith\()['`](SQL_[A-Z_]+)['`]/g)].map(([, code]) => code))
    const ours = new Set(literals.filter((code) => code !== undefined && !MYSQL_WORDS.test(code) && !code.endsWith('_')))
    const told = new Set([...page.matchAll(/`(SQL_[A-Z_]+)`/g)].map(([, code]) => code))
    expect([...told].sort()).toEqual([...ours].sort())
  })
})

/** SELECT modifiers of MySQL, which begin like our codes. */
const MYSQL_WORDS = /^SQL_(BIG_RESULT|SMALL_RESULT|BUFFER_RESULT|CALC_FOUND_ROWS|CACHE|NO_CACHE)$/
