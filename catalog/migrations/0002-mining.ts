import type { Kysely } from 'kysely'
import type { CatalogTables } from '../schema.ts'
import { createTable } from './0001-tables.ts'

/** What the miner keeps for itself, and usage; see ../mining/tables.ts. */
export async function up(db: Kysely<CatalogTables>): Promise<void> {
  await createTable(db, 'mining_objects', {
    columns: { pipeline: 'text', object: 'text', etag: 'text', bytes: 'bigint', seekable: 'integer', state: 'text', run: 'text' },
    key: ['pipeline', 'object'],
  })
  await createTable(db, 'mining_segments', {
    columns: {
      pipeline: 'text',
      object: 'text',
      from_offset: 'bigint',
      to_offset: 'bigint?',
      etag: 'text',
      position: 'text',
      at_offset: 'bigint',
      line: 'bigint',
      line_base: 'bigint',
      in_array: 'integer',
      last_session: 'text?',
      state: 'text',
      settled: 'integer',
      counts: 'text',
    },
    key: ['pipeline', 'object', 'from_offset'],
    indexes: [['pipeline', 'position']],
  })
  await createTable(db, 'mining_parts', {
    columns: {
      pipeline: 'text',
      connection: 'text',
      object: 'text',
      etag: 'text',
      from_offset: 'bigint',
      start_offset: 'bigint',
      current: 'integer',
      counted: 'integer',
      first_day: 'text',
      last_day: 'text',
      processes: 'text',
      rows: 'bigint',
      usage: 'text',
      seen: 'text',
    },
    key: ['pipeline', 'object', 'etag', 'from_offset', 'start_offset'],
    indexes: [['connection', 'counted']],
  })
  await createTable(db, 'mining_sessions', {
    columns: {
      pipeline: 'text',
      object: 'text',
      from_offset: 'bigint',
      position: 'text',
      session: 'text',
      hash: 'bigint',
      start_digest: 'text',
      start_state: 'text?',
      digest: 'text',
      state: 'text?',
    },
    key: ['pipeline', 'object', 'from_offset', 'session'],
    indexes: [
      ['pipeline', 'position'],
      ['pipeline', 'hash'],
    ],
  })
  await createTable(db, 'process_occurrences', {
    columns: { process: 'text', pipeline: 'text', object: 'text', from_offset: 'bigint', position: 'text' },
    key: ['process', 'pipeline', 'object', 'from_offset'],
    indexes: [['pipeline', 'object']],
  })
  await createTable(db, 'dead_letters', {
    columns: { pipeline: 'text', object: 'text', line: 'bigint', at_offset: 'bigint', reason: 'text', sample: 'text' },
    key: ['pipeline', 'object', 'at_offset', 'reason'],
  })
  await createTable(db, 'usage_by_asset', {
    columns: {
      connection: 'text',
      asset: 'text',
      day: 'text',
      selects: 'bigint',
      writes: 'bigint',
      last_at: 'text?',
      users: 'text',
      columns: 'text',
    },
    key: ['asset', 'day'],
    indexes: [['connection', 'day']],
  })
  await createTable(db, 'usage_by_process', {
    columns: {
      connection: 'text',
      process: 'text',
      executions: 'bigint',
      duration_ms: 'double precision',
      rows_returned: 'double precision',
      bytes: 'double precision',
      cost: 'double precision',
      first_at: 'text?',
      last_at: 'text?',
      users: 'text',
    },
    key: ['process'],
    indexes: [['connection', 'executions']],
  })
  await createTable(db, 'asset_events', {
    columns: { process: 'text', asset: 'text', connection: 'text', kind: 'text', what: 'text' },
    key: ['process', 'asset', 'what'],
    indexes: [['connection']],
  })
  await createTable(db, 'withdrawn_processes', { columns: { connection: 'text', process: 'text' }, key: ['connection', 'process'] })
  await createTable(db, 'schema_changes', { columns: { connection: 'text', asset: 'text' }, key: ['connection', 'asset'] })
  await db.schema.alterTable('process_reads').addColumn('columns', 'text').execute()
  await db.schema.alterTable('processes').addColumn('tables', 'text').execute()
  await db.schema.alterTable('processes').addColumn('result_hash', 'text').execute()
}
