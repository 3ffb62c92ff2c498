import type { Kysely } from 'kysely'
import type { CatalogTables } from '../schema.ts'

type Column = 'text' | 'text?' | 'bigint' | 'bigint?' | 'integer' | 'integer?' | 'double precision' | 'double precision?'
interface TableSpec {
  readonly columns: Readonly<Record<string, Column>>
  readonly key: readonly string[]
  readonly indexes?: readonly (readonly string[])[]
}

/** All tables of the first release, as data; what the columns mean stands in schema.ts. */
const TABLES: Readonly<Record<string, TableSpec>> = {
  connections: {
    columns: {
      name: 'text',
      connector: 'text',
      document: 'text',
      generation: 'bigint',
      managed_by: 'text?',
      created_at: 'text',
      updated_at: 'text',
    },
    key: ['name'],
  },
  pipelines: {
    columns: {
      name: 'text',
      type: 'text',
      connection: 'text?',
      document: 'text',
      generation: 'bigint',
      managed_by: 'text?',
      created_at: 'text',
      updated_at: 'text',
      deleted_at: 'text?',
    },
    key: ['name'],
  },
  secrets: { columns: { name: 'text', ciphertext: 'text', updated_at: 'text' }, key: ['name'] },
  deployments: {
    columns: {
      pipeline: 'text',
      phase: 'text',
      schedule_id: 'text',
      generation: 'bigint',
      desired_hash: 'text',
      observed_hash: 'text?',
      paused: 'integer',
      pause_wanted: 'integer?',
      next_run_at: 'text?',
      error: 'text?',
      attempts: 'bigint',
      next_attempt_at: 'text?',
      drift: 'text?',
      lease_holder: 'text?',
      lease_until: 'text?',
      checked_at: 'text?',
      updated_at: 'text',
    },
    key: ['pipeline'],
  },
  runs: {
    columns: {
      id: 'text',
      pipeline: 'text',
      type: 'text',
      workflow_id: 'text',
      temporal_run_id: 'text',
      status: 'text',
      window_from: 'text?',
      window_to: 'text?',
      input: 'text',
      dag: 'text',
      counts: 'text',
      warnings: 'text',
      error: 'text?',
      started_at: 'text',
      ended_at: 'text?',
      heartbeat_at: 'text?',
    },
    key: ['id'],
    indexes: [['pipeline', 'started_at'], ['started_at'], ['status'], ['workflow_id']],
  },
  task_runs: {
    columns: {
      run: 'text',
      task: 'text',
      state: 'text',
      attempts: 'bigint',
      started_at: 'text?',
      ended_at: 'text?',
      items_total: 'bigint?',
      items_done: 'bigint?',
      items_failed: 'bigint?',
      counts: 'text',
      output: 'text?',
      error: 'text?',
    },
    key: ['run', 'task'],
  },
  task_items: {
    columns: { run: 'text', task: 'text', position: 'bigint', state: 'text', counts: 'text', output: 'text?', error: 'text?' },
    key: ['run', 'task', 'position'],
  },
  pool_slots: { columns: { pool: 'text', slot: 'bigint', holder: 'text', until: 'text' }, key: ['pool', 'slot'] },
  manifests: { columns: { run: 'text', manifest: 'text', position: 'bigint', item: 'text' }, key: ['run', 'manifest', 'position'] },
  assets: {
    columns: {
      id: 'text',
      connection: 'text',
      kind: 'text',
      path: 'text',
      path_key: 'text',
      name_key: 'text',
      parent_id: 'text?',
      rank: 'text',
      comment: 'text?',
      owner: 'text?',
      view_sql: 'text?',
      location: 'text?',
      properties: 'text?',
      tags: 'text?',
      seen_only: 'integer',
      dropped_at: 'text?',
      source_created_at: 'text?',
      source_updated_at: 'text?',
      schema_hash: 'text?',
      created_at: 'text',
      updated_at: 'text',
      revision: 'bigint',
    },
    key: ['id'],
    indexes: [['connection', 'path_key'], ['connection', 'name_key'], ['parent_id'], ['revision']],
  },
  asset_schemas: {
    columns: { asset: 'text', rank: 'text', position: 'text', origin: 'text', columns: 'text', hash: 'text' },
    key: ['asset', 'rank', 'origin'],
  },
  asset_columns: {
    columns: {
      asset: 'text',
      name: 'text',
      name_key: 'text',
      ordinal: 'bigint',
      type: 'text?',
      comment: 'text?',
      nullable: 'integer?',
      partition_key: 'integer',
      tags: 'text?',
    },
    key: ['asset', 'name'],
    indexes: [['name_key']],
  },
  processes: {
    columns: {
      id: 'text',
      connection: 'text',
      kind: 'text',
      dialect: 'text',
      sql: 'text',
      fingerprint: 'text',
      default_database: 'text?',
      default_schema: 'text?',
      temps: 'text',
      position: 'text',
      state: 'text',
      statement_kinds: 'text',
      confidence: 'double precision?',
      diagnostics: 'text?',
      schema_stamp: 'text?',
      last_run_at: 'text?',
      revision: 'bigint',
    },
    key: ['id'],
    indexes: [['connection', 'state', 'position'], ['revision']],
  },
  process_needs: { columns: { process: 'text', asset: 'text', schema_hash: 'text?' }, key: ['process', 'asset'], indexes: [['asset']] },
  process_reads: {
    columns: { process: 'text', asset: 'text', column: 'text', mode: 'text' },
    key: ['process', 'asset', 'column', 'mode'],
    indexes: [['asset']],
  },
  process_writes: { columns: { process: 'text', asset: 'text' }, key: ['process', 'asset'], indexes: [['asset']] },
  process_edges: {
    columns: {
      process: 'text',
      level: 'text',
      source: 'text',
      source_column: 'text',
      target: 'text',
      target_column: 'text',
      kind: 'text',
      confidence: 'double precision',
      span_from: 'bigint?',
      span_to: 'bigint?',
    },
    key: ['process', 'level', 'source', 'source_column', 'target', 'target_column', 'kind'],
    indexes: [['source'], ['target']],
  },
  sink_cursors: {
    columns: { pipeline: 'text', sink: 'text', revision: 'bigint', process: 'text', updated_at: 'text' },
    key: ['pipeline', 'sink'],
  },
  sink_refusals: {
    columns: { pipeline: 'text', sink: 'text', process: 'text', reason: 'text', revision: 'bigint' },
    key: ['pipeline', 'sink', 'process'],
  },
}

export async function up(db: Kysely<CatalogTables>, engine: 'sqlite' | 'postgres'): Promise<void> {
  for (const [name, spec] of Object.entries(TABLES)) await createTable(db, name, spec)
  await createRunLogs(db, engine)
}

/** Shared with later migrations that add tables. */
export async function createTable(db: Kysely<CatalogTables>, name: string, spec: TableSpec): Promise<void> {
  let table = db.schema.createTable(name)
  for (const [column, type] of Object.entries(spec.columns)) {
    const optional = type.endsWith('?')
    table = table.addColumn(column, (optional ? type.slice(0, -1) : type) as 'text', (built) => (optional ? built : built.notNull())) // the types named in Column are Kysely's
  }
  await table.addPrimaryKeyConstraint(`${name}_key`, spec.key as unknown as never[]).execute() // columns added in a loop are not in the builder's type
  for (const columns of spec.indexes ?? [])
    await db.schema
      .createIndex(`${name}_${columns.join('_')}`)
      .on(name)
      .columns([...columns])
      .execute()
}

/** The one table whose rows have no natural key: lines in the order they came. */
async function createRunLogs(db: Kysely<CatalogTables>, engine: 'sqlite' | 'postgres'): Promise<void> {
  await db.schema
    .createTable('run_logs')
    .addColumn('id', engine === 'sqlite' ? 'integer' : 'bigserial', (column) =>
      engine === 'sqlite' ? column.primaryKey().autoIncrement() : column.primaryKey(),
    )
    .addColumn('run', 'text', (column) => column.notNull())
    .addColumn('task', 'text')
    .addColumn('at', 'text', (column) => column.notNull())
    .addColumn('level', 'text', (column) => column.notNull())
    .addColumn('message', 'text', (column) => column.notNull())
    .addColumn('facts', 'text')
    .execute()
  await db.schema.createIndex('run_logs_run').on('run_logs').columns(['run', 'id']).execute()
}
