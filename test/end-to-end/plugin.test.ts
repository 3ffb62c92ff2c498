import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { pluginFiles } from '../../client/cli/plugin-template.ts'
import { environment, ROOT } from '../support/cli.ts'
import { startTemporal, type TestTemporal } from '../support/temporal.ts'
import { startWorkerProcess, type TestWorker } from '../support/worker.ts'

/** Inside the clone, as the page has it: there `lodeline/plugin` is the clone itself. */
const HOME = join(ROOT, '.tools', `plugin-home-${process.pid}`)
const PAGE = readFileSync(join(ROOT, 'docs', 'writing-a-connector.md'), 'utf8')
const blocks = (language: string): readonly string[] =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => text ?? '')

let temporal: TestTemporal
let worker: TestWorker | null = null

beforeAll(async () => {
  mkdirSync(HOME, { recursive: true })
  temporal = await startTemporal()
})
afterAll(async () => {
  await worker?.kill()
  await temporal.stop()
  rmSync(HOME, { recursive: true, force: true })
})

/** One line of the page; its home is another here, and its Temporal. */
async function follow(line: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const [program = '', ...args] = line
    .replace('npx lodeline', join(ROOT, 'bin', 'lodeline'))
    .replaceAll('.lodeline/', `${HOME}/`)
    .split(' ')
  const node = join(ROOT, 'node_modules', '.bin', 'node')
  const options = {
    cwd: ROOT,
    timeout: 120_000,
    env: { ...environment(HOME), TEMPORAL_ADDRESS: temporal.address, ...env } as NodeJS.ProcessEnv,
  }
  const { stdout } = await promisify(execFile)(program === 'node' ? node : program, args, options)
  return stdout
}

test('docs/writing-a-connector.md, followed word by word, gives metadata, usage and lineage of a small source in 60 lines', async () => {
  const [first = '', second = ''] = blocks('sh')
  const written = blocks('ts')[0] ?? ''
  expect(written).toBe(pluginFiles('library', '')['plugin.ts'])
  expect(written.split('\n').length).toBeLessThanOrEqual(60)
  const before: string[] = []
  for (const line of first.trim().split('\n')) before.push(await follow(line))
  expect(before[1]).toContain('All is well.')
  expect(before[2]).toContain('pass 2')
  worker = await startWorkerProcess({ address: temporal.address, home: HOME, env: { LODELINE_PLUGINS: '' } })
  const said: string[] = []
  for (const line of second.trim().split('\n')) said.push(await follow(line))
  const [applied, , metadata, lineage, usage, shown, top] = said
  expect(applied).toContain('4 created')
  for (const run of [metadata, lineage, usage]) expect(run).toContain('succeeded')
  expect(shown).toMatch(/amount[\s\S]*shop\.orders\.amount\s+aggregation/)
  expect(top).toContain('shop.orders')
  expect(top).toContain('mart.revenue')
})

describe('plugins', () => {
  test('are checked and listed; a broken one is shown with its reason and costs nothing else', async () => {
    const folder = join(HOME, 'broken')
    mkdirSync(folder, { recursive: true })
    writeFileSync(
      join(folder, 'plugin.ts'),
      `import { definePlugin } from 'lodeline/plugin'\nexport const plugin = definePlugin({ name: 'b', apiVersion: 9 })\n`,
    )
    await expect(follow(`npx lodeline plugin check ${folder}`)).rejects.toMatchObject({
      code: 3,
      stdout: expect.stringContaining('apiVersion: must be 1'),
    })
    await expect(follow('npx lodeline plugin list', { LODELINE_PLUGINS: folder })).rejects.toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/athena[\s\S]*broken: apiVersion/),
    })
    expect(await follow('npx lodeline plugin list', { LODELINE_PLUGINS: join(ROOT, 'deploy', 'compose', 'plugins') })).toContain(
      'snowflake',
    )
  })

  test('outside the clone find the contract and zod; packages have to be JavaScript', async () => {
    const { mkdtemp, mkdir } = await import('node:fs/promises')
    const { tmpdir } = await import('node:os')
    const apart = await mkdtemp(join(tmpdir(), 'lodeline-plugins-'))
    const manifest = (name: string) =>
      `import { definePlugin } from 'lodeline/plugin'\nimport { z } from 'zod'\nexport const plugin = definePlugin({ name: '${name}', apiVersion: 1, activities: [{ name: '${name}.do', run: async () => z.object({}).parse({}) }] })\n`
    for (const [place, file] of [
      ['plugins/script', 'index.mjs'],
      ['plugins/typed', 'plugin.ts'],
      ['node_modules/packed', 'index.mjs'],
      ['node_modules/raw', 'index.ts'],
    ] as const) {
      await mkdir(join(apart, place), { recursive: true })
      writeFileSync(join(apart, place, file), manifest(place.split('/')[1] ?? ''))
      if (place.startsWith('node_modules'))
        writeFileSync(join(apart, place, 'package.json'), JSON.stringify({ name: place.slice(13), main: file }))
    }
    const named = [join(apart, 'plugins'), join(apart, 'node_modules', 'packed'), join(apart, 'node_modules', 'raw')].join(',')
    const failure: unknown = await follow('npx lodeline plugin list --json', { LODELINE_PLUGINS: named }).catch(
      (error: { stdout: string }) => JSON.parse(error.stdout),
    )
    expect(failure).toMatchObject({
      tasks: ['script.do', 'typed.do', 'packed.do'],
      problems: [{ folder: expect.stringContaining('raw'), message: expect.stringContaining('publish it compiled') }],
    })
    rmSync(apart, { recursive: true })
  })
})
