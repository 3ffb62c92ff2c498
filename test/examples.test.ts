import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { withAbsoluteFileUrls } from '../client/documents/file-urls.ts'
import { readDocuments } from '../client/documents/read.ts'
import type { QueryLog } from '../contracts/plugin.ts'
import { plugin as warehouses } from '../plugins/connectors/warehouses/plugin.ts'
import { plugin as s3 } from '../plugins/query-logs/s3/plugin.ts'
import { all, testHost } from './support/host.ts'

const EXAMPLES = join(import.meta.dirname, '..', 'examples')
const SOURCES = ['bigquery', 'hive', 'redshift', 'snowflake', 'sqlserver', 'synapse', 'teradata']
const [log] = s3.queryLogs as [QueryLog]

async function filesBelow(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return new Map(await Promise.all(paths.sort().map(async (path) => [relative(folder, path), await readFile(path, 'utf8')] as const)))
}

describe('the examples', () => {
  let copy: string
  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'lodeline-examples-'))
  })
  afterAll(() => rm(copy, { recursive: true, force: true }))

  it('are what their generator writes, and stay small', async () => {
    await cp(EXAMPLES, copy, { recursive: true, filter: (path) => !/^(query-logs|schemas)/.test(relative(EXAMPLES, path)) })
    await promisify(execFile)(process.execPath, [join(copy, 'generate.mjs')])
    for (const folder of ['query-logs', 'schemas']) {
      const [ours, written] = [await filesBelow(join(EXAMPLES, folder)), await filesBelow(join(copy, folder))]
      expect([...written.keys()]).toEqual([...ours.keys()])
      expect([...written].filter(([name, text]) => ours.get(name) !== text).map(([name]) => name)).toEqual([])
    }
    const bytes = [...(await filesBelow(EXAMPLES)).values()].reduce((sum, text) => sum + text.length, 0)
    expect(bytes).toBeLessThan(3_000_000)
  })

  it.each(SOURCES)('of %s apply as they are, and their log passes the check', async (source) => {
    const file = join(EXAMPLES, 'pipelines', `${source}.yaml`)
    const { connections, pipelines, problems } = readDocuments(file, await readFile(file, 'utf8'))
    expect(problems).toEqual([])
    const connector = warehouses.connectors?.find(({ name }) => name === connections[0]?.value.connector)
    expect(connector?.config.safeParse(connections[0]?.value.config)).toMatchObject({ success: true })
    const config = log.options.parse(pipelines[0]?.value.options['queryLog'])
    expect(config).toMatchObject({ bucket: pathToFileURL(join(EXAMPLES, 'query-logs', source)).href })
    if (log.check === undefined) throw new Error('no check')
    const results = await all(log.check({ connection: source, config, host: testHost() }))
    expect(results.map(({ step, status }) => `${step} ${status}`)).toEqual([
      'directory passed',
      'list passed',
      'read passed',
      'decrypt skipped',
      'records passed',
    ])
    expect(await all(log.list({ connection: source, config, host: testHost() }))).toHaveLength(4)
  })

  it('have schemas for every source', async () => {
    expect((await readdir(join(EXAMPLES, 'schemas'))).map((name) => name.split('.')[0])).toEqual(SOURCES)
  })
})

describe('file URLs in documents', () => {
  it('count from the file they are written in', () => {
    const value = { a: ['file://../logs', 'file:./here', 'file:///there', 's3://../bucket', 7, null] }
    expect(withAbsoluteFileUrls(value, '/etc/lodeline/shop.yaml')).toEqual({
      a: ['file:///etc/logs', 'file:///etc/lodeline/here', 'file:///there', 's3://../bucket', 7, null],
    })
  })
})
