import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import convict from 'convict'
import { LodelineError } from '../../contracts/errors.ts'

/** What the command line itself needs to know; the worker has more settings, in the same file and environment. */
export interface ClientConfig {
  readonly home: string
  readonly catalogUrl: string
  readonly temporalAddress: string
  readonly temporalNamespace: string
  /** Port of the dev server that `lodeline up` starts; 0 takes a free one. */
  readonly temporalPort: number
  readonly temporalUiPort: number | null
  readonly taskQueue: string
}

const SCHEMA = {
  catalog: { url: { doc: 'sqlite:FILE or postgres://…', format: String, default: '', env: 'LODELINE_CATALOG_URL' } },
  temporal: {
    address: { doc: 'host:port of the Temporal server', format: String, default: '', env: 'TEMPORAL_ADDRESS' },
    namespace: { doc: 'Temporal namespace', format: String, default: '', env: 'TEMPORAL_NAMESPACE' },
    taskQueue: { doc: 'Control queue', format: String, default: 'lodeline', env: 'LODELINE_TASK_QUEUE' },
    port: { doc: 'Port of the dev server', format: 'port-or-zero', default: 7233, env: 'LODELINE_TEMPORAL_PORT' },
    uiPort: {
      doc: "Port of the dev server's web pages; -1: 1000 above its port",
      format: 'int',
      default: -1,
      env: 'LODELINE_TEMPORAL_UI_PORT',
    },
  },
}

convict.addFormat({
  name: 'port-or-zero',
  validate(value: unknown) {
    if (!Number.isInteger(value) || Number(value) < 0 || Number(value) > 65_535) throw new Error('must be a port: 0 to 65535')
  },
  coerce: Number,
})

/** The environment is read here, once; `lodeline.yaml` under the home is where the worker's settings are too. */
export async function readClientConfig(env: Readonly<Record<string, string | undefined>>, home: string): Promise<ClientConfig> {
  const path = env['LODELINE_CONFIG'] ?? join(home, 'lodeline.yaml')
  const config = convict(SCHEMA, { env: { ...env }, args: [] })
  try {
    if (existsSync(path)) config.load(await readFileSettings(path))
    config.validate({ allowed: 'warn', output: () => undefined }) // what is the worker's alone is checked there
  } catch (error) {
    throw new LodelineError(
      'CONFIG_INVALID',
      `configuration (${path} and environment): ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  const { catalog, temporal } = config.getProperties()
  return {
    home,
    catalogUrl: catalog.url === '' ? `sqlite:${join(home, 'catalog.db')}` : catalog.url,
    temporalAddress: temporal.address,
    temporalNamespace: temporal.namespace,
    temporalPort: temporal.port,
    temporalUiPort: temporal.uiPort < 0 ? null : temporal.uiPort,
    taskQueue: temporal.taskQueue,
  }
}

async function readFileSettings(path: string): Promise<Record<string, never>> {
  const { parse } = await import('yaml')
  const values: unknown = parse(readFileSync(path, 'utf8')) ?? {}
  if (typeof values !== 'object' || values === null || Array.isArray(values)) throw new Error('must hold settings by name')
  const { catalog, temporal } = values as { catalog?: unknown; temporal?: unknown } // looked at by convict's validation
  return { ...(catalog === undefined ? {} : { catalog }), ...(temporal === undefined ? {} : { temporal }) } as Record<string, never>
}
