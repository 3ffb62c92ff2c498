import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { lineGroups } from '../../client/cli/lines.ts'
import { type CliHome, cliHome } from '../support/cli.ts'

let cli: CliHome
beforeAll(async () => {
  cli = await cliHome()
})
afterAll(() => cli.remove())

const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('lineage batch', () => {
  test('answers every line in order, sessions carried on', async () => {
    const input = [
      '{"id":"a","dialect":"snowflake","sql":"use schema shop.raw","sessionId":"1"}',
      '{"id":"b","dialect":"snowflake","sql":"insert into t select a from s","sessionId":"1"}',
      '{"id":"c","dialect":"snowflake","sql":"insert into t select a from s","sessionId":"2"}',
    ].join('\n')
    const { code, stdout } = await cli.run(['lineage', 'batch'], { input })
    const answers = lines(stdout)
    expect(code).toBe(0)
    expect(answers.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    expect(answers.map(({ statements }) => statements[0].inputs)).toEqual([[], ['SHOP.RAW.S'], ['S']])
  })

  test('says in the answer and by its exit code that a line is no request; the others are answered', async () => {
    const { code, stdout } = await cli.run(['lineage', 'batch'], {
      input: '\uFEFF{"id":1,"sql":"select 1"}\r\n\nnot json\n[1]\n{"id":2}\n{"id":3,"sql":"selec x"}\n',
    })
    const answers = lines(stdout)
    expect(code).toBe(3)
    expect(answers.map(({ id, error }) => [id, error !== null])).toEqual([
      [1, false],
      [null, true],
      [null, true],
      [2, true],
      [3, false],
    ])
    expect(answers[4].statements[0].diagnostics[0].code).toBe('SQL_STATEMENT_UNKNOWN')
  })

  test('lines of any length, cut anywhere, come out whole', async () => {
    const text = `${'é'.repeat(40_000)}\nb\r\n\u{1F600}c`
    const bytes = Buffer.from(text)
    async function* pieces() {
      for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7)
    }
    const found: string[] = []
    for await (const group of lineGroups(pieces())) found.push(...group)
    expect(found).toEqual(['é'.repeat(40_000), 'b', '\u{1F600}c'])
  })
})

describe('lineage parse', () => {
  const sql =
    "CREATE TABLE mart.by_customer AS\nSELECT c.name, sum(o.amount) AS total FROM shop.orders o\nJOIN shop.customers c ON c.id = o.customer_id WHERE o.day > '2026-01-01' GROUP BY c.name;\n\nselec oops;\n"

  test('explains every statement, and points at what it did not understand', async () => {
    const { code, stdout } = await cli.run(['lineage', 'parse', '-', '--dialect', 'redshift', '--default-database', 'dw'], { input: sql })
    expect(code).toBe(3)
    expect(stdout).toContain('1. CREATE TABLE')
    expect(stdout).toMatch(/reads +dw\.shop\.orders, dw\.shop\.customers/)
    expect(stdout).toMatch(/total +← dw\.shop\.orders\.amount {2}aggregation/)
    expect(stdout).toContain('grouped by dw.shop.customers.name')
    expect(stdout).toMatch(/SQL_STATEMENT_UNKNOWN at line 5, column 1\n +5 │ selec oops;\n +│ \^+/)
  })

  test('draws a picture and OpenLineage events', async () => {
    const drawn = await cli.run(['lineage', 'parse', '-', '--mermaid'], { input: sql })
    expect(drawn.stdout).toMatch(/^flowchart LR\n {2}subgraph t0/)
    expect(drawn.stdout).toContain('-->|aggregation|')
    const { stdout } = await cli.run(['lineage', 'parse', '-', '--openlineage'], { input: sql })
    const [event] = lines(stdout)
    expect(event.outputs[0].facets.columnLineage.fields.total.inputFields[0]).toMatchObject({
      name: 'shop.orders',
      field: 'amount',
      transformations: [{ type: 'DIRECT', subtype: 'AGGREGATION' }],
    })
    expect(event.outputs[0].facets.columnLineage.dataset.map(({ field }: { field: string }) => field).sort()).toEqual([
      'customer_id',
      'day',
      'id',
      'name',
    ])
  })

  test('takes columns from a file, and refuses one that is none', async () => {
    const schemas = await cli.file('schemas.json', '{"s": ["a", "b"]}')
    const { data } = await cli.json(['lineage', 'parse', '-', '--schemas', schemas], { input: 'insert into t select * from s' })
    expect(JSON.stringify(data)).toContain('"column":"b"')
    const broken = await cli.file('broken.json', '{"s": "a"}')
    const refused = await cli.run(['lineage', 'parse', '-', '--schemas', broken], { input: 'select 1' })
    expect({ code: refused.code, stderr: refused.stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('`s` must be a list of column names'),
    })
  })
})
