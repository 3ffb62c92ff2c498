import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openCatalog } from '../../catalog/open.ts'
import { type CliHome, cliHome } from '../support/cli.ts'

describe('documents of Athena', () => {
  let cli: CliHome
  beforeAll(async () => {
    cli = await cliHome()
  })
  afterAll(() => cli.remove())

  const lake = 'connections: [{ name: lake, connector: athena, config: { region: eu-west-1 } }]\n'

  it('are refused with the place of each mistake, before anything runs', async () => {
    const text = `${lake}pipelines:
  - { name: md, type: metadataIngestion, connection: lake, options: { tableFilterPattern: { includes: ["ok", "("] } } }
  - { name: us, type: usageIngestion, connection: lake, options: { queryLog: { kind: connection, workgroup: bi, pricePerTb: -1 } } }
  - { name: li, type: lineageIngestion, connection: lake, options: { schemaFilterPattern: { excludes: ['a\\Z'] }, keepDays: 3 } }
`
    const { code, stderr } = await cli.run(['apply', '-f', await cli.file('bad.yaml', text)])
    expect(code).toBe(2)
    for (const said of [
      /bad\.yaml:3:\d+: pipelines\[0\]\.options\.tableFilterPattern\.includes\[1\]: `\(` is no filter/,
      /bad\.yaml:5:\d+: pipelines\[2\]\.options\.schemaFilterPattern\.excludes\[0\]: .*Python's alone/,
      /pipelines\[2\]\.options\.keepDays: must be at least 46/,
    ])
      expect(stderr).toMatch(said)
  })

  it('may say of their query history what the connector knows, and nothing else', async () => {
    const text = `${lake}pipelines: [{ name: us, type: usageIngestion, connection: lake, options: { queryLog: { kind: connection, workgroup: bi, pricePerTb: -1 } } }]`
    const { code, stderr } = await cli.run(['apply', '-f', await cli.file('history.yaml', text)])
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/queryLog\.workgroup: .*did you mean `workgroups`/) })
    expect(stderr).toMatch(/queryLog\.pricePerTb: must be at least 0/)
  })

  it('dead letters of a query history are shown by the run that mined it', async () => {
    const text = `${lake}pipelines: [{ name: us, type: usageIngestion, connection: lake }]`
    expect((await cli.run(['apply', '-f', await cli.file('usage.yaml', text)])).code).toBe(0)
    const catalog = await openCatalog({ url: join(cli.home, 'catalog.db') })
    const object = '2026-01-05T00:00:00.000Z/abc.ndjson'
    const log = { pipeline: 'history:lake', object }
    const at = '2026-01-05T00:00:00.000Z'
    await catalog.db
      .insertInto('runs')
      .values({
        id: 'run1',
        pipeline: 'us',
        type: 'usageIngestion',
        workflow_id: 'w',
        temporal_run_id: 't',
        status: 'succeeded',
        window_from: null,
        window_to: null,
        input: '{}',
        dag: '{"tasks":{}}',
        counts: '{"deadLetters":{"SQL_BUDGET":1}}',
        warnings: '[]',
        error: null,
        started_at: at,
        ended_at: at,
        heartbeat_at: at,
      })
      .execute()
    await catalog.db
      .insertInto('mining_objects')
      .values({ ...log, etag: 'e', bytes: 1, seekable: 1, state: 'mined', run: 'run1' })
      .execute()
    await catalog.db
      .insertInto('dead_letters')
      .values({ ...log, line: 7, at_offset: 70, reason: 'SQL_BUDGET', sample: '' })
      .execute()
    await catalog.close()
    expect((await cli.json(['runs', 'dead-letters', 'run1'])).data).toMatchObject([{ object, line: 7, reason: 'SQL_BUDGET' }])
  })

  it('a report of a connection that is not there is a mistake, not good news', async () => {
    expect((await cli.run(['apply', '-f', await cli.file('lake.yaml', lake)])).code).toBe(0)
    expect((await cli.run(['lineage', 'report', '--connection', 'lake'])).stdout).toContain('Everything is resolved')
    const { code, stderr } = await cli.run(['lineage', 'report', '--connection', 'lak'])
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('CONNECTION_UNKNOWN') })
  })
})
