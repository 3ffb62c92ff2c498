import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Bench, miningBench, ndjson, twoThreads } from '../support/mining.ts'

const threads = twoThreads()
afterAll(() => threads.close())
let bench: Bench
beforeEach(async () => {
  bench = await miningBench(threads)
})
afterEach(() => bench.close())

const DEPTH = 400
/** Deeper than our reading goes: the column is lost, the tables are not. */
const brackets = `insert into known select ${'('.repeat(DEPTH)}a${')'.repeat(DEPTH)} from src`
/** Here the table lies behind what was read. */
const subqueries = `insert into deep ${'select a from ('.repeat(DEPTH)}select a from src${') x'.repeat(DEPTH)}`

async function diagnostics(): Promise<readonly string[]> {
  const rows = await bench.catalog.db.selectFrom('processes').select(['diagnostics', 'confidence']).orderBy('position').execute()
  return rows.map(({ diagnostics: said, confidence }) => {
    const opinion = (JSON.parse(said ?? '[]') as { code: string; message: string }[]).find(({ code }) =>
      code.startsWith('SQL_SECOND_OPINION'),
    )
    return opinion === undefined ? `none, ${confidence === 1 ? 'sure' : 'unsure'}` : `${opinion.code}: ${opinion.message}`
  })
}

test('another parser is asked about texts that ours could not read to the end, and about no others', async () => {
  const sql = ['insert into sure select a from src', brackets, subqueries, 'insert into odd select a from src some words of no grammar']
  bench.put('a.json', ndjson(sql.map((text) => ({ QUERY_TEXT: text }))))
  const { counts } = await bench.mine({ dialect: 'redshift' })
  expect(await diagnostics()).toEqual([
    'none, sure',
    'SQL_SECOND_OPINION_AGREES: another parser finds the same 2 tables',
    'SQL_SECOND_OPINION_DIFFERS: another parser finds also src',
    'none, unsure',
  ])
  expect(counts).toMatchObject({ secondOpinions: 2, secondOpinionsThatDiffer: 1 })
})

test('dialects that it does not have get none', async () => {
  bench.put('a.json', ndjson([{ QUERY_TEXT: brackets }]))
  await bench.mine({ dialect: 'teradata', levels: ['database'] })
  expect(await diagnostics()).toEqual(['none, unsure'])
})
