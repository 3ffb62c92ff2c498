import { describe, expect, test } from '@jest/globals'
import { checkDag } from '../../contracts/dag-check.ts'

const KNOWN = new Set(['mine.list', 'mine.scan'])
const problems = (tasks: unknown, more: object = {}) => {
  const checked = checkDag({ tasks, ...more }, KNOWN)
  return checked.ok ? [] : checked.problems.map(({ path, message }) => `${path}: ${message}`)
}
const list = { run: 'mine.list' }

describe('a DAG document', () => {
  test('that is fine passes, with its defaults', () => {
    const checked = checkDag(
      {
        tasks: { a: list, b: { run: 'mine.scan', after: ['a'], each: '$task.a', with: { x: '$item.key', y: '$window.to', z: '$$free' } } },
      },
      KNOWN,
    )
    expect(checked.ok && checked.dag.tasks.b).toMatchObject({ trigger: 'all_success', width: 4, queue: 'control', onFailure: 'fail' })
  })

  const wrong: readonly (readonly [string, unknown, string, object?])[] = [
    ['an unknown task', { a: { run: 'mine.lst' } }, 'tasks.a.run: there is no task mine.lst; the nearest: mine.list, mine.scan'],
    [
      'an unknown upstream task',
      { a: list, b: { ...list, after: ['a', 'c'] } },
      'tasks.b.after[1]: there is no task or group c; the nearest: a, b',
    ],
    [
      'a cycle',
      { a: { ...list, after: ['c'] }, b: { ...list, after: ['a'] }, c: { ...list, after: ['b'] } },
      'tasks.a.after: a cycle: a → c → b → a',
    ],
    ['a task after itself', { a: { ...list, after: ['a'] } }, 'tasks.a.after: a cycle: a → a'],
    ['a bad trigger', { a: { ...list, trigger: 'sometimes' } }, 'tasks.a.trigger: Invalid option'],
    ['an unknown key', { a: { ...list, retries: 3 } }, 'tasks.a: Unrecognized key: "retries"'],
    ['no task', {}, 'tasks: a DAG needs at least one task'],
    [
      'a reference to a task that does not come before',
      { a: list, b: { ...list, with: { x: ['$task.a.n'] } } },
      'tasks.b.with.x[0]: $task.a.n: a is not a task that this one comes after',
    ],
    [
      'a reference to an unknown parameter',
      { a: { ...list, with: { x: '$param.dya' } } },
      'tasks.a.with.x: $param.dya: there is no parameter dya; the nearest: day',
      { params: { day: { type: 'string' } } },
    ],
    [
      'an item without each',
      { a: { ...list, with: { x: '$item.key' } } },
      'tasks.a.with.x: $item.key: only a task with `each` has an item',
    ],
    [
      'a condition on a task that does not come before',
      { a: list, b: { ...list, when: { value: '$task.a.n', op: '>', than: 1 } } },
      'tasks.b.when.value: $task.a.n: a is not a task that this one comes after',
    ],
    [
      'each over something else',
      { a: list, b: { ...list, after: ['a'], each: '$task.a.items' } },
      'tasks.b.each: must be `$task.ID`, a task that writes a list',
    ],
    [
      'a child pipeline with what it would ignore',
      { a: { run: 'pipeline:b', retry: { attempts: 3 }, queue: 'io' } },
      'tasks.a.retry: does not go with `pipeline:b`: the tasks of that pipeline have their own',
    ],
    ['a share of items without items', { a: { ...list, failedItems: 0.1 } }, 'tasks.a.failedItems: goes with `each`'],
    ['a task for failures of nothing', { a: { ...list, trigger: 'one_failed' } }, 'tasks.a.trigger: one_failed is unreachable'],
    ['a bad duration', { a: { ...list, timeouts: { attempt: '5 minutes' } } }, 'tasks.a.timeouts.attempt: a duration such as 30s, 10m, 2h'],
  ]
  for (const [name, tasks, message, more] of wrong) {
    test(`with ${name} is refused, with the place`, () => expect(problems(tasks, more).join('\n')).toContain(message))
  }

  test('may name a group, which stands for its tasks', () => {
    const checked = checkDag({ tasks: { a: { ...list, group: 'both' }, b: { ...list, group: 'both' }, c: { ...list, after: ['both'] } } })
    expect(checked.ok && checked.dag.tasks.c?.after).toEqual(['a', 'b'])
  })
})
