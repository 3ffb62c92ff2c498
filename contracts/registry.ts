import type { Connector, PluginActivity, QueryLog, Sink } from './plugin.ts'

/** What the worker found when it loaded its plugins; everything else asks it by name. */
export interface PluginRegistry {
  readonly connectors: ReadonlyMap<string, Connector>
  readonly queryLogs: ReadonlyMap<string, QueryLog>
  readonly sinks: ReadonlyMap<string, Sink>
  readonly activities: ReadonlyMap<string, PluginActivity>
  /** Pipeline types that plugins add, by name: DAG documents. */
  readonly pipelines: ReadonlyMap<string, unknown>
  /** Plugins that could not be loaded, each with the reason; the others work. */
  readonly problems: readonly PluginProblem[]
}

export interface PluginProblem {
  readonly folder: string
  readonly code: 'PLUGIN_INVALID'
  readonly message: string
}
