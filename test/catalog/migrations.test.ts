import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { Kysely } from 'kysely'
import { up as tables } from '../../catalog/migrations/0001-tables.ts'
import { up as mining } from '../../catalog/migrations/0002-mining.ts'
import { up as metadata } from '../../catalog/migrations/0003-metadata.ts'
import { up as joins } from '../../catalog/migrations/0004-joins.ts'
import { up as runCounts } from '../../catalog/migrations/0005-run-counts.ts'
import { openCatalog } from '../../catalog/open.ts'
import type { CatalogTables } from '../../catalog/schema.ts'
import { nodeSqliteDialect } from '../../catalog/sqlite-dialect.ts'

/** What a process states, in a catalog whose lists of it still have keys. */
const LISTS = {
  process_edges: {
    process: 'p',
    level: 'column',
    source: 'a',
    source_column: 'x',
    target: 'b',
    target_column: 'y',
    kind: 'IDENTITY',
    confidence: 0.5,
    span_from: 3,
    span_to: null,
  },
  process_reads: { process: 'p', asset: 'a', column: '', mode: 'write', columns: '["x"]' },
  process_needs: { process: 'p', asset: 'a', schema_hash: null },
  process_joins: { process: 'p', asset: 'a', column: 'x', other: 'b', other_column: 'y' },
} as const

test('a catalog of an older version keeps what processes state', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lodeline-migrations-'))
  try {
    const path = join(folder, 'catalog.db')
    await writeVersion5(path)
    const catalog = await openCatalog({ url: `sqlite:${path}` })
    try {
      for (const [table, row] of Object.entries(LISTS)) {
        const rows = await catalog.db
          .selectFrom(table as keyof typeof LISTS)
          .selectAll()
          .execute()
        expect(rows).toMatchObject([row])
      }
    } finally {
      await catalog.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

async function writeVersion5(path: string): Promise<void> {
  const db = new Kysely<CatalogTables>({ dialect: nodeSqliteDialect(path, false) })
  try {
    await db.schema
      .createTable('meta')
      .addColumn('name', 'text', (name) => name.primaryKey())
      .addColumn('value', 'text')
      .execute()
    for (const up of [tables, mining, metadata, joins, runCounts]) await up(db, 'sqlite')
    await db
      .insertInto('meta')
      .values([
        { name: 'version', value: '5' },
        { name: 'revision', value: '7' },
      ])
      .execute()
    await db.insertInto('process_edges').values(LISTS.process_edges).execute()
    await db.insertInto('process_reads').values(LISTS.process_reads).execute()
    await db.insertInto('process_needs').values(LISTS.process_needs).execute()
    await db.insertInto('process_joins').values(LISTS.process_joins).execute()
  } finally {
    await db.destroy()
  }
}
