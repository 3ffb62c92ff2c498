import { setTimeout as pause } from 'node:timers/promises'
import {
  AthenaClient,
  BatchGetQueryExecutionCommand,
  GetDatabaseCommand as GetDatabaseOfCatalogCommand,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  GetTableMetadataCommand,
  GetWorkGroupCommand,
  ListDatabasesCommand,
  ListQueryExecutionsCommand,
  ListTableMetadataCommand,
  ListWorkGroupsCommand,
  type QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
  type TableMetadata,
  type WorkGroup,
  type WorkGroupSummary,
} from '@aws-sdk/client-athena'
import {
  type Database,
  GetDatabaseCommand,
  GetDatabasesCommand,
  GetTableCommand,
  GetTablesCommand,
  GlueClient,
  type Table,
} from '@aws-sdk/client-glue'
import { GetResourceLFTagsCommand, type GetResourceLFTagsResponse, LakeFormationClient, type Resource } from '@aws-sdk/client-lakeformation'
import { fromIni, fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers'
import { LodelineError } from '../../../contracts/errors.ts'
import type { Host } from '../../../contracts/plugin.ts'
import { type AthenaConfig, catalogNameOf } from './config.ts'
import { type Attempt, classified } from './errors.ts'
import { OWN_QUERY_COMMENT } from './own-queries.ts'

/** The only file that imports the AWS SDK; it is itself imported when a capability runs. */

export type { Database, QueryExecution, Table, TableMetadata, WorkGroup, WorkGroupSummary }
export type LfTags = GetResourceLFTagsResponse

export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | undefined
}

/** Limits of the API reference. */
const GLUE_PAGE = 100
const HISTORY_PAGE = 50
const METADATA_PAGE = 50
const DEFAULT_ATTEMPTS = 8
const FIRST_POLL_MS = 100
const LONGEST_POLL_MS = 2_000

/** AWS as this connector uses it; errors are already ours and say which action was tried. */
export interface AthenaApi {
  readonly catalog: string
  glueDatabases(token: string | undefined): Promise<Page<Database>>
  glueDatabase(name: string): Promise<Database | undefined>
  glueTables(database: string, token: string | undefined): Promise<Page<Table>>
  glueTable(database: string, name: string): Promise<Table | undefined>
  athenaDatabases(
    token: string | undefined,
  ): Promise<Page<{ readonly Name?: string | undefined; readonly Description?: string | undefined }>>
  athenaDatabase(name: string): Promise<{ readonly Name?: string | undefined; readonly Description?: string | undefined } | undefined>
  athenaTables(database: string, token: string | undefined): Promise<Page<TableMetadata>>
  athenaTable(database: string, name: string): Promise<TableMetadata | undefined>
  lfTags(resource: { readonly database: string; readonly table?: string }): Promise<LfTags>
  workGroups(token: string | undefined): Promise<Page<WorkGroupSummary>>
  workGroup(name: string): Promise<WorkGroup | undefined>
  executionIds(workGroup: string, token: string | undefined): Promise<Page<string>>
  executions(ids: readonly string[]): Promise<{ readonly found: readonly QueryExecution[]; readonly missing: readonly string[] }>
  /** Runs one query of ours in the connection's workgroup; rows as texts, header left out. */
  query(sql: string, database?: string): Promise<readonly (readonly (string | null)[])[]>
  close(): void
}

type Call = <T>(attempt: Attempt, send: (options: { abortSignal: AbortSignal }) => Promise<T>) => Promise<T>

export function connect(config: AthenaConfig, host: Host): AthenaApi {
  const athena = new AthenaClient(clientConfig(config, 'athena'))
  const glue = new GlueClient(clientConfig(config, 'glue'))
  const lakeFormation = new LakeFormationClient(clientConfig(config, 'lakeFormation'))
  const call = throttled(config.requestsPerSecond, host)
  return {
    catalog: catalogNameOf(config),
    ...glueCalls(glue, config, call),
    ...athenaMetadataCalls(athena, catalogNameOf(config), call),
    ...historyCalls(athena, call),
    lfTags: (resource) =>
      call(
        { action: 'lakeformation:GetResourceLFTags', resource: [resource.database, resource.table].filter(Boolean).join('.') },
        (options) =>
          lakeFormation.send(
            new GetResourceLFTagsCommand({ ...catalogId(config), Resource: lfResource(resource, config), ShowAssignedLFTags: true }),
            options,
          ),
      ),
    query: (sql, database) => runQuery(athena, config, host, call, sql, database),
    close() {
      for (const client of [athena, glue, lakeFormation]) client.destroy()
    },
  }
}

function clientConfig(config: AthenaConfig, service: 'athena' | 'glue' | 'lakeFormation') {
  const endpoint = config.endpoints?.[service] ?? config.endpoint
  const { maxAttempts, requestTimeoutMs, useFipsEndpoint, useDualstackEndpoint } = config.connectionOptions ?? {}
  return {
    region: config.region,
    credentials: credentials(config),
    retryMode: 'adaptive', // slows down by itself when AWS throttles
    maxAttempts: Number(maxAttempts ?? DEFAULT_ATTEMPTS),
    useFipsEndpoint: useFipsEndpoint === true,
    useDualstackEndpoint: useDualstackEndpoint === true,
    requestHandler: { connectionTimeout: 10_000, requestTimeout: Number(requestTimeoutMs ?? 60_000) },
    ...(endpoint === undefined ? {} : { endpoint }),
  }
}

function credentials(config: AthenaConfig) {
  const { accessKeyId, secretAccessKey, sessionToken, profile, assumeRoleArn, externalId, assumeRoleSourceIdentity } = config
  const base =
    accessKeyId !== undefined && secretAccessKey !== undefined
      ? { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
      : profile === undefined
        ? fromNodeProviderChain()
        : fromIni({ profile, clientConfig: { region: config.region } }) // the chain would weigh it against keys of the environment
  if (assumeRoleArn === undefined) return base
  const endpoint = config.endpoints?.sts ?? config.endpoint
  const assumed = fromTemporaryCredentials({
    masterCredentials: base,
    params: {
      RoleArn: assumeRoleArn,
      RoleSessionName: config.assumeRoleSessionName,
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
      ...(assumeRoleSourceIdentity === undefined ? {} : { SourceIdentity: assumeRoleSourceIdentity }),
    },
    clientConfig: { region: config.region, ...(endpoint === undefined ? {} : { endpoint }) },
  })
  return async (...caller: Parameters<typeof assumed>) => {
    try {
      return await assumed(...caller)
    } catch (error) {
      throw classified(error, { action: 'sts:AssumeRole', resource: assumeRoleArn }) // else it would be told of the call that needed it
    }
  }
}

/** Athena's lists have the least of its quotas, 5 calls a second; these have four times that and more (https://docs.aws.amazon.com/athena/latest/ug/service-limits.html). */
const FASTER = 4
const LISTS = /^athena:List/

/** Spaces Athena's calls evenly by action, so that a long reading leaves room for the account's other users. Glue and Lake Formation have room. */
function throttled(requestsPerSecond: number, host: Host): Call {
  const free = new Map<string, number>()
  return async (attempt, send) => {
    const now = performance.now()
    const at = Math.max(now, free.get(attempt.action) ?? 0)
    const gapMs = 1000 / (requestsPerSecond * (LISTS.test(attempt.action) ? 1 : FASTER))
    if (attempt.action.startsWith('athena:')) free.set(attempt.action, at + gapMs)
    if (at > now) await pause(at - now, undefined, { signal: host.signal })
    host.count('apiCalls')
    try {
      return await send({ abortSignal: host.signal })
    } catch (error) {
      host.signal.throwIfAborted()
      throw classified(error, attempt)
    }
  }
}

const catalogId = (config: AthenaConfig) => (config.catalogId === undefined ? {} : { CatalogId: config.catalogId })

function lfResource(resource: { readonly database: string; readonly table?: string }, config: AthenaConfig): Resource {
  if (resource.table === undefined) return { Database: { ...catalogId(config), Name: resource.database } }
  return { TableWithColumns: { ...catalogId(config), DatabaseName: resource.database, Name: resource.table, ColumnWildcard: {} } }
}

function glueCalls(
  glue: GlueClient,
  config: AthenaConfig,
  call: Call,
): Pick<AthenaApi, 'glueDatabases' | 'glueDatabase' | 'glueTables' | 'glueTable'> {
  const token = (next: string | undefined) => (next === undefined ? {} : { NextToken: next })
  return {
    async glueDatabases(next) {
      const page = await call({ action: 'glue:GetDatabases' }, (options) =>
        glue.send(new GetDatabasesCommand({ ...catalogId(config), ...token(next), MaxResults: GLUE_PAGE }), options),
      )
      return { items: page.DatabaseList ?? [], next: page.NextToken }
    },
    async glueDatabase(name) {
      const answer = await call({ action: 'glue:GetDatabase', resource: name }, (options) =>
        glue.send(new GetDatabaseCommand({ ...catalogId(config), Name: name }), options),
      )
      return answer.Database
    },
    async glueTables(database, next) {
      const page = await call({ action: 'glue:GetTables', resource: database }, (options) =>
        glue.send(new GetTablesCommand({ ...catalogId(config), DatabaseName: database, ...token(next), MaxResults: GLUE_PAGE }), options),
      )
      return { items: page.TableList ?? [], next: page.NextToken }
    },
    async glueTable(database, name) {
      const answer = await call({ action: 'glue:GetTable', resource: `${database}.${name}` }, (options) =>
        glue.send(new GetTableCommand({ ...catalogId(config), DatabaseName: database, Name: name }), options),
      )
      return answer.Table
    },
  }
}

function athenaMetadataCalls(
  athena: AthenaClient,
  catalog: string,
  call: Call,
): Pick<AthenaApi, 'athenaDatabases' | 'athenaDatabase' | 'athenaTables' | 'athenaTable'> {
  const paging = (next: string | undefined) => ({
    CatalogName: catalog,
    MaxResults: METADATA_PAGE,
    ...(next === undefined ? {} : { NextToken: next }),
  })
  return {
    async athenaDatabases(next) {
      const page = await call({ action: 'athena:ListDatabases', resource: catalog }, (options) =>
        athena.send(new ListDatabasesCommand(paging(next)), options),
      )
      return { items: page.DatabaseList ?? [], next: page.NextToken }
    },
    async athenaDatabase(name) {
      const answer = await call({ action: 'athena:GetDatabase', resource: name }, (options) =>
        athena.send(new GetDatabaseOfCatalogCommand({ CatalogName: catalog, DatabaseName: name }), options),
      )
      return answer.Database
    },
    async athenaTable(database, name) {
      const answer = await call({ action: 'athena:GetTableMetadata', resource: `${database}.${name}` }, (options) =>
        athena.send(new GetTableMetadataCommand({ CatalogName: catalog, DatabaseName: database, TableName: name }), options),
      )
      return answer.TableMetadata
    },
    async athenaTables(database, next) {
      const page = await call({ action: 'athena:ListTableMetadata', resource: database }, (options) =>
        athena.send(new ListTableMetadataCommand({ ...paging(next), DatabaseName: database }), options),
      )
      return { items: page.TableMetadataList ?? [], next: page.NextToken }
    },
  }
}

function historyCalls(athena: AthenaClient, call: Call): Pick<AthenaApi, 'workGroups' | 'workGroup' | 'executionIds' | 'executions'> {
  return {
    async workGroups(next) {
      const page = await call({ action: 'athena:ListWorkGroups' }, (options) =>
        athena.send(new ListWorkGroupsCommand({ MaxResults: HISTORY_PAGE, ...(next === undefined ? {} : { NextToken: next }) }), options),
      )
      return { items: page.WorkGroups ?? [], next: page.NextToken }
    },
    async workGroup(name) {
      const answer = await call({ action: 'athena:GetWorkGroup', resource: name }, (options) =>
        athena.send(new GetWorkGroupCommand({ WorkGroup: name }), options),
      )
      return answer.WorkGroup
    },
    async executionIds(workGroup, next) {
      const page = await call({ action: 'athena:ListQueryExecutions', resource: workGroup }, (options) =>
        athena.send(
          new ListQueryExecutionsCommand({
            WorkGroup: workGroup,
            MaxResults: HISTORY_PAGE,
            ...(next === undefined ? {} : { NextToken: next }),
          }),
          options,
        ),
      )
      return { items: page.QueryExecutionIds ?? [], next: page.NextToken }
    },
    async executions(ids) {
      const answer = await call({ action: 'athena:BatchGetQueryExecution' }, (options) =>
        athena.send(new BatchGetQueryExecutionCommand({ QueryExecutionIds: [...ids] }), options),
      )
      const missing = (answer.UnprocessedQueryExecutionIds ?? []).map((entry) => entry.QueryExecutionId).filter((id) => id !== undefined)
      return { found: answer.QueryExecutions ?? [], missing }
    },
  }
}

async function runQuery(athena: AthenaClient, config: AthenaConfig, host: Host, call: Call, sql: string, database: string | undefined) {
  const started = await call({ action: 'athena:StartQueryExecution', resource: config.workgroup }, (options) =>
    athena.send(
      new StartQueryExecutionCommand({
        QueryString: `${OWN_QUERY_COMMENT} ${sql}`,
        WorkGroup: config.workgroup,
        QueryExecutionContext: { Catalog: catalogNameOf(config), ...(database === undefined ? {} : { Database: database }) },
        ...(config.s3StagingDir === undefined ? {} : { ResultConfiguration: { OutputLocation: config.s3StagingDir } }),
      }),
      options,
    ),
  )
  const id = started.QueryExecutionId ?? ''
  try {
    await untilDone(athena, host, call, id)
  } catch (error) {
    if (host.signal.aborted) await athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id })).catch(() => undefined) // the query's end is what matters to us
    throw error
  }
  const results = await call({ action: 'athena:GetQueryResults', resource: config.workgroup }, (options) =>
    athena.send(new GetQueryResultsCommand({ QueryExecutionId: id }), options),
  )
  const rows = (results.ResultSet?.Rows ?? []).map((row) => (row.Data ?? []).map((cell) => cell.VarCharValue ?? null))
  const header = (results.ResultSet?.ResultSetMetadata?.ColumnInfo ?? []).map((column) => column.Name)
  return rows[0]?.every((cell, i) => cell === header[i]) ? rows.slice(1) : rows
}

async function untilDone(athena: AthenaClient, host: Host, call: Call, id: string): Promise<void> {
  for (let waitMs = FIRST_POLL_MS; ; waitMs = Math.min(LONGEST_POLL_MS, waitMs * 2)) {
    const { QueryExecution: execution } = await call({ action: 'athena:GetQueryExecution' }, (options) =>
      athena.send(new GetQueryExecutionCommand({ QueryExecutionId: id }), options),
    )
    const state = execution?.Status?.State
    if (state === 'SUCCEEDED') return
    if (state === 'FAILED' || state === 'CANCELLED') {
      const reason = execution?.Status?.StateChangeReason ?? state
      throw new LodelineError('ATHENA_QUERY_FAILED', `Athena: ${reason}`, { state })
    }
    await pause(waitMs, undefined, { signal: host.signal })
  }
}
