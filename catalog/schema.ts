import type { Generated } from 'kysely'
import type { MetadataTables } from './metadata/tables.ts'
import type { MiningTables } from './mining/tables.ts'

/**
 * Table shapes of the catalog, the same on SQLite and Postgres. JSON and times (ISO, UTC) are text on both; booleans are 0 or 1.
 * Ids are hex hashes of natural keys, so that writing the same thing again changes nothing.
 */
type Flag = 0 | 1

export interface MetaTable {
  name: string
  value: string
}

export interface ConnectionsTable {
  name: string
  connector: string
  /** contracts/pipeline.ts Connection; secret values encrypted. */
  document: string
  generation: number
  managed_by: string | null
  created_at: string
  updated_at: string
}

export interface PipelinesTable {
  name: string
  type: string
  connection: string | null
  /** contracts/pipeline.ts Pipeline */
  document: string
  generation: number
  managed_by: string | null
  created_at: string
  updated_at: string
  deleted_at: string | null
}

export interface SecretsTable {
  name: string
  ciphertext: string
  updated_at: string
}

/** contracts/deployments.ts */
export interface DeploymentsTable {
  pipeline: string
  phase: string
  schedule_id: string
  generation: number
  desired_hash: string
  observed_hash: string | null
  paused: Flag
  pause_wanted: Flag | null
  next_run_at: string | null
  error: string | null
  attempts: number
  next_attempt_at: string | null
  drift: string | null
  lease_holder: string | null
  lease_until: string | null
  checked_at: string | null
  updated_at: string
}

export interface RunsTable {
  id: string
  pipeline: string
  type: string
  workflow_id: string
  temporal_run_id: string
  status: string
  window_from: string | null
  window_to: string | null
  input: string
  dag: string
  counts: string
  warnings: string
  error: string | null
  started_at: string
  ended_at: string | null
  heartbeat_at: string | null
}

export interface TaskRunsTable {
  run: string
  task: string
  state: string
  attempts: number
  started_at: string | null
  ended_at: string | null
  items_total: number | null
  items_done: number | null
  items_failed: number | null
  counts: string
  output: string | null
  error: string | null
}

export interface TaskItemsTable {
  run: string
  task: string
  position: number
  state: string
  counts: string
  output: string | null
  error: string | null
}

export interface RunLogsTable {
  id: Generated<number>
  run: string
  task: string | null
  at: string
  level: string
  message: string
  facts: string | null
}

export interface ManifestsTable {
  run: string
  manifest: string
  position: number
  item: string
}

/** A running task of a pool holds a slot until it ends or its lease runs out. */
export interface PoolSlotsTable {
  pool: string
  slot: number
  holder: string
  until: string
}

export interface AssetsTable {
  id: string
  connection: string
  kind: string
  /** JSON array from the connection down. */
  path: string
  /** Folded parts joined by U+001F: what names are matched by. */
  path_key: string
  /** Folded last part. */
  name_key: string
  parent_id: string | null
  /** Best rank that says something of it: contracts/assets.ts SCHEMA_RANKS. */
  rank: string
  comment: string | null
  owner: string | null
  view_sql: string | null
  location: string | null
  properties: string | null
  tags: string | null
  /** Known from queries only. */
  seen_only: Flag
  dropped_at: string | null
  source_created_at: string | null
  source_updated_at: string | null
  /** Hash of what the columns below are: of the effective schema; null when no columns are known. */
  schema_hash: string | null
  created_at: string
  updated_at: string
  revision: number
}

/** Candidates: what each rank and origin says the columns are. */
export interface AssetSchemasTable {
  asset: string
  rank: string
  /** Orders candidates of one rank, the greatest wins: time of an import, position in a log. */
  position: string
  origin: string
  columns: string
  hash: string
}

/** The effective columns: of the best rank, and there the newest. */
export interface AssetColumnsTable {
  asset: string
  name: string
  name_key: string
  ordinal: number
  type: string | null
  comment: string | null
  nullable: Flag | null
  partition_key: Flag
  tags: string | null
}

/** Statements, views, models: what edges are stated by. */
export interface ProcessesTable {
  id: string
  connection: string
  kind: string
  dialect: string
  /** Normalised text, literals masked unless the pipeline keeps them. */
  sql: string
  fingerprint: string
  default_database: string | null
  default_schema: string | null
  /** Session state in force that the text depends on: [{name, by: [process id]}]. */
  temps: string
  /** Earliest occurrence: orders processes, and decides whose text is kept. */
  position: string
  state: string
  statement_kinds: string
  confidence: number | null
  diagnostics: string | null
  /** Hash of the schemas it was resolved with. */
  schema_stamp: string | null
  last_run_at: string | null
  /** Tables the text names: JSON, their paths. */
  tables: string | null
  /** Hash of what resolving it gave: an equal result changes nothing. */
  result_hash: string | null
  revision: number
}

export interface ProcessNeedsTable {
  process: string
  asset: string
  schema_hash: string | null
}

export interface ProcessReadsTable {
  process: string
  asset: string
  /** Empty for the table as a whole. */
  column: string
  mode: string
  /** What is read of it: JSON list of names. */
  columns: string | null
}

export interface ProcessWritesTable {
  process: string
  asset: string
}

export interface ProcessEdgesTable {
  process: string
  level: string
  source: string
  source_column: string
  target: string
  target_column: string
  kind: string
  confidence: number
  span_from: number | null
  span_to: number | null
  /** A JSON list; null where the whole column is taken. */
  source_paths: string | null
}

export interface SinkCursorsTable {
  pipeline: string
  sink: string
  revision: number
  /** The last one delivered of the revision. */
  process: string
  updated_at: string
}

export interface SinkRefusalsTable {
  pipeline: string
  sink: string
  process: string
  reason: string
  revision: number
}

export interface CatalogTables extends MiningTables, MetadataTables {
  meta: MetaTable
  connections: ConnectionsTable
  pipelines: PipelinesTable
  secrets: SecretsTable
  deployments: DeploymentsTable
  runs: RunsTable
  task_runs: TaskRunsTable
  task_items: TaskItemsTable
  run_logs: RunLogsTable
  manifests: ManifestsTable
  pool_slots: PoolSlotsTable
  assets: AssetsTable
  asset_schemas: AssetSchemasTable
  asset_columns: AssetColumnsTable
  processes: ProcessesTable
  process_needs: ProcessNeedsTable
  process_reads: ProcessReadsTable
  process_writes: ProcessWritesTable
  process_edges: ProcessEdgesTable
  sink_cursors: SinkCursorsTable
  sink_refusals: SinkRefusalsTable
}
