import { LodelineError } from '../../../contracts/errors.ts'
import type { CheckResult, Source } from '../../../contracts/plugin.ts'
import type { AthenaApi } from './api.ts'
import { type AthenaConfig, CONNECTION_OPTIONS, isFederated } from './config.ts'

interface Step {
  readonly step: string
  readonly mandatory: boolean
  /** What was found, in words. */
  run(api: AthenaApi, source: Source<AthenaConfig>): Promise<string | { readonly warning: string; readonly remedy: string }>
}

const ATTEMPTS = 3

/** How many databases are looked into for a table. */
const PROBED_DATABASES = 20

const STEPS: readonly Step[] = [
  {
    step: 'CheckAccess',
    mandatory: true,
    async run(api, { config }) {
      await api.query('SELECT 1')
      return `a query runs in workgroup ${config.workgroup}`
    },
  },
  {
    step: 'GetSchemas',
    mandatory: true,
    async run(api, { config }) {
      if (config.database !== undefined) {
        await (isFederated(config) ? api.athenaDatabase(config.database) : api.glueDatabase(config.database))
        return `database ${config.database} is there`
      }
      const { items, next } = await databasePage(api, config)
      if (items.length > 0) return `${items.length}${next === undefined ? '' : ' or more'} databases`
      return {
        warning: `${isFederated(config) ? 'Athena' : 'Glue'} lists no database`,
        remedy: 'Check region and catalogId; Lake Formation hides what the role may not see: grant DESCRIBE on the databases.',
      }
    },
  },
  { step: 'GetTables', mandatory: true, run: (api, source) => firstTable(api, source, false) },
  { step: 'GetViews', mandatory: false, run: (api, source) => firstTable(api, source, true) },
  {
    step: 'QueryHistory',
    mandatory: false,
    async run(api, { config }) {
      await api.workGroups(undefined)
      const { items } = await api.executionIds(config.workgroup, undefined)
      if (items[0] !== undefined) await api.executions([items[0]])
      return items.length === 0
        ? `the history of ${config.workgroup} can be read; it is empty`
        : `the history of ${config.workgroup} can be read`
    },
  },
  {
    step: 'LakeFormation',
    mandatory: false,
    async run(api, { config }) {
      if (isFederated(config)) return 'federated catalogs have no tags'
      const database = config.database ?? (await api.glueDatabases(undefined)).items[0]?.Name
      if (database === undefined) return 'no database to ask for'
      await api.lfTags({ database })
      return 'tags can be read'
    },
  },
  {
    step: 'StagingDirectory',
    mandatory: false,
    async run(api, { config }) {
      const group = await api.workGroup(config.workgroup)
      const settings = group?.Configuration
      const own = settings?.ResultConfiguration?.OutputLocation
      const managed = settings?.ManagedQueryResultsConfiguration?.Enabled === true
      if (settings?.EnforceWorkGroupConfiguration && config.s3StagingDir !== undefined && own !== config.s3StagingDir) {
        return {
          warning: `the workgroup enforces its own location ${own ?? ''}; s3StagingDir is not used`,
          remedy: 'Remove s3StagingDir, or set it on the workgroup.',
        }
      }
      if (config.s3StagingDir === undefined && own === undefined && !managed) {
        return {
          warning: 'neither the connection nor the workgroup says where results go',
          remedy: 'Set s3StagingDir, or an output location on the workgroup.',
        }
      }
      return `results go to ${config.s3StagingDir ?? own ?? "the workgroup's managed results"}`
    },
  },
]

/** Step by step; a mandatory failure skips what comes after. */
export async function* check(source: Source<AthenaConfig>): AsyncGenerator<CheckResult> {
  const { connect } = await import('./api.ts')
  const patience = { maxAttempts: ATTEMPTS, ...source.config.connectionOptions } // somebody waits for the answer
  const api = connect({ ...source.config, connectionOptions: patience }, source.host)
  try {
    yield* unknownOptions(source.config)
    let stopped = false
    for (const step of STEPS) {
      const result: CheckResult = stopped
        ? { step: step.step, mandatory: step.mandatory, status: 'skipped', message: 'an earlier step failed' }
        : await tried(step, api, source)
      stopped ||= result.status === 'failed' && step.mandatory && step.step === 'CheckAccess' && isCredentials(result)
      yield result
    }
  } finally {
    api.close()
  }
}

function* unknownOptions({ connectionOptions = {} }: AthenaConfig): Generator<CheckResult> {
  const unknown = Object.keys(connectionOptions).filter((key) => !CONNECTION_OPTIONS.has(key))
  if (unknown.length === 0) return
  yield {
    step: 'ConnectionOptions',
    mandatory: false,
    status: 'warning',
    message: `connectionOptions that change nothing here: ${unknown.join(', ')}`,
    remedy: `There are ${[...CONNECTION_OPTIONS].join(', ')}.`,
  }
}

/** With bad credentials every step would fail alike; another failure leaves the later ones worth knowing. */
function isCredentials(result: CheckResult): boolean {
  return result.message.startsWith('ATHENA_CREDENTIALS_INVALID')
}

async function tried(step: Step, api: AthenaApi, source: Source<AthenaConfig>): Promise<CheckResult> {
  const base = { step: step.step, mandatory: step.mandatory }
  try {
    const found = await step.run(api, source)
    if (typeof found === 'string') return { ...base, status: 'passed', message: found }
    return { ...base, status: 'warning', message: found.warning, remedy: found.remedy }
  } catch (error) {
    source.host.signal.throwIfAborted()
    if (!(error instanceof LodelineError)) throw error
    return { ...base, status: 'failed', message: `${error.code}: ${error.message}`, remedy: remedyOf(error) }
  }
}

function remedyOf(error: LodelineError): string {
  if (error.code !== 'ATHENA_ACCESS_DENIED') return error.hint
  return `Allow ${error.evidence.action} to the role; \`lodeline policy athena\` prints the least policy.`
}

const databasePage = (api: AthenaApi, config: AthenaConfig) =>
  isFederated(config) ? api.athenaDatabases(undefined) : api.glueDatabases(undefined)

async function firstTable(api: AthenaApi, { config }: Source<AthenaConfig>, view: boolean): ReturnType<Step['run']> {
  const databases =
    config.database === undefined ? (await databasePage(api, config)).items.map((database) => database.Name ?? '') : [config.database]
  for (const database of databases.slice(0, PROBED_DATABASES)) {
    const items: readonly { readonly Name?: string | undefined; readonly TableType?: string | undefined }[] = (
      await (isFederated(config) ? api.athenaTables(database, undefined) : api.glueTables(database, undefined))
    ).items
    const found = items.find((table) => (table.TableType === 'VIRTUAL_VIEW') === view)
    if (found !== undefined) return `${view ? 'views' : 'tables'} can be listed, e.g. ${database}.${found.Name}`
  }
  const what = view ? 'view' : 'table'
  return {
    warning: `no ${what} in the first ${Math.min(databases.length, PROBED_DATABASES)} databases`,
    remedy: 'If there are some, Lake Formation hides them: grant DESCRIBE and SELECT on them to the role.',
  }
}
