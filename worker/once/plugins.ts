import type { DescribedPlugins } from '../../contracts/once.ts'
import type { Connector } from '../../contracts/plugin.ts'
import type { PluginRegistry } from '../../contracts/registry.ts'

const CAPABILITIES = ['check', 'metadata', 'queries', 'lineage', 'rows'] as const satisfies readonly (keyof Connector)[]

export function describePlugins({ connectors, queryLogs, sinks, problems }: PluginRegistry): DescribedPlugins {
  return {
    connectors: [...connectors.values()].map((connector) => ({
      name: connector.name,
      title: connector.title,
      dialect: connector.names.dialect,
      levels: connector.names.levels,
      capabilities: CAPABILITIES.filter((capability) => connector[capability] !== undefined),
    })),
    queryLogs: [...queryLogs.values()].map(({ kind, title }) => ({ kind, title })),
    sinks: [...sinks.values()].map(({ name, title }) => ({ name, title })),
    problems: problems.map(({ folder, message }) => ({ folder, message })),
  }
}
