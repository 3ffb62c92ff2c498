import { foldBy } from '../../catalog/asset-keys.ts'
import { countAssets } from '../../catalog/assets.ts'
import { historyLogName } from '../../catalog/metadata/history.ts'
import { resolvePrunedElsewhere } from '../../catalog/metadata/prune.ts'
import { applyEvents } from '../../catalog/mining/events.ts'
import { LodelineError } from '../../contracts/errors.ts'
import { HISTORY } from '../../contracts/metadata-options.ts'
import type { MiningOptions } from '../../contracts/pipeline.ts'
import { nameCase } from '../../lineage/dialects/index.ts'
import { pruneLineage } from '../lineage/scope.ts'
import type { TaskContext, TaskFunction } from '../task.ts'
import { historyLog } from '../usage/history-log.ts'
import { readMiningOptions } from '../usage/options.ts'
import { listLog, type Shard } from './list.ts'
import { type Mining, type OpenLog, openLog } from './mining.ts'
import { resolveProcesses } from './resolve.ts'
import { scanShard } from './scan.ts'
import { settleSessions } from './settle.ts'
import { lineageCounts, scanTotals } from './totals.ts'
import { countUsage } from './usage.ts'

/** The steps of mining as tasks of a DAG. */
export const miningTasks: Readonly<Record<string, TaskFunction>> = {
  'mine.list': async (context) => {
    const mining = await miningOf(context)
    await sayBefore(mining)
    if (context.input.window !== undefined && mining.options.queryLog.kind !== HISTORY)
      mining.report.warn('Objects have no window of time: all that are new are mined, whatever `window` says.')
    const shards = await listLog(mining)
    return { ...(await context.manifest.write(shards)) }
  },
  'mine.scan': async (context) => {
    const mining = await miningOf(context)
    await scanShard(mining, context.call.item as Shard, { scope: `${context.call.run}:scan` }) // an item of mine.list's manifest
    return {}
  },
  'mine.settle': async (context) => {
    const mining = await miningOf(context)
    const rescanned = await settleSessions(mining)
    await scanTotals(mining)
    return { rescanned }
  },
  'mine.resolve': async (context) => {
    const mining = await miningOf(context)
    await resolvePrunedElsewhere(mining.catalog, mining.log.connection)
    await resolveProcesses(mining)
    await pruneLineage(context)
    return {}
  },
  'mine.usage': async (context) => {
    const mining = await miningOf(context)
    await countUsage(mining)
    await applyEvents(mining.catalog, mining.log, mining.now())
    await lineageCounts(mining)
    return {}
  },
}

async function miningOf(context: TaskContext): Promise<Mining> {
  const { call, input, pipeline, connection, catalog, threads, signal, host } = context
  if (connection === null)
    throw new LodelineError('DOCUMENT_INVALID', `pipeline ${pipeline.name} names no connection`, { pipeline: pipeline.name })
  const options = readMiningOptions(pipeline)
  const history = options.queryLog.kind === HISTORY ? historyLogName(connection.document.name) : null
  const { names, defaults } = connection.connector
  const given = defaults?.(connection.config) ?? {}
  return {
    catalog,
    log: { pipeline: history ?? pipeline.name, connection: connection.document.name },
    run: call.run,
    dialect: names.dialect,
    levels: names.levels.map((level) => (level === 'schema' ? 'schema' : 'database')),
    twoLevels: names.levels.length === 1,
    defaults: { database: given.database ?? null, schema: given.schema ?? null },
    fold: foldBy(nameCase(names.dialect)),
    databaseSpelling: names.keepsDatabaseCase === true ? (given.database ?? null) : null,
    ignoreCase: options.controlConfig?.['ignore-all-case'] === true,
    options,
    reprocess: input.reprocess === true,
    queryLog: history === null ? await openedLog(context, options) : historyLog(catalog, history),
    threads,
    signal,
    report: context,
    now: () => new Date(host.now()).toISOString(),
  }
}

/** A query log of another kind than the connection's own. */
async function openedLog({ connection, registry, host, resolveSecrets }: TaskContext, { queryLog }: MiningOptions): Promise<OpenLog> {
  const found = registry.queryLogs.get(queryLog.kind)
  if (found === undefined)
    throw new LodelineError('PLUGIN_NOT_INSTALLED', `no plugin has query logs of the kind ${queryLog.kind}`, { kind: queryLog.kind })
  const config = found.options.parse(await resolveSecrets(queryLog))
  return openLog(found, { connection: connection?.document.name ?? '', config, host })
}

const CONTROLS: ReadonlySet<string> = new Set(['ignore-all-case'])

/** What a user should know before hours of mining rather than after. */
async function sayBefore({ catalog, log, options, report }: Mining): Promise<void> {
  const { assets } = await countAssets(catalog.db, log.connection)
  if (assets === 0)
    report.warn(
      `The catalog knows no assets of ${log.connection} yet: names and columns are as the log has them. \`lodeline catalog import\` brings schemas, then statements are resolved again.`,
    )
  const unknown = Object.keys(options.controlConfig ?? {}).filter((key) => !CONTROLS.has(key))
  if (unknown.length > 0) report.warn(`controlConfig has keys that change nothing here: ${unknown.join(', ')}.`)
}
