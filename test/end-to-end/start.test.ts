import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { isAlive, runningServer } from '../../deploy/dev-server/running.ts'
import { type CliHome, cliHome, environment, ROOT } from '../support/cli.ts'
import { pythonProgram } from '../support/python.ts'

/** The whole product as a user starts it: dev server, worker, catalog and the example logs, in processes of their own. */

let cli: CliHome
let temporal: string
let env: Record<string, string | undefined>
beforeAll(async () => {
  cli = await cliHome()
  temporal = await pythonProgram('temporal')
  env = {
    ...environment(cli.home),
    PATH: [dirname(temporal), process.env['PATH']].join(delimiter),
    LODELINE_TEMPORAL_PORT: '0',
    LODELINE_HEALTH_PORT: '0',
  }
})
afterAll(() => cli.remove())

interface DemoData {
  readonly sources: readonly {
    readonly pipeline: string
    readonly status: string
    readonly objects: number
    readonly records: number
    readonly edges: number
    readonly deadLetters: number
    readonly unchanged: boolean
  }[]
}

const exported = async () => (await cli.run(['lineage', 'export'])).stdout.split('\n').sort()

describe('up --demo --once', () => {
  test('mines the logs of all seven sources and shows what came out', async () => {
    const { code, stdout, stderr } = await cli.run(['up', '--demo', '--once'], { env })
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    for (const source of ['bigquery', 'hive', 'redshift', 'snowflake', 'sqlserver', 'synapse', 'teradata'])
      expect(stdout).toMatch(new RegExp(`${source}-history +4 +5\\d\\d .*succeeded`))
    expect(stdout).toMatch(/└─ SHOP\.MART\.FCT_ORDERS\.CATEGORY\n│ +└─ SHOP\.RAW\.PRODUCTS\.CATEGORY/)
    expect(stdout).toContain('Try next')
  })

  test('again is quick, mines nothing and changes nothing', async () => {
    const before = await exported()
    expect(before.length).toBeGreaterThan(500)
    const { code, data } = await cli.json(['up', '--demo', '--once'], { env })
    const { sources } = data as DemoData
    expect(code).toBe(0)
    expect(sources.map(({ status, unchanged, objects, deadLetters }) => ({ status, unchanged, objects, deadLetters }))).toEqual(
      Array(7).fill({ status: 'succeeded', unchanged: true, objects: 4, deadLetters: 3 }),
    )
    expect(await exported()).toEqual(before)
  })

  test('leaves nothing running', async () => {
    expect(await runningServer(cli.home)).toBeNull()
    expect(existsSync(join(cli.home, 'up.pid'))).toBe(false)
  })
})

describe('up', () => {
  let up: ChildProcess
  let serving: { readonly address: string; readonly pid: number }
  beforeAll(async () => {
    up = spawn(join(ROOT, 'bin', 'lodeline'), ['up'], { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    up.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text))
    for (let waited = 0; !said.includes('Serving until Ctrl-C') && waited < 2_400; waited++) await pause(100)
    const server = await runningServer(cli.home)
    if (server === null) throw new Error(said)
    serving = server
  })
  afterAll(async () => {
    if (up.exitCode === null) up.kill('SIGKILL')
  })

  const pipelineRun = async (...flags: string[]) => {
    const { code, data } = await cli.json(['pipeline', 'run', 'snowflake-history', '--wait', ...flags])
    return { code, run: data as { id: string; status: string; workflowId: string; counts: Record<string, number> } }
  }

  test('other terminals find it: a run is started, waited for, shown and listed', async () => {
    const { code, run } = await pipelineRun('--reprocess')
    expect({ code, status: run.status, objects: run.counts['objects'] }).toEqual({ code: 0, status: 'succeeded', objects: 4 })
    expect((await cli.json(['runs', 'show', run.id.slice(0, 8)])).data).toEqual(run)
    expect((await cli.json(['runs', 'list', '--limit', '1'])).data).toMatchObject([{ id: run.id }])
    expect((await cli.json(['runs', 'dead-letters', run.id])).data).toHaveLength(3)
    expect((await cli.run(['runs', 'logs', run.id])).code).toBe(0)
    expect(await cli.run(['runs', 'cancel', run.id])).toMatchObject({ code: 0, stdout: expect.stringContaining('has ended already') })
    expect((await cli.run(['doctor'])).stdout).toMatch(/Temporal answers, and \d+ worker/)
  })

  test('the same request id is the same run', async () => {
    const [one, other] = [await pipelineRun('--request-id', 'once'), await pipelineRun('--request-id', 'once')]
    expect(other.run.id).toBe(one.run.id)
    expect(other.run.workflowId).toBe('lodeline/snowflake-history/manual/once')
  })

  test('a run that was started by Temporal own command line is a run like any other', async () => {
    const run = promisify(execFile)
    const input = '{"pipeline":"hive-history"}'
    await run(temporal, [
      'workflow',
      'start',
      '--address',
      serving.address,
      '--type',
      's3QueryMining',
      '--task-queue',
      'lodeline',
      '--workflow-id',
      'by-hand',
      '--input',
      input,
    ])
    const { stdout } = await run(temporal, ['workflow', 'result', '--address', serving.address, '--workflow-id', 'by-hand', '-o', 'json'])
    expect(JSON.parse(stdout)).toMatchObject({ status: 'COMPLETED', result: { status: 'succeeded' } })
    expect((await cli.json(['runs', 'show', 'by-hand'])).data).toMatchObject({ pipeline: 'hive-history', status: 'succeeded' })
  })

  test('a Temporal server that is killed comes back at the same address, and runs go on', async () => {
    const before = serving
    process.kill(before.pid, 'SIGKILL')
    for (let waited = 0; waited < 1_200; waited++) {
      const server = await runningServer(cli.home)
      if (server !== null && server.pid !== before.pid) serving = server
      if (serving !== before) break
      await pause(100)
    }
    expect(serving).toMatchObject({ address: before.address })
    expect(await pipelineRun()).toMatchObject({ code: 0, run: { status: 'succeeded' } })
  })

  test('a long run is followed and cancelled; what is waited for says so by its exit code', async () => {
    const folder = join(cli.home, 'long')
    await mkdir(folder)
    const line = (index: number) =>
      JSON.stringify({ QUERY_TEXT: `insert into mart.t${index} select a${index} + b as c from raw.s${index % 97} where d = ${index}` })
    for (let part = 0; part < 4; part++)
      await writeFile(join(folder, `${part}.json`), Array.from({ length: 60_000 }, (_, index) => line(part * 60_000 + index)).join('\n'))
    const documents = await cli.file(
      'long.yaml',
      `pipelines: [{ name: long, type: s3QueryMining, connection: snowflake, options: { queryLog: { kind: s3, bucket: "file:./long" } } }]`,
    )
    expect((await cli.run(['apply', '-f', documents])).code).toBe(0)
    const waiting = cli.run(['pipeline', 'run', 'long', '--wait', '--request-id', 'long'])
    const id = 'lodeline/long/manual/long'
    for (let tries = 0; (await cli.run(['runs', 'show', id])).code !== 0 && tries < 100; tries++) await pause(100)
    const following = cli.run(['runs', 'logs', id, '--follow'])
    expect(await cli.run(['runs', 'cancel', id, '--wait'])).toMatchObject({ code: 0, stdout: expect.stringContaining('cancelled') })
    expect(await waiting).toMatchObject({ code: 3, stdout: expect.stringMatching(/state +cancelled/) })
    expect((await following).code).toBe(0)
  })

  test('the program of the README runs as it stands', async () => {
    const program = /```ts\n(import \{ connect \}[\s\S]*?)```/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))?.[1] ?? ''
    expect(program.trim().split('\n').length).toBeLessThanOrEqual(10)
    const file = join(ROOT, '.tools', `readme-${process.pid}.ts`) // in the clone, where `lodeline` names it
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, program)
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [file], { env: { ...env, NODE_OPTIONS: '' } })
      expect(stdout).toMatch(/list succeeded[\s\S]*succeeded .* records .* edges/)
    } finally {
      await rm(file)
    }
  })

  test('what the README shows of the examples is what comes out', async () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
    const shown = await cli.run(['lineage', 'show', 'orders.amount', '--connection', 'snowflake', '--downstream'])
    expect(readme).toContain(shown.stdout.trim())
    const parsed = await cli.run(['lineage', 'parse', '-'], { input: 'insert into mart.t select a + b as c from raw.s\n' })
    expect(readme).toContain(parsed.stdout.trim())
  })

  test('assets, lineage and usage are shown; a wrong name gives the nearest', async () => {
    expect(await cli.run(['lineage', 'show', 'SHOP.MART.DAILY_REVENU'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('`SHOP.MART.DAILY_REVENUE`'),
    })
    expect(await cli.run(['lineage', 'show', 'SHOP.MART.DAILY_REVENUE.REVENU'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean `REVENUE`'),
    })
    expect(await cli.run(['catalog', 'show', 'fct_orders'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--connection') })
    const { data } = await cli.json(['lineage', 'show', 'SHOP.MART.DAILY_REVENUE', '--columns', '--upstream', '--depth', '1'])
    expect((data as { edges: object[] }).edges).toContainEqual(
      expect.objectContaining({
        level: 'column',
        source: 'SHOP.MART.FCT_ORDERS',
        sourceColumn: 'NET_AMOUNT',
        targetColumn: 'REVENUE',
        kind: 'AGGREGATION',
      }),
    )
    expect((await cli.run(['lineage', 'show', 'SHOP.MART.DAILY_REVENUE', '--format', 'dot'])).stdout).toMatch(
      /^digraph lineage \{[\s\S]*SHOP\.MART\.FCT_ORDERS[\s\S]*->/,
    )
    expect((await cli.json(['usage', 'top', '--connection', 'snowflake', '--limit', '3'])).data).toHaveLength(3)
    expect((await cli.run(['usage', 'show', 'SHOP.MART.FCT_ORDERS'])).stdout).toMatch(/USER +READS/)
    const [head, first] = (await cli.run(['lineage', 'export', '--connection', 'hive', '--format', 'csv'])).stdout.split('\n')
    expect(head).toBe('level,source,target,kind,process,confidence,connection')
    expect(first?.split(',').at(-1)).toBe('hive')
    const event = JSON.parse(
      (await cli.run(['lineage', 'export', '--connection', 'hive', '--format', 'openlineage'])).stdout.split('\n')[0] ?? '',
    )
    expect(event).toMatchObject({ schemaURL: expect.stringContaining('JobEvent'), job: { namespace: 'hive' } })
  })

  test('a second one on the same home is refused, and says who holds it', async () => {
    expect(await cli.run(['up'], { env })).toMatchObject({ code: 2, stderr: expect.stringContaining(`as pid ${up.pid}`) })
  })

  test('Ctrl-C stops all of it, with exit code 0', async () => {
    const ended = once(up, 'exit')
    up.kill('SIGINT')
    expect(await ended).toEqual([0, null])
    expect(isAlive(serving.pid)).toBe(false)
    expect(await cli.run(['pipeline', 'run', 'hive-history'], { env: { TEMPORAL_ADDRESS: serving.address } })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('lodeline up'),
    })
  })
})

describe('what can be wrong at the start', () => {
  test('a taken port is told with another that is free', async () => {
    const server = (await import('node:net')).createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    try {
      const { code, stderr } = await cli.run(['up', '--temporal-port', String(port)], { env })
      expect(code).toBe(2)
      expect(stderr).toMatch(new RegExp(`port ${port}, wanted for Temporal, is taken by pid ${process.pid}[\\s\\S]*--temporal-port \\d+`))
    } finally {
      server.close()
    }
  })

  test('a Temporal server that is named and does not answer', async () => {
    const { code, stderr } = await cli.run(['up', '--once'], { env: { ...env, TEMPORAL_ADDRESS: '127.0.0.1:1' } })
    expect(code).toBe(4)
    expect(stderr).toContain('no Temporal server answers at 127.0.0.1:1')
  })
})
