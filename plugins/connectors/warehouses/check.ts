import type { CheckResult, Connector, Source } from '../../../contracts/plugin.ts'

/** Settings that make the source's OpenLineage namespace its own; without them the connection's name stands in. */
const NAMESPACE_SETTINGS: Readonly<Record<string, readonly string[]>> = {
  snowflake: ['account'],
  redshift: ['cluster', 'host'],
  hive: ['host'],
  teradata: ['host'],
  sqlserver: ['host'],
  synapse: ['host'],
}

/** What can be said without asking the source: how names are completed, and what others will see. */
export async function* check<Config>(connector: Omit<Connector<Config>, 'check'>, source: Source<Config>): AsyncGenerator<CheckResult> {
  source.host.signal.throwIfAborted()
  yield namesStep(connector, source.config)
  source.host.signal.throwIfAborted()
  yield namespaceStep(connector, source)
}

function namesStep<Config>({ names, defaults }: Omit<Connector<Config>, 'check'>, config: Config): CheckResult {
  const { database, schema } = defaults?.(config) ?? {}
  const given = [database, schema].filter((part) => part !== undefined).join('.')
  const form = [...names.levels, 'table'].join('.')
  const step = { step: 'names', mandatory: false } as const
  if (given !== '') return { ...step, status: 'passed', message: `names are ${form}; where the log tells nothing, ${given} completes them` }
  return {
    ...step,
    status: 'warning',
    message: `names are ${form}; where the log tells no default, a short name is matched only if one asset ends with it`,
    remedy: names.levels.length > 1 ? 'Set `defaultDatabase` and `defaultSchema`.' : 'Set `defaultDatabase`.',
  }
}

function namespaceStep<Config>(connector: Omit<Connector<Config>, 'check'>, { config, connection }: Source<Config>): CheckResult {
  const namespace = connector.namespace?.(config, connection) ?? ''
  const settings = NAMESPACE_SETTINGS[connector.name] ?? []
  const given = Object.entries(config ?? {}).filter(([, value]) => value !== undefined)
  const step = { step: 'namespace', mandatory: false } as const
  if (settings.length === 0 || given.some(([setting]) => settings.includes(setting))) {
    return { ...step, status: 'passed', message: `sinks see its tables in ${namespace}` }
  }
  return {
    ...step,
    status: 'warning',
    message: `sinks see its tables in ${namespace}, which the connection's name stands in for`,
    remedy: `Set ${settings.map((setting) => `\`${setting}\``).join(' or ')}, so that other producers of lineage mean the same tables.`,
  }
}
