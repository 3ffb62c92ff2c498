import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { ERRORS, LodelineError } from '../../contracts/errors.ts'
import { nearest } from '../../contracts/nearest.ts'
import {
  type CheckResult,
  PLUGIN_API_VERSION,
  type Plugin,
  type QueryLog,
  type Sink,
  type SinkBatch,
  type Source,
} from '../../contracts/plugin.ts'
import { all, testHost } from '../support/host.ts'
import { ownMs } from '../support/own-time.ts'
import { startReceiver } from './sinks/receiver.ts'

/** What every plugin owes its users, asked of every folder. A plugin's own test is for what is its own. */

const PLUGINS = join(import.meta.dirname, '..', '..', 'plugins')
const STOP_MS = 1000

/** One thing with a config: a connector, a query log or a sink. */
interface Configured {
  readonly folder: string
  readonly name: string
  readonly config: z.ZodType
  readonly check?: (source: Source<unknown>) => AsyncIterable<CheckResult>
}

const folders = await pluginFolders()
const plugins = await Promise.all(folders.map(async (folder) => ({ folder, plugin: await load(folder) })))
const configured: readonly Configured[] = plugins.flatMap(({ folder, plugin }) => [
  ...(plugin.connectors ?? []).map(({ name, config, check }) => ({ folder, name, config, ...(check && { check }) })),
  ...(plugin.queryLogs ?? []).map(({ kind, options, check }) => ({ folder, name: kind, config: options, ...(check && { check }) })),
  ...(plugin.sinks ?? []).map(({ name, config, check }) => ({ folder, name, config, ...(check && { check }) })),
])

async function pluginFolders(): Promise<string[]> {
  const kinds = (await readdir(PLUGINS, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  const found = await Promise.all(kinds.map(async ({ name }) => (await readdir(join(PLUGINS, name))).map((folder) => `${name}/${folder}`)))
  return found.flat().sort()
}

async function load(folder: string): Promise<Plugin> {
  const { plugin } = (await import(join(PLUGINS, folder, 'plugin.ts'))) as { plugin: Plugin } // every folder exports it; the first test says so
  return plugin
}

const examplesOf = ({ config }: Configured): readonly object[] => (config.meta()?.['examples'] ?? []) as readonly object[]
const jsonSchemaOf = ({ config }: Configured) => z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' })

describe('plugins', () => {
  it('are found, fit this version, and have names of their own', () => {
    expect(folders).toEqual(expect.arrayContaining(['connectors/warehouses', 'query-logs/s3', 'sinks/openlineage']))
    expect(plugins.filter(({ plugin }) => plugin.apiVersion !== PLUGIN_API_VERSION)).toEqual([])
    for (const names of [
      plugins.map(({ plugin }) => plugin.name),
      configured.map(({ folder, name }) => `${folder.split('/')[0]} ${name}`),
    ]) {
      expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
    }
  })

  it('load no vendor SDK until they are used', async () => {
    // The sources of a plugin but api.ts, which is imported when a capability runs.
    const { readFile } = await import('node:fs/promises')
    for (const folder of folders) {
      for (const file of (await readdir(join(PLUGINS, folder))).filter((name) => name.endsWith('.ts') && name !== 'api.ts')) {
        const text = await readFile(join(PLUGINS, folder, file), 'utf8')
        expect({ folder, file, imports: text.match(/^import (?!type )[^;]*?from '(@aws-sdk|@duckdb|pg)[^']*'/gm) }).toEqual({
          folder,
          file,
          imports: null,
        })
      }
    }
  })
})

describe.each(configured.map((one) => [`${one.folder} ${one.name}`, one] as const))('%s', (_title, one) => {
  const [example = {}] = examplesOf(one)

  it('has examples that parse', () => {
    expect(examplesOf(one).length).toBeGreaterThan(0)
    for (const given of examplesOf(one)) expect(one.config.safeParse(given)).toMatchObject({ success: true })
  })

  it('describes every setting, and marks the secret ones', () => {
    const { properties = {} } = jsonSchemaOf(one)
    expect(Object.keys(properties).length).toBeGreaterThan(0)
    for (const [name, property] of Object.entries(properties)) {
      const { description, secret } = Object(property) as { description?: string; secret?: boolean }
      if (name !== 'kind') expect({ name, description }).toEqual({ name, description: expect.stringMatching(/.{8}/) })
      if (/secret|password|token$|apiKey/i.test(name)) expect({ name, secret }).toEqual({ name, secret: true })
    }
  })

  it('refuses an unknown setting, and the nearest one can be named', () => {
    const settings = Object.keys(jsonSchemaOf(one).properties ?? {})
    const meant = settings.find((name) => name.length > 5) ?? ''
    const typo = `${meant.slice(0, -2)}${meant.at(-1)}${meant.at(-2)}x`
    const parsed = one.config.safeParse({ ...example, [typo]: 'x' })
    const unknown = parsed.error?.issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []))
    expect(unknown).toEqual([typo])
    expect(nearest(typo, settings, 1)).toEqual([meant])
  })

  it('checks step by step, says what to do about what fails, and tells no secret', async () => {
    const host = testHost()
    const results: CheckResult[] = []
    const timer = setTimeout(host.abort, 5000)
    try {
      for await (const result of one.check?.({ connection: 'c', config: one.config.parse(onLoopback(one, example)), host }) ?? [])
        results.push(result)
    } catch (error) {
      if (!host.signal.aborted) expect(error).toBeInstanceOf(LodelineError) // thrown or yielded, an error is one of ours
    } finally {
      clearTimeout(timer)
    }
    for (const { step, status, message, remedy } of results) {
      expect(step).toMatch(/\S/)
      expect(message).toMatch(/\S{2}/)
      if (status === 'failed') expect({ step, remedy }).toEqual({ step, remedy: expect.stringMatching(/.{8}/) })
    }
    expect(JSON.stringify([results, host.lines])).not.toContain('t0p-s3cret')
  })

  it('stops within a second when told to', async () => {
    if (one.check === undefined) return
    const host = testHost()
    const running = all(one.check({ connection: 'c', config: one.config.parse(onLoopback(one, example)), host })).catch(
      (error: unknown) => error,
    )
    setTimeout(host.abort, 50)
    expect(await ownMs(running)).toBeLessThan(STOP_MS + 50)
  })
})

/** The example, with secrets to look for, and turned to a port of this machine where nobody listens: tests ask nothing of the world. */
function onLoopback(one: Configured, example: object): object {
  const settings = Object.keys(jsonSchemaOf(one).properties ?? {})
  const local: Record<string, string> = {
    accessKeyId: 'AKIAEXAMPLE',
    secretAccessKey: 't0p-s3cret',
    endpoint: 'http://127.0.0.1:1',
    stsEndpoint: 'http://127.0.0.1:1',
  }
  const secrets = Object.keys(example).filter((name) => /secret|password|token$|apiKey/i.test(name))
  return {
    ...example,
    ...Object.fromEntries(secrets.map((name) => [name, 't0p-s3cret'])),
    ...Object.fromEntries(Object.entries(local).filter(([name]) => settings.includes(name))),
    ...('url' in example ? { url: 'http://127.0.0.1:1' } : {}),
  }
}

describe('errors', () => {
  it('that plugins throw are in the table with a remedy', () => {
    for (const [code, { hint }] of Object.entries(ERRORS)) expect({ code, hint }).toEqual({ code, hint: expect.stringMatching(/.{8}/) })
  })
})

/** For each kind of query log, a small log of its kind with one plain and one compressed object. */
const LOGS: Readonly<Record<string, (folder: string, text: string) => Promise<object>>> = {
  async s3(folder, text) {
    await writeFile(join(folder, 'a.json'), text)
    await writeFile(join(folder, 'b.json.gz'), gzipSync(text))
    return { bucket: `file://${folder}` }
  },
}

describe.each(plugins.flatMap(({ plugin }) => (plugin.queryLogs ?? []).map((log) => [log.kind, log] as const)))(
  'query log %s',
  (kind, log: QueryLog) => {
    const text = Array.from({ length: 9000 }, (_, index) => `{"QUERY_TEXT":"select ${index} as héllo"}\n`).join('')
    const bytes = Buffer.from(text)
    let folder: string
    let config: unknown
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'lodeline-log-'))
      const prepare = LOGS[kind]
      if (prepare === undefined) throw new Error(`add a small log of kind ${kind} to LOGS`)
      config = log.options.parse(await prepare(folder, text))
    })
    afterAll(() => rm(folder, { recursive: true, force: true }))
    const source = () => ({ connection: 'c', config, host: testHost() })

    it('lists the same every time, in order, with what tells versions apart', async () => {
      const objects = await all(log.list(source()))
      expect(objects).toHaveLength(2)
      expect(await all(log.list(source()))).toEqual(objects)
      expect(objects.map(({ key }) => key)).toEqual(objects.map(({ key }) => key).sort())
      expect(objects.every(({ etag, bytes: size }) => etag !== '' && size > 0)).toBe(true)
    })

    it('reads the same bytes from any offset, every time', async () => {
      for (const object of await all(log.list(source()))) {
        for (const from of [0, 1, 4095, 65_536, 262_145, bytes.length - 1, bytes.length]) {
          for (const to of [from + 100_000, undefined]) {
            const range = to === undefined ? { from } : { from, to }
            const [first, second] = [
              Buffer.concat(await all(log.read(source(), object, range))),
              Buffer.concat(await all(log.read(source(), object, range))),
            ]
            expect(first.equals(bytes.subarray(from, to))).toBe(true)
            expect(second.equals(first)).toBe(true)
          }
        }
      }
    })

    it('stops reading within a second when told to', async () => {
      for (const object of await all(log.list(source()))) {
        const from = source()
        let blocks = 0
        const reading = (async () => {
          for await (const _block of log.read(from, object, { from: 0 })) if (++blocks === 1) from.host.abort()
        })().catch((error: unknown) => error)
        expect(await ownMs(reading)).toBeLessThan(STOP_MS)
        expect(await reading).toMatchObject({ message: 'stopped by the test' })
      }
    })

    it('names every key of a record it can find', () => {
      expect(log.format(config)).toMatchObject({ format: 'ndjson', keys: { sql: expect.any(String) }, maxLineBytes: expect.any(Number) })
    })
  },
)

const batch: SinkBatch = {
  connection: 'shop',
  namespace: 'snowflake://acme',
  processes: [
    {
      id: 'p1-0123456789abcdef',
      kind: 'INSERT',
      sql: 'insert into t select a from s',
      dialect: 'snowflake',
      inputs: [{ path: ['D', 'S', 'S'], kind: 'table', columns: [{ name: 'A' }] }],
      outputs: [{ path: ['D', 'S', 'T'], kind: 'table', columns: [{ name: 'A' }] }],
      edges: [
        {
          level: 'column',
          source: ['D', 'S', 'S'],
          sourceColumn: 'A',
          target: ['D', 'S', 'T'],
          targetColumn: 'A',
          kind: 'IDENTITY',
          confidence: 1,
        },
      ],
      lastRunAt: '2026-01-05T00:00:00.000Z',
      revision: 1,
    },
  ],
}
/** For each sink, the config that makes it deliver to a receiver at a URL. */
const SINKS: Readonly<Record<string, (url: string) => object>> = { openlineage: (url) => ({ url }) }

describe.each(plugins.flatMap(({ plugin }) => (plugin.sinks ?? []).map((sink) => [sink.name, sink] as const)))(
  'sink %s',
  (name, sink: Sink) => {
    const configFor = (url: string) => {
      const config = SINKS[name]
      if (config === undefined) throw new Error(`add a config for sink ${name} to SINKS`)
      return sink.config.parse(config(url))
    }

    it('delivers the same for the same batch, and asks for a retry when nobody is there', async () => {
      const receiver = await startReceiver()
      const source = { connection: 'shop', config: configFor(receiver.url), host: testHost() }
      expect(await sink.publish(source, batch)).toEqual({ delivered: 1, refused: [] })
      expect(await sink.publish(source, batch)).toEqual({ delivered: 1, refused: [] })
      expect(receiver.events[1]).toEqual(receiver.events[0])
      await receiver.stop()
      const failure = await sink.publish(source, batch).catch((error: unknown) => error)
      expect(failure).toMatchObject({ code: 'SINK_BUSY' })
      expect(ERRORS[(failure as LodelineError).code].retry).toBe(true)
    })
  },
)
