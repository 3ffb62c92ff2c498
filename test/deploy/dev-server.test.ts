import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Client, Connection } from '@temporalio/client'
import { SEARCH_ATTRIBUTES } from '../../contracts/temporal.ts'
import { findTemporal } from '../../deploy/dev-server/find.ts'
import { claimPort, isFree } from '../../deploy/dev-server/ports.ts'
import { isAlive, runningServer } from '../../deploy/dev-server/running.ts'
import { type DevServer, startDevServer } from '../../deploy/dev-server/server.ts'
import { findInTar } from '../../deploy/dev-server/tar.ts'
import { pythonProgram } from '../support/python.ts'

let home: string
let path: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'lodeline-server-'))
  path = [dirname(await pythonProgram('temporal')), process.env['PATH']].join(delimiter)
})
afterEach(() => rm(home, { recursive: true, force: true }))

const said: string[] = []
const start = (more: object = {}) =>
  startDevServer({ home, env: { ...process.env, PATH: path }, port: 0, say: (line) => said.push(line), ...more })

async function program(folder: string, prints: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'temporal')
  await writeFile(file, `#!/bin/sh\necho '${prints}'\n`)
  await chmod(file, 0o755)
  return folder
}

describe('finding Temporal', () => {
  test('a program on PATH comes first, then the cache', async () => {
    const onPath = await program(join(home, 'bin'), 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)')
    const cached = await program(join(home, 'cache', 'temporal'), 'temporal version 1.8.0 (Server 1.31.0, UI 2.50.0)')
    expect(await findTemporal(home, { PATH: onPath }, () => undefined)).toEqual({
      path: join(onPath, 'temporal'),
      from: 'PATH',
      version: '1.9.1',
      server: '1.32.0',
    })
    expect(await findTemporal(home, { PATH: '' }, () => undefined)).toMatchObject({ path: join(cached, 'temporal'), from: 'cache' })
  })

  test('another program of that name is passed over', async () => {
    const other = await program(join(home, 'other'), 'temporal: a calendar')
    const right = await program(join(home, 'right'), 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)')
    expect((await findTemporal(home, { PATH: [other, right].join(delimiter) }, () => undefined)).path).toBe(join(right, 'temporal'))
  })

  test('one that is too old is an error that says so', async () => {
    const old = await program(
      join(home, 'old'),
      'temporal version 0.11.0 (server 1.22.4) (ui 2.24.0)'.replace('server', 'Server').replace(') (ui', ', UI').replace('0)', '0)'),
    )
    await expect(findTemporal(home, { PATH: old }, () => undefined)).rejects.toMatchObject({
      code: 'TEMPORAL_TOO_OLD',
      message: expect.stringMatching(/is 1\.22\.4; lodeline needs 1\.25\.0 or newer/),
    })
  })

  test('the program is taken out of a tar archive', () => {
    const header = Buffer.alloc(512)
    header.write('dist/temporal')
    header.write('00000000005', 124)
    const archive = Buffer.concat([header, Buffer.from('hello'), Buffer.alloc(507), Buffer.alloc(1024)])
    expect(Buffer.from(findInTar(archive, 'temporal') ?? []).toString()).toBe('hello')
    expect(findInTar(archive, 'other')).toBeNull()
  })
})

describe('ports', () => {
  let holder: Server
  afterEach(() => {
    holder.close()
  })

  test('a taken one is named with who holds it, and another is offered', async () => {
    holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const address = holder.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const error: unknown = await claimPort(port, 'Temporal', '--temporal-port').catch((failure: unknown) => failure)
    expect(error).toMatchObject({ code: 'PORT_TAKEN', evidence: { port, pid: process.pid } })
    const free = Number(/--temporal-port (\d+)/.exec((error as Error).message)?.[1])
    expect(await isFree(free)).toBe(true)
  })
})

describe('the dev server', () => {
  let server: DevServer | null = null
  afterEach(async () => {
    await server?.close()
    server = null
  })

  test('keeps its state over a restart, has the search attributes, and is found by other processes', async () => {
    server = await start()
    expect(await runningServer(home)).toMatchObject({ address: server.address, pid: server.pid })
    await inTemporal(server, async (client) => {
      await client.workflow.start('any', { workflowId: 'kept', taskQueue: 'nobody', args: [] })
      const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace: 'default' })
      expect(Object.keys(customAttributes ?? {})).toEqual(expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)))
    })
    await server.close()
    expect(await runningServer(home)).toBeNull()
    server = await start()
    await inTemporal(server, async (client) => {
      expect((await client.workflow.getHandle('kept').describe()).status.name).toBe('RUNNING')
    })
    await server.close()
  })

  test('ends when whoever started it is killed', async () => {
    const script = join(home, 'start.ts')
    const module = join(import.meta.dirname, '../../deploy/dev-server/server.ts')
    await writeFile(
      script,
      `import { startDevServer } from '${module}'
const server = await startDevServer({ home: '${home}', env: process.env, port: 0, say: () => undefined })
console.log(server.pid)
setInterval(() => undefined, 1000)`,
    )
    const parent: ChildProcess = spawn(process.execPath, [script], {
      env: { ...process.env, PATH: path, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = parent.stdout === null ? [''] : await once(parent.stdout, 'data')
    const pid = Number(String(line))
    expect(isAlive(pid)).toBe(true)
    parent.kill('SIGKILL')
    for (let waited = 0; isAlive(pid) && waited < 1_200; waited++) await pause(100)
    expect(isAlive(pid)).toBe(false)
  })

  test('says what the server said when it does not start', async () => {
    const folder = join(home, 'broken')
    await program(folder, 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)')
    await writeFile(
      join(folder, 'temporal'),
      '#!/bin/sh\n[ "$1" = --version ] && echo "temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)" && exit 0\necho "disk is full" >&2\nexit 7\n',
    )
    await expect(start({ env: { PATH: [folder, process.env['PATH']].join(delimiter) } })).rejects.toMatchObject({
      code: 'TEMPORAL_UNREACHABLE',
      message: expect.stringMatching(/ended at once[\s\S]*disk is full/),
    })
    expect(await readFile(join(home, 'temporal', 'server.log'), 'utf8')).toContain('disk is full')
  })
})

async function inTemporal(server: DevServer, work: (client: Client & { connection: Connection }) => Promise<void>): Promise<void> {
  const connection = await Connection.connect({ address: server.address })
  try {
    await work(new Client({ connection }) as Client & { connection: Connection }) // made from one
  } finally {
    await connection.close()
  }
}
