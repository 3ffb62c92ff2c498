import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from '@jest/globals'
import { type ConfigSource, describeConfig, loadConfig } from '../../worker/config.ts'
import { loadPlugins } from '../../worker/registry.ts'
import { startThreads } from '../../worker/threads.ts'

const folder = mkdtempSync(join(tmpdir(), 'parts-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const write = (name: string, text: string): string => {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  return path
}

describe('settings', () => {
  const source = (more: Partial<ConfigSource> = {}): ConfigSource => ({
    env: { LODELINE_HOME: folder },
    args: [],
    root: '/nowhere',
    ...more,
  })

  test('come from the file, over it the environment, over it flags; each says from where', () => {
    const file = write('a.yaml', 'log: { level: warn }\nthreads: { count: 3 }\ntemporal: { namespace: filed }\n')
    const from = source({
      env: { LODELINE_HOME: folder, LODELINE_CONFIG: file, LODELINE_THREADS: '5', TEMPORAL_NAMESPACE: 'envied' },
      args: ['--temporal-namespace', 'flagged'],
    })
    expect(loadConfig(from)).toMatchObject({ log: { level: 'warn' }, threads: { count: 5 }, temporal: { namespace: 'flagged' } })
    const sources = Object.fromEntries(describeConfig(from).map(({ name, source: where }) => [name, where]))
    expect(sources).toMatchObject({
      'log.level': file,
      'threads.count': 'environment LODELINE_THREADS',
      'temporal.namespace': 'flag --temporal-namespace',
      plugins: 'default',
    })
  })

  test('keep the catalog under the home where nothing else is said', () => {
    expect(loadConfig(source()).catalog.url).toBe(`sqlite:${join(folder, 'catalog.db')}`)
  })

  test('of which one cannot be read are named', () => {
    const from = source({ env: { LODELINE_HOME: folder, LODELINE_POOLS: '{x' } })
    expect(() => loadConfig(from)).toThrow('LODELINE_POOLS: must be JSON such as {"warehouse": 4}, not {x')
  })

  test('never show a password', () => {
    const shown = describeConfig(source({ env: { LODELINE_CATALOG_URL: 'postgres://me:hunter2@db/x' } }))
    expect(JSON.stringify(shown)).not.toContain('hunter2')
    expect(shown.find(({ name }) => name === 'catalog.url')?.value).toBe('postgres://me:***@db/x')
  })

  const wrong: readonly (readonly [string, string, string])[] = [
    ['an unknown one', 'thread: { count: 3 }', 'there is no setting thread.count; did you mean threads.count?'],
    ['a wrong type', 'threads: { count: many }', 'threads.count'],
    ['a wrong choice', 'log: { level: loud }', 'log.level'],
    ['broken YAML', 'log: { level: warn', 'at line 1'],
    ['a list', '- a', 'must hold settings by name'],
    ['a queue that is none', 'serves: [workflow]', 'serves: there is no workflow; there are workflows, control'],
    ['an empty pool', 'pools: { narrow: 0 }', 'pools: narrow: must be a whole number, at least 1'],
  ]
  for (const [name, text, message] of wrong) {
    test(`in a file: ${name} is named`, () => {
      const file = write('wrong.yaml', text)
      expect(() => loadConfig(source({ env: { LODELINE_CONFIG: file } }))).toThrow(message)
      expect(() => loadConfig(source({ env: { LODELINE_CONFIG: file } }))).toThrow('wrong.yaml')
    })
  }
})

describe('plugins', () => {
  const load = (folders: readonly string[], named: readonly string[] = []) =>
    loadPlugins({ folders, named, builtIn: new Set(['publish']), cwd: folder })
  const task = (name: string) => `{ name: '${name}', run: async () => ({}) }`

  test('are found in folders, one level down and two, and by path', async () => {
    write('p1/one/index.mjs', `export const plugin = { name: 'one', apiVersion: 1, activities: [${task('one.a')}] }`)
    write('p1/connectors/two/plugin.js', `exports.plugin = { name: 'two', apiVersion: 1, activities: [${task('two.a')}] }`)
    write('apart/index.mjs', `export default { name: 'apart', apiVersion: 1, pipelines: { nightly: { tasks: { a: { run: 'one.a' } } } } }`)
    const registry = await load([join(folder, 'p1')], ['./apart'])
    expect([...registry.activities.keys()].sort()).toEqual(['one.a', 'two.a'])
    expect([...registry.pipelines.keys()]).toEqual(['nightly'])
    expect(registry.problems).toEqual([])
  })

  test('that are broken cost only themselves, and say why', async () => {
    write('p2/a-good/index.mjs', `export const plugin = { name: 'good', apiVersion: 1, activities: [${task('good.a')}] }`)
    write('p2/b-old/index.mjs', `export const plugin = { name: 'old', apiVersion: 0 }`)
    write('p2/c-none/index.mjs', 'export const other = 1')
    write('p2/d-throws/index.mjs', `throw new Error('no driver')`)
    write('p2/e-same/index.mjs', `export const plugin = { name: 'good', apiVersion: 1 }`)
    write('p2/f-taken/index.mjs', `export const plugin = { name: 'f', apiVersion: 1, activities: [${task('good.a')}, ${task('publish')}] }`)
    write('p2/g-shape/index.mjs', `export const plugin = { name: 'g', apiVersion: 1, sinks: [{ name: 's', title: 'S', config: 1 }] }`)
    write(
      'p2/h-type/index.mjs',
      `export const plugin = { name: 'h', apiVersion: 1, pipelines: { usageIngestion: { tasks: { a: { run: 'good.a' } } } } }`,
    )
    write(
      'p2/i-dag/index.mjs',
      `export const plugin = { name: 'i', apiVersion: 1, pipelines: { mine: { tasks: { a: { run: 'x', after: ['b'] } } } } }`,
    )
    const registry = await load([join(folder, 'p2')], ['no-such-package'])
    expect([...registry.activities.keys()]).toEqual(['good.a'])
    const why = Object.fromEntries(registry.problems.map(({ folder: place, message }) => [place.split('/').at(-1), message]))
    expect(why['b-old']).toContain('apiVersion: must be 1')
    expect(why['c-none']).toContain('exports no `plugin`')
    expect(why['d-throws']).toContain('no driver')
    expect(why['e-same']).toContain('a plugin named good is loaded already')
    expect(why['f-taken']).toContain('task good.a, task publish: the name is taken')
    expect(why['g-shape']).toContain('sinks.0.config: must be a zod schema')
    expect(why['h-type']).toContain('pipeline type usageIngestion: the name is taken')
    expect(why['i-dag']).toContain('pipelines.mine.tasks.a.after[0]: there is no task or group b')
    expect(why['no-such-package']).toContain('no-such-package')
  })
})

describe('threads', () => {
  const file = pathToFileURL(
    write(
      'work.mjs',
      `export const add = ({ a, b }) => a + b
       export const spin = () => { for (;;); }
       export const busy = (ms) => { for (const end = Date.now() + ms; Date.now() < end; ); return ms }
       export const grow = () => { const all = []; for (;;) all.push(new Array(1e5).fill(Math.random())) }
       export const fail = () => { throw new TypeError('broken') }`,
    ),
  )

  test('work, and are ended when they break their budget, their memory or are not wanted any more', async () => {
    const threads = startThreads({ count: 2, memoryMb: 64 })
    try {
      expect(await threads.run({ file, name: 'add' }, { a: 1, b: 2 })).toBe(3)
      await expect(threads.run({ file, name: 'fail' }, null)).rejects.toThrow('broken')
      await expect(threads.run({ file, name: 'spin' }, null, { budgetMs: 200 })).rejects.toMatchObject({ code: 'THREAD_BUDGET' })
      await expect(threads.run({ file, name: 'grow' }, null)).rejects.toMatchObject({ code: 'THREAD_MEMORY' })
      const stop = new AbortController()
      setTimeout(() => stop.abort(new Error('enough')), 100)
      await expect(threads.run({ file, name: 'spin' }, null, { signal: stop.signal })).rejects.toThrow('enough')
      expect(await threads.run({ file, name: 'add' }, { a: 2, b: 2 })).toBe(4)
      const budgetMs = 3_000
      const waiting = Array.from({ length: 18 }, () => threads.run({ file, name: 'busy' }, 400, { budgetMs })) // the last waits for longer than its budget
      expect(await Promise.all(waiting)).toEqual(Array(18).fill(400))
    } finally {
      await threads.close()
    }
  })
})
