import { assetId, pathKey } from '../../catalog/asset-keys.ts'
import { upsertAssets } from '../../catalog/asset-writes.ts'
import type { Catalog } from '../../catalog/open.ts'
import { lazyRevision, nextRevision, transaction } from '../../catalog/transaction.ts'
import type { Edge } from '../../contracts/edges.ts'

/** A process and its edges in short: `a.x -> b.y` is a column edge, `a -> b` one of tables, `a.x -> b FILTER` a control edge. */
export interface ProcessInShort {
  readonly id: string
  readonly edges: readonly string[]
  /** Read without being written anywhere: a SELECT. */
  readonly reads?: readonly string[]
  readonly lastRunAt?: string
}

const NOW = '2026-01-01T00:00:00.000Z'
export const idOfTable = (name: string, connection = 'shop') => assetId(connection, pathKey(['d', 's', name]))

/** Writes tables `d.s.NAME` and processes as the miner does, each call in a transaction and revision of its own. */
export async function writeProcesses(catalog: Catalog, processes: readonly ProcessInShort[], connection = 'shop'): Promise<void> {
  const edges = processes.flatMap(({ id, edges: told }) => told.map((text) => ({ process: id, ...edgeOf(text) })))
  const tables = new Set([...edges.flatMap(({ source, target }) => [source, target]), ...processes.flatMap(({ reads }) => reads ?? [])])
  await transaction(catalog, async (tx) => {
    const assets = [...tables].map((name) => ({ kind: 'table' as const, path: ['d', 's', name] }))
    const origin = { connection, levels: ['database', 'schema'], rank: 'seen', origin: 'log', position: '' } as const
    await upsertAssets(catalog, tx, origin, assets, { now: NOW, revision: lazyRevision(tx) })
    const revision = await nextRevision(tx)
    const ids = processes.map(({ id }) => id)
    for (const table of ['process_edges', 'process_reads', 'process_writes'] as const)
      await tx.deleteFrom(table).where('process', 'in', ids).execute()
    await tx.deleteFrom('processes').where('id', 'in', ids).execute()
    await tx
      .insertInto('processes')
      .values(processes.map(({ id, lastRunAt }) => processRow(id, connection, revision, lastRunAt ?? null)))
      .execute()
    const reads = [
      ...edges.map(({ process, source }) => ({ process, asset: idOfTable(source, connection), column: '', mode: 'write' })),
      ...processes.flatMap(({ id, reads: names }) =>
        (names ?? []).map((name) => ({ process: id, asset: idOfTable(name, connection), column: '', mode: 'select' })),
      ),
    ]
    const writes = edges.map(({ process, target }) => ({ process, asset: idOfTable(target, connection) }))
    if (reads.length > 0)
      await tx
        .insertInto('process_reads')
        .values(reads)
        .onConflict((on) => on.doNothing())
        .execute()
    if (writes.length > 0)
      await tx
        .insertInto('process_writes')
        .values(writes)
        .onConflict((on) => on.doNothing())
        .execute()
    if (edges.length > 0)
      await tx
        .insertInto('process_edges')
        .values(edges.map((edge) => edgeRow(edge, connection)))
        .execute()
  })
}

function edgeOf(text: string) {
  const [, source = '', sourceColumn = '', target = '', targetColumn = '', kind] =
    /^(\w+)(?:\.([\w*]+))? -> (\w+)(?:\.([\w*]+))?(?: (\w+))?$/.exec(text) ?? []
  if (source === '') throw new Error(`not an edge: ${text}`)
  const level: Edge['level'] = kind !== undefined ? 'control' : sourceColumn === '' ? 'table' : 'column'
  return { level, source, sourceColumn, target, targetColumn, kind: kind ?? 'IDENTITY' }
}

function edgeRow(edge: ReturnType<typeof edgeOf> & { readonly process: string }, connection: string) {
  return {
    process: edge.process,
    level: edge.level,
    source: idOfTable(edge.source, connection),
    source_column: edge.sourceColumn,
    target: idOfTable(edge.target, connection),
    target_column: edge.targetColumn,
    kind: edge.kind,
    confidence: 1,
    span_from: null,
    span_to: null,
  }
}

function processRow(id: string, connection: string, revision: number, lastRunAt: string | null) {
  return {
    id,
    connection,
    kind: 'statement',
    dialect: 'ansi',
    sql: `text of ${id}`,
    fingerprint: id,
    default_database: null,
    default_schema: null,
    temps: '[]',
    position: id,
    state: 'resolved',
    statement_kinds: '[]',
    confidence: 1,
    diagnostics: null,
    schema_stamp: null,
    last_run_at: lastRunAt,
    tables: null,
    result_hash: null,
    revision,
  }
}
