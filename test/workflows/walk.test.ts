import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { TRIGGER_RULES } from '../../contracts/dag.ts'
import { retry, setPaused, skip } from '../../workflows/steer.ts'
import { failureOf } from '../../workflows/walk.ts'
import { type Behaviour, play } from './fake-world.ts'

const list = (items: number) => ({ manifest: 'm', items })

describe('a walk over a DAG', () => {
  test('runs tasks after those they come after, side by side where they may', async () => {
    const played = await play({
      dag: { tasks: { a: { run: 'x' }, b: { run: 'x', after: ['a'] }, c: { run: 'x', after: ['a'] }, d: { run: 'x', after: ['b', 'c'] } } },
    })
    expect(played.calls.map(({ task }) => task)).toEqual(['a', 'b', 'c', 'd'])
    expect(played.mostAtOnce).toBe(2)
    expect(played.end).toBe('finished')
  })

  test('hands outputs, parameters and the window on', async () => {
    const dag = {
      params: { day: { type: 'string' } },
      tasks: {
        a: { run: 'x' },
        b: {
          run: 'x',
          after: ['a'],
          with: {
            n: '$task.a.rows',
            d: '$param.day',
            from: '$window.from',
            none: '$task.a.nope',
            text: '$$a',
            deep: { list: ['$task.a.rows'] },
          },
        },
      },
    }
    const played = await play({ dag, tasks: { a: { rows: 7 } }, params: { day: 'monday' } })
    expect(played.calls[1]?.with).toEqual({ n: 7, d: 'monday', from: '2026-01-01T00:00:00Z', none: null, text: '$a', deep: { list: [7] } })
  })

  test('a failed branch stops what needs it and nothing else', async () => {
    const dag = {
      tasks: {
        bad: { run: 'x' },
        after: { run: 'x', after: ['bad'] },
        good: { run: 'x' },
        cleanup: { run: 'x', after: ['after'], trigger: 'all_done' },
      },
    }
    const played = await play({ dag, tasks: { bad: '!BROKEN' } })
    expect(played.states).toEqual({ bad: 'failed', after: 'upstreamFailed', good: 'succeeded', cleanup: 'succeeded' })
    expect(failureOf(played.walking)).toEqual({ code: 'BROKEN', message: 'Task bad failed: failed with BROKEN' })
  })

  test('a tolerated failure lets the rest go on, and the run succeed', async () => {
    const dag = { tasks: { bad: { run: 'x', onFailure: 'continue' }, after: { run: 'x', after: ['bad'] } } }
    const played = await play({ dag, tasks: { bad: '!BROKEN' } })
    expect(played.states).toEqual({ bad: 'failed', after: 'succeeded' })
    expect(failureOf(played.walking)).toBeUndefined()
  })

  test('conditions skip', async () => {
    const when = (op: string, than?: unknown) => ({
      run: 'x',
      after: ['a'],
      when: { value: '$task.a.n', op, ...(than === undefined ? {} : { than }) },
    })
    const dag = {
      tasks: {
        a: { run: 'x' },
        gt: when('>', 3),
        le: when('<=', 3),
        eq: when('==', 5),
        ne: when('!=', 5),
        in: when('in', [4, 5]),
        has: when('exists'),
      },
    }
    const played = await play({ dag, tasks: { a: { n: 5 } } })
    expect(played.states).toEqual({
      a: 'succeeded',
      gt: 'succeeded',
      le: 'skipped',
      eq: 'succeeded',
      ne: 'skipped',
      in: 'succeeded',
      has: 'succeeded',
    })
  })

  test('a short circuit skips everything after it, whatever the trigger', async () => {
    const dag = {
      tasks: {
        a: { run: 'x', shortCircuit: true },
        b: { run: 'x', after: ['a'] },
        c: { run: 'x', after: ['b'], trigger: 'all_done' },
        d: { run: 'x' },
      },
    }
    const played = await play({ dag, tasks: { a: { continue: false } } })
    expect(played.states).toEqual({ a: 'succeeded', b: 'skipped', c: 'skipped', d: 'succeeded' })
  })

  test('completed tasks of an earlier run are not repeated', async () => {
    const dag = { tasks: { a: { run: 'x' }, b: { run: 'x', after: ['a'], with: { n: '$task.a.n' } } } }
    const played = await play({ dag, completed: { a: { n: 3 } } })
    expect(played.calls).toMatchObject([{ task: 'b', with: { n: 3 } }])
  })
})

describe('mapped tasks', () => {
  const dag = (more: object = {}) => ({
    tasks: { list: { run: 'x' }, each: { run: 'x', after: ['list'], each: '$task.list', width: 3, ...more } },
  })

  test('run once an item, never more at once than the width', async () => {
    const played = await play({ dag: dag(), tasks: { list: list(10) } })
    expect(played.mostAtOnce).toBe(3)
    expect(played.calls.slice(1).map(({ items }) => items?.from)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(played.walking.progress.tasks.each?.output).toEqual({ items: 10, done: 10, failed: 0 })
  })

  test('an empty list succeeds', async () => {
    const played = await play({ dag: dag(), tasks: { list: list(0) } })
    expect(played.states.each).toBe('succeeded')
  })

  test('fail when more items fail than the share allows, after all have had their turn', async () => {
    const some: Behaviour = ({ items }) =>
      (items?.from ?? 0) < 3 ? { done: 0, failed: 1, error: { code: 'BAD', message: 'bad item' } } : { done: 1, failed: 0 }
    const strict = await play({ dag: dag({ failedItems: 0.29 }), tasks: { list: list(10), each: some } })
    expect(strict.states.each).toBe('failed')
    expect(strict.calls).toHaveLength(11)
    expect(failureOf(strict.walking)?.message).toBe('Task each failed: 3 of 10 items failed; the first: bad item')
    const lenient = await play({ dag: dag({ failedItems: 0.3 }), tasks: { list: list(10), each: some } })
    expect(lenient.states.each).toBe('succeeded')
  })

  test('a hopeless map stops early', async () => {
    const played = await play({ dag: dag(), tasks: { list: list(1000), each: '!DENIED' } })
    expect(played.states.each).toBe('failed')
    expect(played.calls.length).toBeLessThan(30)
  })

  test('many items share activities', async () => {
    const played = await play({
      dag: dag({ width: 50 }),
      tasks: { list: list(100_000), each: ({ items }) => ({ done: items?.count ?? 0, failed: 0 }) },
    })
    expect(played.calls.length).toBe(5001)
    expect(played.walking.progress.tasks.each?.output).toEqual({ items: 100_000, done: 100_000, failed: 0 })
    expect(played.records.length).toBeLessThan(120)
  })

  test('a long history continues as new with the cursor, and nothing is lost or done twice', async () => {
    const document = dag()
    const seen: number[] = []
    const each: Behaviour = ({ items }) => {
      seen.push(items?.from ?? -1)
      return { done: 1, failed: 0 }
    }
    const tasks = { list: list(50), each }
    let calls = 0
    let played = await play({ dag: document, tasks, historyIsLong: (made) => ({ should: made >= 12, must: false }) })
    for (calls = 1; played.end === 'continue'; calls++) {
      const progress = JSON.parse(JSON.stringify(played.walking.progress)) // as Temporal carries it
      played = await play({ dag: document, tasks, progress, historyIsLong: (made) => ({ should: made >= 12, must: false }) })
    }
    expect(calls).toBeGreaterThan(3)
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, at) => at))
    expect(played.walking.progress.tasks.each?.output).toEqual({ items: 50, done: 50, failed: 0 })
  })
})

describe('tasks that wait', () => {
  test('a task that says "again" is asked again after its time', async () => {
    let asked = 0
    const played = await play({
      dag: { tasks: { sensor: { run: 'x' } } },
      tasks: { sensor: () => (++asked < 4 ? { again: '30s' } : { found: true }) },
    })
    expect(asked).toBe(4)
    expect(played.slept).toBe(90_000)
    expect(played.walking.progress.tasks.sensor?.output).toEqual({ found: true })
  })

  test('but not past its total timeout', async () => {
    const dag = { tasks: { sensor: { run: 'x', timeouts: { total: '2m' } } } }
    const played = await play({ dag, tasks: { sensor: { again: '30s' } } })
    expect(played.states.sensor).toBe('failed')
    expect(played.walking.progress.tasks.sensor?.error?.code).toBe('TASK_TIMEOUT')
  })

  test('items that a full pool gave back come again', async () => {
    let free = 0
    const dag = { tasks: { list: { run: 'x' }, each: { run: 'x', after: ['list'], each: '$task.list', width: 4, pool: 'p' } } }
    const done = new Set<number>()
    const each: Behaviour = ({ items }) => {
      if (free++ % 3 !== 0) return { again: '1s' }
      done.add(items?.from ?? -1)
      return { done: 1, failed: 0 }
    }
    const played = await play({ dag, tasks: { list: list(9), each } })
    expect(done.size).toBe(9)
    expect(played.states.each).toBe('succeeded')
  })

  test('a waiting task counts as failed when nobody comes', async () => {
    const played = await play({
      dag: { tasks: { a: { run: 'x', onFailure: 'wait' }, b: { run: 'x', after: ['a'] } } },
      tasks: { a: '!BAD' },
    })
    expect(played.states).toEqual({ a: 'failed', b: 'upstreamFailed' })
    expect(played.records.some(({ status }) => status === 'waiting')).toBe(true)
  })
})

describe('steering', () => {
  const dag = { tasks: { a: { run: 'x', onFailure: 'wait' }, b: { run: 'x', after: ['a'] } } }

  test('retry runs a waiting task again, and what did not run because of it', async () => {
    let tries = 0
    const played = await play({
      dag,
      tasks: { a: () => (tries++ === 0 ? Promise.reject(new Error('BAD')) : { fine: true }) },
      onRecord: (walking, { status }) => {
        if (status === 'waiting') retry(walking, undefined)
      },
    })
    expect(played.states).toEqual({ a: 'succeeded', b: 'succeeded' })
    expect(played.end).toBe('finished')
  })

  test('skip lets a waiting run end', async () => {
    const played = await play({
      dag,
      tasks: { a: '!BAD' },
      onRecord: (walking, { status }) => void (status === 'waiting' && skip(walking, ['a'])),
    })
    expect(played.states).toEqual({ a: 'skipped', b: 'skipped' })
    expect(failureOf(played.walking)).toBeUndefined()
  })

  test('skip stops a running task', async () => {
    let stopped = false
    const forever: Behaviour = (_, signal) =>
      new Promise((done) => {
        const timer = setInterval(() => {
          if (!signal.cancelled) return
          stopped = true
          clearInterval(timer)
          done({})
        }, 1)
      })
    const played = await play({
      dag: { tasks: { a: { run: 'x' }, b: { run: 'x', after: ['a'], trigger: 'all_done' } } },
      tasks: { a: forever },
      onRecord: (walking, { tasks }) => void (tasks.some(({ task, state }) => task === 'a' && state === 'running') && skip(walking, ['a'])),
    })
    expect(played.states).toEqual({ a: 'skipped', b: 'succeeded' })
    expect(played.end).toBe('finished')
    await new Promise((done) => setTimeout(done, 5))
    expect(stopped).toBe(true)
  })

  test('a paused run starts nothing until it is resumed', async () => {
    let asked = false
    let startedWhilePaused = -1
    const started: string[] = []
    const note: Behaviour = ({ task }) => {
      started.push(task)
      return {}
    }
    const played = await play({
      dag: { tasks: { a: { run: 'x' }, b: { run: 'x', after: ['a'] } } },
      tasks: { a: note, b: note },
      onRecord: (walking, { status, tasks }) => {
        if (tasks.some(({ task, state }) => task === 'a' && state === 'running')) setPaused(walking, true)
        if (status !== 'paused' || asked) return
        asked = true
        setTimeout(() => {
          startedWhilePaused = started.filter((task) => task === 'b').length
          setPaused(walking, false)
        }, 20)
      },
    })
    expect(startedWhilePaused).toBe(0)
    expect(started).toEqual(['a', 'b'])
    expect(played.end).toBe('finished')
  })

  test('a cancelled run stops what runs and starts nothing', async () => {
    const played = await play({
      dag: { tasks: { a: { run: 'x' }, b: { run: 'x', after: ['a'] } } },
      tasks: { a: () => new Promise(() => undefined) },
      cancelAfter: 1,
    })
    expect(played.end).toBe('cancelled')
    expect(played.states).toEqual({ a: 'cancelled', b: 'none' })
  })

  test('a run that takes too long is stopped', async () => {
    const played = await play({ dag: { timeout: '1h', tasks: { a: { run: 'x' } } }, tasks: { a: { again: '20m' } } })
    expect(played.end).toBe('timedOut')
    expect(played.states.a).toBe('cancelled')
  })
})

describe('any DAG', () => {
  const rule = fc.constantFrom(...TRIGGER_RULES)
  const end = fc.constantFrom('fine', 'fails', 'tolerated')
  const shape = fc.array(fc.record({ rule, end, after: fc.array(fc.nat({ max: 30 }), { maxLength: 3 }) }), { minLength: 1, maxLength: 8 })

  test('ends, and runs each task once or not at all', async () => {
    await fc.assert(
      fc.asyncProperty(shape, async (rows) => {
        const tasks = rows.map(({ rule: trigger, end: how, after: before }, at) => {
          const after = at === 0 ? [] : [...new Set(before.map((n) => `t${n % at}`))]
          const isUnreachable = after.length === 0 && (trigger === 'one_failed' || trigger === 'all_failed') // which is refused
          const task = { run: 'x', onFailure: how === 'tolerated' ? 'continue' : 'fail', after }
          return [`t${at}`, isUnreachable ? task : { ...task, trigger }]
        })
        const behaviours = rows.map(({ end: how }, at): [string, Behaviour] => [`t${at}`, how === 'fine' ? {} : '!BAD'])
        const played = await play({ dag: { tasks: Object.fromEntries(tasks) }, tasks: Object.fromEntries(behaviours) })
        const ran = played.calls.map(({ task }) => task)
        expect(new Set(ran).size).toBe(ran.length)
        expect(Object.values(played.states).every((state) => ['succeeded', 'failed', 'skipped', 'upstreamFailed'].includes(state))).toBe(
          true,
        )
        expect(played.end).toBe('finished')
      }),
      { numRuns: 200 },
    )
  })
})
