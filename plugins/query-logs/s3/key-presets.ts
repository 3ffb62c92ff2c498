import type { RecordKeys } from '../../../contracts/query-record.ts'

/**
 * Keys under which each source's own query history has its fields, as a plain export to JSON gives them.
 * Durations are named only where the source counts in milliseconds; elsewhere start and end say it.
 */
export const KEY_PRESETS = {
  /** ACCOUNT_USAGE.QUERY_HISTORY. https://docs.snowflake.com/en/sql-reference/account-usage/query_history */
  snowflake: {
    sql: 'QUERY_TEXT',
    defaultDatabase: 'DATABASE_NAME',
    defaultSchema: 'SCHEMA_NAME',
    session: 'SESSION_ID',
    user: 'USER_NAME',
    startTime: 'START_TIME',
    endTime: 'END_TIME',
    durationMs: 'TOTAL_ELAPSED_TIME',
    rows: 'ROWS_PRODUCED',
    bytes: 'BYTES_SCANNED',
    cost: 'CREDITS_USED_CLOUD_SERVICES',
    status: 'EXECUTION_STATUS',
    id: 'QUERY_ID',
  },
  /** SYS_QUERY_HISTORY; elapsed_time is in microseconds. https://docs.aws.amazon.com/redshift/latest/dg/SYS_QUERY_HISTORY.html */
  redshift: {
    sql: 'query_text',
    defaultDatabase: 'database_name',
    defaultSchema: 'schema_name',
    session: 'session_id',
    user: 'user_name',
    startTime: 'start_time',
    endTime: 'end_time',
    rows: 'returned_rows',
    bytes: 'returned_bytes',
    status: 'status',
    id: 'query_id',
  },
  /** INFORMATION_SCHEMA.JOBS; scripts' default dataset is only in the Jobs API. https://cloud.google.com/bigquery/docs/information-schema-jobs */
  bigquery: {
    sql: 'query',
    defaultDatabase: 'project_id',
    defaultSchema: 'default_dataset',
    session: 'session_info.session_id',
    user: 'user_email',
    startTime: 'start_time',
    endTime: 'end_time',
    bytes: 'total_bytes_processed',
    status: 'error_result.reason',
    id: 'job_id',
  },
  /** Hive's LineageLogger hook, one object a line. Names have two levels: `database` is the only default. */
  hive: {
    sql: 'queryText',
    defaultSchema: 'database',
    session: 'sessionId',
    user: 'user',
    startTime: 'timestamp',
    durationMs: 'duration',
    status: 'status',
    id: 'hash',
  },
  /** sys.dm_pdw_exec_requests joined with sys.dm_pdw_exec_sessions; `command2` has the whole text. */
  synapse: {
    sql: 'command2',
    defaultDatabase: 'database_name',
    defaultSchema: 'schema_name',
    session: 'session_id',
    user: 'login_name',
    startTime: 'start_time',
    endTime: 'end_time',
    durationMs: 'total_elapsed_time',
    status: 'status',
    id: 'request_id',
  },
  /** Query Store joined with its texts and runtime statistics; it has no user and no session. */
  sqlserver: {
    sql: 'query_sql_text',
    defaultDatabase: 'database_name',
    defaultSchema: 'schema_name',
    session: 'session_id',
    user: 'login_name',
    startTime: 'last_execution_time',
    rows: 'avg_rowcount',
    status: 'execution_type_desc',
    id: 'query_id',
  },
  /** DBC.QryLogV joined with DBC.QryLogSqlV, the rows of a text put together. Names have two levels. */
  teradata: {
    sql: 'SqlTextInfo',
    defaultSchema: 'DefaultDatabase',
    session: 'SessionID',
    user: 'UserName',
    startTime: 'StartTime',
    endTime: 'FirstRespTime',
    rows: 'NumResultRows',
    status: 'ErrorCode',
    id: 'QueryID',
  },
  /** Columns of the CSV that OpenMetadata's usage and lineage workflows read. https://docs.open-metadata.org/connectors/ingestion/workflows/usage/usage-workflow-query-logs */
  openmetadata: {
    sql: 'query_text',
    defaultDatabase: 'database_name',
    defaultSchema: 'schema_name',
    user: 'user_name',
    startTime: 'start_time',
    endTime: 'end_time',
    durationMs: 'duration',
    cost: 'cost',
    status: 'aborted',
  },
} as const satisfies Record<string, RecordKeys>

type KeyPreset = keyof typeof KEY_PRESETS
/** A type-checked list for schemas; the record above is the one source. */
export const KEY_PRESET_NAMES = Object.keys(KEY_PRESETS) as [KeyPreset, ...KeyPreset[]] // Object.keys widens to string[]
