import type { Kysely } from 'kysely'
import type { CatalogTables } from '../schema.ts'
import { createTable } from './0001-tables.ts'

/** What crawls and readers of histories keep; see ../metadata/tables.ts. */
export async function up(db: Kysely<CatalogTables>): Promise<void> {
  await createTable(db, 'metadata_seen', {
    columns: {
      pipeline: 'text',
      asset: 'text',
      connection: 'text',
      parent: 'text',
      kind: 'text',
      path: 'text',
      run: 'text',
      dry_run: 'text',
      hash: 'text',
      told: 'text',
    },
    key: ['pipeline', 'asset'],
    indexes: [['asset'], ['pipeline', 'parent']],
  })
  await createTable(db, 'metadata_listings', {
    columns: { run: 'text', path_key: 'text', path: 'text', problem: 'text?' },
    key: ['run', 'path_key'],
  })
  await createTable(db, 'metadata_runs', {
    columns: { pipeline: 'text', run: 'text', options_hash: 'text', started_at: 'text', ended_at: 'text?' },
    key: ['pipeline', 'run'],
  })
  await createTable(db, 'metadata_deletions', {
    columns: { run: 'text', asset: 'text', pipeline: 'text', at: 'text', restored_at: 'text?' },
    key: ['run', 'asset'],
  })
  await createTable(db, 'history_objects', {
    columns: { log: 'text', object: 'text', etag: 'text', bytes: 'bigint', run: 'text', body: 'text' },
    key: ['log', 'object'],
  })
  await createTable(db, 'history_executions', {
    columns: { log: 'text', id: 'text', open: 'integer' },
    key: ['log', 'id'],
    indexes: [['log', 'open']],
  })
  await createTable(db, 'history_progress', { columns: { log: 'text', covered_to: 'text' }, key: ['log'] })
  await createTable(db, 'history_groups', {
    columns: {
      log: 'text',
      day: 'text',
      name: 'text',
      executions: 'bigint',
      failed: 'bigint',
      bytes: 'double precision',
      cost: 'double precision',
    },
    key: ['log', 'day', 'name'],
  })
}
