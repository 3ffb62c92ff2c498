import { describe, expect, it } from '@jest/globals'
import { paintOf } from '../../client/cli/paint.ts'
import { explain } from '../../client/lineage/explain.ts'
import { analyze } from '../../lineage/index.ts'

const explained = (sql: string, colours = false) => explain(sql, analyze(sql).statements, paintOf(colours))

describe('the explanation of a text', () => {
  it('puts the caret under what was not understood, behind tabs and wide letters too', () => {
    const lines = explained('select a,\r\n\t"張張", @@@ , b from t').split('\n')
    expect(lines.slice(-2)).toEqual(['        2 │  "張張", @@@ , b from t', '          │              ^'])
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
