import { describe, expect, it } from '@jest/globals'
import { paintOf } from '../../client/cli/paint.ts'
import { explain } from '../../client/lineage/explain.ts'
import { analyze } from '../../lineage/index.ts'

const explained = (sql: string, colours = false, dialect = 'ansi') => explain(sql, analyze(sql, { dialect }).statements, paintOf(colours))

describe('the explanation of a text', () => {
  it('puts the caret under what was not understood, behind tabs and wide letters too', () => {
    const lines = explained('select a,\r\n\t"張張", @@@ , b from t').split('\n')
    expect(lines.slice(-2)).toEqual(['        2 │  "張張", @@@ , b from t', '          │              ^'])
  })

  it('tells each column once, below its own table', () => {
    const merge =
      'merge into t using s on t.id = s.id when matched then update set a = s.b when not matched then insert (id, a) values (s.id, s.b)'
    expect(explained(merge).match(/^ {5}a /gm)).toHaveLength(1)
    const all = explained('insert all into one (a) values (b) into two (c) values (d) select b, d from s', false, 'snowflake')
    expect(all).toMatch(/columns of ONE\n {5}A ← S\.B[^\n]*\n {3}columns of TWO\n {5}C ← S\.D/)
  })

  it('lets nothing of the text steer the terminal', () => {
    const escape = String.fromCharCode(27)
    const sql = `select "a${escape}]0;title${String.fromCharCode(7)}b" from t`
    expect(explained(sql)).not.toContain(escape)
    expect(explained(sql)).toContain('a\ufffd]0;title\ufffdb')
    expect(
      explained(sql, true)
        .split(escape)
        .slice(1)
        .every((part) => /^\[\d+m/.test(part)),
    ).toBe(true)
  })
})
