import type { SecretSource } from '../../activities/host/deps.ts'
import { connectorNamed } from '../../activities/host/load-run.ts'
import { redactor } from '../../activities/host/redact.ts'
import { resolveSecrets } from '../../activities/host/secrets.ts'
import { LodelineError } from '../../contracts/errors.ts'
import type { CheckedPart, OnceRequest } from '../../contracts/once.ts'
import type { Connection } from '../../contracts/pipeline.ts'
import type { CheckResult, Host, Source } from '../../contracts/plugin.ts'
import type { PluginRegistry } from '../../contracts/registry.ts'

export interface OnceHost {
  readonly registry: PluginRegistry
  readonly secrets: SecretSource
  readonly signal: AbortSignal
}

/** 'Test connection': what the connector checks, with its secrets resolved and never shown. */
export async function* checkConnection(host: OnceHost, connection: Connection): AsyncGenerator<CheckedPart> {
  const connector = connectorNamed(host.registry, connection.connector)
  const config = { ...connection.config, ...connection.credentials }
  yield* checkPart(host, {
    part: 'connection',
    connection: connection.name,
    schema: connector.config,
    config,
    check: connector.check?.bind(connector),
  })
}

/** The connection, the query log and every sink of a pipeline. */
export async function* checkPipeline(
  host: OnceHost,
  { pipeline, connection }: OnceRequest & { readonly action: 'checkPipeline' },
): AsyncGenerator<CheckedPart> {
  if (connection !== null) yield* checkConnection(host, connection)
  const name = connection?.name ?? ''
  const options = pipeline.options['queryLog']
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) {
    const log = host.registry.queryLogs.get(String(options['kind']))
    if (log !== undefined)
      yield* checkPart(host, { part: 'queryLog', connection: name, schema: log.options, config: options, check: log.check?.bind(log) })
  }
  for (const { sink: sinkName, config } of pipeline.sinks) {
    const sink = host.registry.sinks.get(sinkName)
    if (sink === undefined) throw new LodelineError('PLUGIN_NOT_INSTALLED', `There is no sink ${sinkName}`)
    yield* checkPart(host, { part: `sink ${sinkName}`, connection: name, schema: sink.config, config, check: sink.check?.bind(sink) })
  }
}

interface Part {
  readonly part: string
  readonly connection: string
  readonly schema: {
    safeParse(value: unknown): {
      readonly success: boolean
      readonly data?: unknown
      readonly error?: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] } | undefined
    }
  }
  readonly config: unknown
  readonly check: ((source: Source<unknown>) => AsyncIterable<CheckResult>) | undefined
}

async function* checkPart(host: OnceHost, { part, connection, schema, config, check }: Part): AsyncGenerator<CheckedPart> {
  const seen = new Set<string>()
  const step = { part, step: 'settings', mandatory: true } as const
  try {
    const parsed = schema.safeParse(await resolveSecrets(config, host.secrets, seen))
    if (!parsed.success) {
      const complaints = (parsed.error?.issues ?? []).map(({ path, message }) => `${path.map(String).join('.')}: ${message}`)
      yield {
        ...step,
        status: 'failed',
        message: redactor(seen)(complaints.join('; ')),
        remedy: 'Correct the settings and apply them again.',
      }
      return
    }
    yield { ...step, status: 'passed', message: 'settings are valid, references are resolved' }
    if (check === undefined) return
    for await (const result of check({ connection, config: parsed.data, host: quietHost(host.signal) })) {
      const redact = redactor(seen)
      yield { part, ...result, message: redact(result.message), ...(result.remedy === undefined ? {} : { remedy: redact(result.remedy) }) }
    }
  } catch (error) {
    if (!(error instanceof LodelineError)) throw error
    yield { ...step, status: 'failed', message: redactor(seen)(error.message), remedy: error.hint }
  }
}

export function quietHost(signal: AbortSignal): Host {
  return { signal, log: () => undefined, count: () => undefined, now: Date.now }
}
