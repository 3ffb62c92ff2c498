import { z } from 'zod'
import { capabilitiesOf } from '../../activities/host/capabilities.ts'
import { connectorNamed } from '../../activities/host/load-run.ts'
import type { ConnectionNames, DescribedPlugins } from '../../contracts/once.ts'
import type { Connection } from '../../contracts/pipeline.ts'
import type { PluginRegistry } from '../../contracts/registry.ts'

export function describePlugins({ connectors, queryLogs, sinks, activities, pipelines, problems }: PluginRegistry): DescribedPlugins {
  return {
    connectors: [...connectors.values()].map((connector) => ({
      name: connector.name,
      title: connector.title,
      dialect: connector.names.dialect,
      levels: connector.names.levels,
      capabilities: capabilitiesOf(connector),
    })),
    queryLogs: [...queryLogs.values()].map(({ kind, title }) => ({ kind, title })),
    sinks: [...sinks.values()].map(({ name, title }) => ({ name, title })),
    tasks: [...activities.keys()],
    pipelineTypes: [...pipelines.keys()],
    problems: problems.map(({ folder, message }) => ({ folder, message })),
  }
}

/** Defaults that a config does not tell, because it is not valid by itself (a reference where a format is asked for), are left out. */
export function connectionNames(registry: PluginRegistry, { name, connector: of, config }: Connection): ConnectionNames {
  const connector = connectorNamed(registry, of)
  const parsed = connector.config.safeParse(config)
  return {
    connection: name,
    dialect: connector.names.dialect,
    levels: connector.names.levels,
    defaults: parsed.success ? (connector.defaults?.(parsed.data) ?? {}) : {},
  }
}

/** Everything that has settings, with their JSON Schema as one writes them; docs/connectors/settings.md is made of it. */
export function configuredThings({ connectors, queryLogs, sinks }: PluginRegistry) {
  const schemaOf = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return [
    ...[...connectors.values()].map(({ name, title, config }) => ({ kind: 'connector' as const, name, title, schema: schemaOf(config) })),
    ...[...queryLogs.values()].map(({ kind, title, options }) => ({
      kind: 'query log' as const,
      name: kind,
      title,
      schema: schemaOf(options),
    })),
    ...[...sinks.values()].map(({ name, title, config }) => ({ kind: 'sink' as const, name, title, schema: schemaOf(config) })),
  ]
}
