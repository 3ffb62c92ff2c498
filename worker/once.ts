import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { dagOf } from '../activities/host/begin-run.ts'
import { TASKS } from '../activities/tasks.ts'
import { openCatalog } from '../catalog/open.ts'
import { LodelineError } from '../contracts/errors.ts'
import type { OnceRequest } from '../contracts/once.ts'
import { describeConfig, loadConfig } from './config.ts'
import { lendPackages } from './lend-packages.ts'
import { checkConnection, checkPipeline } from './once/check.ts'
import { checkPlugin } from './once/check-plugin.ts'
import { connectionNames, describePlugins } from './once/plugins.ts'
import { readObjects } from './once/read.ts'
import { documentJsonSchema } from './once/schema.ts'
import { validateDocuments } from './once/validate.ts'
import { loadPlugins } from './registry.ts'
import { secretSource } from './secret-source.ts'

/**
 * One action that needs the worker's plugins, in a process of its own: the command line asks here, so that it need not
 * load them. A JSON request on standard input; the answer on standard output, an object a line (for `read` the bytes);
 * an error as JSON on standard error with exit code 1.
 */
async function main(): Promise<void> {
  const request = JSON.parse(await text(process.stdin)) as OnceRequest // from our own command line
  const root = join(import.meta.dirname, '..')
  const source = { env: process.env, args: [], root }
  if (request.action === 'config') return write(describeConfig(source))
  const config = loadConfig(source)
  const pluginFolders = {
    folders: [join(root, 'plugins'), join(config.home, 'plugins')],
    builtIn: new Set(Object.keys(TASKS)),
    cwd: process.cwd(),
  }
  lendPackages()
  const registry = await loadPlugins({ ...pluginFolders, named: config.plugins })
  // Opened only when a `secret:` reference asks for it; the process ends with its answer.
  const secrets = secretSource(process.env, config.home, () => openCatalog({ url: config.catalog.url }))
  const host = { registry, secrets, signal: interruption() }
  switch (request.action) {
    case 'plugins':
      return write(describePlugins(registry))
    case 'names':
      for (const connection of request.connections) await write(connectionNames(registry, connection))
      return
    case 'validate':
      return write(validateDocuments(registry, request))
    case 'checkConnection':
      for await (const result of checkConnection(host, request.connection)) await write(result)
      return
    case 'checkPipeline':
      for await (const result of checkPipeline(host, request)) await write(result)
      return
    case 'dag':
      return write(dagOf({ registry, tasks: TASKS, threads: config.threads.count }, request.pipeline))
    case 'schema':
      return write(documentJsonSchema(registry))
    case 'checkPlugin':
      for (const result of await checkPlugin(request.place, pluginFolders)) await write(result)
      return
    case 'read':
      for await (const bytes of readObjects(host, request.url)) await writeBytes(bytes)
      return
    default:
      return request satisfies never
  }
}

function interruption(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => controller.abort())
  return controller.signal
}

async function write(value: unknown): Promise<void> {
  await writeBytes(Buffer.from(`${JSON.stringify(value)}\n`))
}

function writeBytes(bytes: Uint8Array): Promise<void> {
  return new Promise((done, failed) => {
    process.stdout.write(bytes, (error) => (error ? failed(error) : done()))
  })
}

try {
  await main()
  process.exit(0) // a client's open sockets hold up nobody
} catch (error) {
  const known = error instanceof LodelineError
  const { code, evidence } = known ? error : { code: 'INTERNAL', evidence: {} }
  process.stderr.write(`${JSON.stringify({ code, message: error instanceof Error ? error.message : String(error), evidence })}\n`)
  process.exit(1)
}
