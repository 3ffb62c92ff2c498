import { expect, test } from '@jest/globals'
import { textMarks } from '../../activities/mining/threads/engine.ts'
import { type SessionValue, sessionValues } from '../../activities/mining/threads/session-values.ts'
import { knownTexts, type Step } from '../../activities/mining/threads/texts.ts'
import type { Defaults } from '../../contracts/lineage.ts'

interface Run {
  readonly sql: string
  readonly defaults: Defaults
  readonly defaultsIndex: number
  readonly session: SessionValue
}

/** What a scanning thread remembers, beside the steps that it takes. */
function reader(dialect: string) {
  const values = sessionValues()
  const texts = knownTexts({ connection: 'c', dialect, keepFullText: false, marks: textMarks(dialect) }, values)
  return {
    values,
    step({ sql, defaults, defaultsIndex, session }: Run): Step {
      const text = texts.find(sql, false)
      return texts.step(text, defaultsIndex, session) ?? texts.learn(text, sql, defaults, defaultsIndex, session)
    },
  }
}

/** The same numbers in each run. */
function numbers(): (below: number) => number {
  let state = 7
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const TABLES = ['t', 'u', 'stage', 'core.t', 'sales.u', 'totals']
const DEFAULTS: readonly Defaults[] = [
  { database: 'shop', schema: 'core' },
  { database: 'shop', schema: 'sales' },
  { database: null, schema: null },
]

const TEXTS: Readonly<Record<string, readonly string[]>> = {
  redshift: [
    'create temp table A as select x from B',
    'create table A as select * from B',
    'drop table if exists A',
    'insert into A select x from B',
    'select x from A join B using (x)',
    'alter table A rename to moved',
    'delete from A where x = 1',
    'set search_path to sales',
    'set query_group to 3',
    'create view A as select 1 as x; select * from A',
    'commit',
  ],
  snowflake: [
    'create temporary table A as select x from B',
    'create or replace table A clone B',
    'drop table A',
    'insert overwrite into A select x from B',
    'use schema sales',
    'alter table A swap with B',
    'copy into A from @loads/day.csv',
    "create table A as select * from identifier('B')",
  ],
  sqlserver: [
    'select x into #A from B',
    'drop table if exists #A',
    'insert into A select x from #B',
    'use other',
    'truncate table A',
    'declare @A table (x int); insert into @A select x from #B',
  ],
  hive: ['create temporary table A as select x from B', 'drop table A', 'use sales', 'from A insert into table B select x', 'select 1'],
}

/** The process, and the state it leaves. */
const told = ({ process, next }: Step, session: SessionValue) => ({ id: process.id, leaves: (next ?? session).digest })

test.each(Object.keys(TEXTS))('what a thread remembers of %s texts changes nothing in what a record is', (dialect) => {
  const remembering = reader(dialect)
  const next = numbers()
  const pick = <One>(of: readonly One[]): One => of[next(of.length)] as One // below its length
  const states: SessionValue[] = [remembering.values.empty]
  const ids = new Set<string>()
  for (let record = 0; record < 800; record++) {
    const sql = pick(TEXTS[dialect] ?? [])
      .replaceAll('A', pick(TABLES))
      .replaceAll('B', pick(TABLES))
    const defaultsIndex = next(DEFAULTS.length)
    const session = pick(states)
    const run = { sql, defaultsIndex, defaults: DEFAULTS[defaultsIndex] ?? {}, session }
    const step = remembering.step(run)
    const forgetful = reader(dialect)
    const { defaults, temps, variables } = session.state
    const same = forgetful.values.of({ ...session.state, defaults, temps, variables })
    const anew = forgetful.step({ ...run, session: same })
    expect({ sql, ...told(step, session) }).toEqual({ sql, ...told(anew, same) })
    if (!ids.has(step.process.id)) expect(step.process).toEqual(anew.process)
    ids.add(step.process.id)
    if (step.next !== null) states[states.length < 12 ? states.length : 1 + next(11)] = step.next
  }
  expect(ids.size).toBeGreaterThan(60)
})
