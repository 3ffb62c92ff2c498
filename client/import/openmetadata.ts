import { parseAllDocuments, stringify } from 'yaml'
import { LodelineError } from '../../contracts/errors.ts'
import { filterExpression } from '../../contracts/filter-patterns.ts'

/**
 * OpenMetadata's workflow YAML (metadata, usage, lineage of Athena) as lodeline's. Names of fields as its JSON schemas have them:
 * athenaConnection.json, awsCredentials.json, databaseService{Metadata,QueryUsage,QueryLineage}Pipeline.json.
 */
export interface Imported {
  readonly yaml: string
  /** What has no counterpart, or means something else here. */
  readonly notes: readonly string[]
}

type Fields = Readonly<Record<string, unknown>>

interface Conversion {
  readonly connections: Map<string, Fields>
  readonly pipelines: Fields[]
  readonly notes: string[]
}

export function importOpenMetadata(text: string): Imported {
  const documents = parseAllDocuments(text)
  const list = Array.isArray(documents) ? documents : []
  const broken = list.flatMap(({ errors }) => errors.map(({ message }) => message))
  if (broken.length > 0) throw new LodelineError('DOCUMENT_INVALID', `this is no YAML: ${broken[0] ?? ''}`)
  const conversion: Conversion = { connections: new Map(), pipelines: [], notes: [] }
  for (const document of list) workflow(fields(document.toJS()), conversion)
  if (conversion.pipelines.length === 0)
    throw new LodelineError('DOCUMENT_INVALID', ['there is no OpenMetadata workflow of Athena in the file', ...conversion.notes].join('; '))
  connectionNotes(conversion)
  const yaml = stringify({ connections: [...conversion.connections.values()], pipelines: conversion.pipelines }, { lineWidth: 130 })
  return { yaml, notes: [...new Set(conversion.notes)] }
}

/** What `apply` would refuse. Usage and lineage workflows have only the name of a service, whose connection is in the metadata workflow. */
function connectionNotes({ connections, pipelines, notes }: Conversion): void {
  for (const name of new Set(pipelines.map(({ connection: of }) => String(of)))) {
    const known = connections.get(name)
    if (known === undefined)
      notes.push(`${name}: the file has no serviceConnection: import it with the metadata workflow, whose connection these pipelines use`)
    else if (fields(known.config).region === undefined)
      notes.push(`${name}: awsConfig.awsRegion is not there: write \`region\` into the connection, \`apply\` refuses it without`)
  }
}

/** A service may have several workflows of one kind. */
function freeName(name: string, pipelines: readonly Fields[]): string {
  const taken = new Set(pipelines.map(({ name: of }) => of))
  for (let number = 2; ; number++) {
    const free = number === 2 ? name : `${name}-${number - 1}`
    if (!taken.has(free)) return free
  }
}

const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}) // an object that is no array

function workflow(document: Fields, conversion: Conversion): void {
  const source = fields(document.source)
  const name = nameOf(source.serviceName)
  const options = fields(fields(source.sourceConfig).config)
  const type = PIPELINES[String(options.type)]
  if (!/^athena/i.test(String(source.type)) || type === undefined) {
    conversion.notes.push(
      `source.type ${String(source.type)} with ${String(options.type)}: left out; only metadata, usage and lineage of Athena are taken over`,
    )
    return
  }
  const given = fields(fields(source.serviceConnection).config)
  if (Object.keys(given).length > 0) conversion.connections.set(name, connection(name, given, conversion.notes))
  const level = LEVELS[String(fields(document.workflowConfig).loggerLevel)]
  conversion.pipelines.push({
    name: freeName(`${name}-${type.suffix}`, conversion.pipelines),
    type: type.type,
    connection: name,
    options: convert(options, type.fields, `${name}: sourceConfig.config`, conversion.notes, name),
    ...(level === undefined ? {} : { logLevel: level }),
  })
  envelope(document, name, conversion.notes)
}

/** Names of services may have any character; ours become parts of URLs and files. */
function nameOf(service: unknown): string {
  const plain = String(service ?? '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replaceAll(/^[^A-Za-z0-9]+|-+$/g, '')
  return plain === '' ? 'athena' : plain
}

const LEVELS: Readonly<Record<string, string>> = { DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' }

/** A field's new place and value; null: no counterpart, with the reason; undefined value: left out silently, since it is the default. */
type Field = (value: unknown, service: string) => { readonly to: string; readonly value: unknown; readonly note?: string } | string

const as =
  (to: string): Field =>
  (value) => ({ to, value })
const none =
  (why: string): Field =>
  () =>
    why
const pattern =
  (to: string): Field =>
  (value) => {
    const { includes = [], excludes = [] } = fields(value)
    const wrong = [includes, excludes].flat().flatMap((text) => {
      const read = filterExpression(String(text))
      return typeof read === 'string' ? [`\`${String(text)}\` is no pattern here (${read}); correct it, \`apply\` refuses it`] : []
    })
    return { to, value: { includes, excludes }, ...(wrong.length === 0 ? {} : { note: wrong.join('; ') }) }
  }
/** A number that is held to what is allowed here. */
const atMost =
  (to: string, most: number, why: string): Field =>
  (value) =>
    Number(value) > most ? { to, value: most, note: `${String(value)} is ${most} here: ${why}` } : { to, value }

const FILTERS: Readonly<Record<string, Field>> = {
  databaseFilterPattern: (value) => {
    const { includes, excludes } = fields(value)
    const isEmpty = [includes, excludes].every((list) => !Array.isArray(list) || list.length === 0)
    return isEmpty
      ? { to: '', value: undefined }
      : 'OpenMetadata has one database a service; here the outermost level is the Athena catalog, e.g. AwsDataCatalog. Write a databaseFilterPattern for it if you need one'
  },
  schemaFilterPattern: pattern('schemaFilterPattern'),
  tableFilterPattern: pattern('tableFilterPattern'),
  useFqnForFiltering: (value, service) =>
    value === true
      ? {
          to: 'useFullNameForFiltering',
          value,
          note: `full names are other ones here: \`${service}.AwsDataCatalog.database.table\`, where OpenMetadata has its own name of the database; look at the patterns`,
        }
      : { to: '', value: undefined },
  storedProcedureFilterPattern: none('Athena has no stored procedures'),
}

const METADATA: Readonly<Record<string, Field>> = {
  ...FILTERS,
  markDeletedTables: as('markDeletedTables'),
  markDeletedSchemas: as('markDeletedSchemas'),
  markDeletedDatabases: as('markDeletedDatabases'),
  markAllDeletedTables: (value) => ({ to: 'markDeletedFromFilterOnly', value: value !== true }),
  includeTables: as('includeTables'),
  includeViews: as('includeViews'),
  includeTags: as('includeTags'),
  overrideMetadata: as('override'),
  threads: atMost('threads', 64, 'calls at once'),
  incremental: as('incremental'),
  includeStoredProcedures: none('Athena has no stored procedures'),
  markDeletedStoredProcedures: none('Athena has no stored procedures'),
  queryLogDuration: none('it was for stored procedures'),
  queryParsingTimeoutLimit: none('it was for stored procedures'),
  includeOwners: none("the source's owner is always kept"),
  ownerConfig: none('owners are as the source has them'),
  includeDDL: none('texts of views are always kept; Athena keeps none of tables'),
  extractJsonSchema: none('JSON columns are not sampled'),
  jsonSchemaSampleSize: none('JSON columns are not sampled'),
}

const HISTORY: Readonly<Record<string, Field>> = {
  queryLogDuration: atMost('lookbackDays', 45, 'Athena keeps its history for so many days'),
  queryLogFilePath: (value) => ({
    to: 'queryLog',
    value: {
      kind: 's3',
      bucket: String(value).startsWith('s3://') ? value : `file://${String(value)}`,
      suffixes: ['.csv'],
      format: 'csv',
      keys: 'openmetadata',
    },
  }),
  resultLimit: none('the whole window is read'),
  filterCondition: none('Athena had no use for it'),
  stageFileLocation: none('nothing is staged in files'),
}

const PIPELINES: Readonly<
  Record<string, { readonly type: string; readonly suffix: string; readonly fields: Readonly<Record<string, Field>> }>
> = {
  DatabaseMetadata: { type: 'metadataIngestion', suffix: 'metadata', fields: METADATA },
  DatabaseUsage: {
    type: 'usageIngestion',
    suffix: 'usage',
    fields: { ...HISTORY, processQueryCostAnalysis: none('cost is always counted') },
  },
  DatabaseLineage: {
    type: 'lineageIngestion',
    suffix: 'lineage',
    fields: {
      ...HISTORY,
      ...FILTERS,
      processViewLineage: as('viewLineage'),
      processQueryLineage: as('queryLineage'),
      processStoredProcedureLineage: none('Athena has no stored procedures'),
      overrideViewLineage: none("a view's new text always replaces what the old one stated"),
      parsingTimeoutLimit: none('each text has a budget of 10 s and breaks alone'),
      queryParserConfig: none('there is one SQL engine'),
      threads: atMost('width', 64, 'shards at once'),
      processCrossDatabaseLineage: none('lineage between the databases of a connection is always there; between connections it is not'),
      crossDatabaseServiceNames: none('lineage between connections is not there'),
      enableTempTableLineage: none('temp tables are always followed'),
      incrementalLineageProcessing: none('what was read is never read twice'),
    },
  },
}

function convert(given: Fields, rules: Readonly<Record<string, Field>>, place: string, notes: string[], service: string): Fields {
  const converted: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(given)) {
    if (key === 'type' || value === null || value === undefined || value === '') continue
    const found = rules[key]?.(value, service) ?? 'lodeline has nothing for it'
    if (typeof found === 'string') notes.push(`${place}.${key}: not taken over: ${found}`)
    else if (found.value !== undefined) converted[found.to] = found.value
    if (typeof found !== 'string' && found.note !== undefined) notes.push(`${place}.${key}: ${found.note}`)
  }
  return converted
}

const CONNECTION: Readonly<Record<string, Field>> = {
  s3StagingDir: as('s3StagingDir'),
  workgroup: as('workgroup'),
  catalogId: as('catalogId'),
  connectionOptions: (value) =>
    Object.keys(fields(value)).length === 0 ? { to: '', value: undefined } : { to: 'connectionOptions', value },
  connectionArguments: (value) =>
    Object.keys(fields(value)).length === 0
      ? { to: '', value: undefined }
      : { to: 'connectionArguments', value, note: 'kept, but they were for its JDBC driver: nothing here uses them' },
  databaseName: none('it was the name OpenMetadata gave its database; here assets are named by the Athena catalog'),
  database: as('database'),
  scheme: none('AWS is asked by its SDK, not by JDBC'),
  sampleDataStorageConfig: none('no sample data is kept'),
  databaseFilterPattern: none('write filters into the pipelines'),
  schemaFilterPattern: none('write filters into the pipelines'),
  tableFilterPattern: none('write filters into the pipelines'),
}

const AWS: Readonly<Record<string, Field>> = {
  awsRegion: as('region'),
  awsAccessKeyId: as('accessKeyId'),
  endPointURL: as('endpoint'),
  profileName: as('profile'),
  assumeRoleArn: as('assumeRoleArn'),
  assumeRoleSessionName: as('assumeRoleSessionName'),
  assumeRoleSourceIdentity: as('assumeRoleSourceIdentity'),
  enabled: () => ({ to: '', value: undefined }),
}

/** Secrets of the file are not written into another: references stand in their place. */
const SECRETS: Readonly<Record<string, readonly [field: string, variable: string]>> = {
  awsSecretAccessKey: ['secretAccessKey', 'AWS_SECRET_ACCESS_KEY'],
  awsSessionToken: ['sessionToken', 'AWS_SESSION_TOKEN'],
}

function connection(name: string, given: Fields, notes: string[]): Fields {
  const { awsConfig, ...rest } = given
  const credentials: Record<string, string> = {}
  const aws = Object.entries(fields(awsConfig)).filter(([key, value]) => {
    const secret = SECRETS[key]
    if (secret === undefined || !value) return secret === undefined
    credentials[secret[0]] = `env:${secret[1]}`
    notes.push(`${name}: awsConfig.${key}: not written here; set ${secret[1]} in the worker's environment`)
    return false
  })
  const flags = Object.fromEntries(Object.entries(rest).filter(([key]) => !key.startsWith('supports')))
  if (fields(awsConfig).awsAccessKeyId && credentials.secretAccessKey === undefined)
    notes.push(
      `${name}: awsConfig.awsAccessKeyId: without its secret it is of no use; write \`credentials: { secretAccessKey: "env:AWS_SECRET_ACCESS_KEY" }\``,
    )
  const config = {
    ...convert(Object.fromEntries(aws), AWS, `${name}: awsConfig`, notes, name),
    ...convert(flags, CONNECTION, `${name}: serviceConnection.config`, notes, name),
  }
  return { name, connector: 'athena', config, ...(Object.keys(credentials).length === 0 ? {} : { credentials }) }
}

function envelope(document: Fields, name: string, notes: string[]): void {
  const { openMetadataServerConfig, raiseOnError, successThreshold } = fields(document.workflowConfig)
  if (openMetadataServerConfig !== undefined)
    notes.push(`${name}: workflowConfig.openMetadataServerConfig: results go to lodeline's catalog; add a sink to send them on`)
  if (raiseOnError === false) notes.push(`${name}: workflowConfig.raiseOnError: a run that fails says so always`)
  if (successThreshold !== undefined) notes.push(`${name}: workflowConfig.successThreshold: errors in single schemas never fail a run here`)
  notes.push(`${name}: schedules are not in the file: add \`schedule: { every: day, at: "02:00" }\` to the pipelines`)
}
