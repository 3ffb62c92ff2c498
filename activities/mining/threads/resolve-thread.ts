import { hash } from 'node:crypto'
import { PARTIAL } from '../../../catalog/mining/partial.ts'
import type { Diagnostic, StatementLineage } from '../../../contracts/lineage.ts'
import { createSchemas } from '../../../lineage/index.ts'
import { type AssetOf, type ProcessRows, rowsOf } from './lineage-rows.ts'
import type { NamedAsset, ResolveBatch, ResolvedBatch, ResolveItem } from './resolve-messages.ts'
import { scripts } from './scripts.ts'
import { secondOpinion } from './second-opinion.ts'
import { storable } from './storable.ts'

const MOST_DIAGNOSTICS = 50
const MOST_KINDS = 200
const SEPARATOR = '\u001f'

/** Resolves a batch of processes to rows for the catalog. Pure: the same batch gives the same rows. */
export async function run(batch: ResolveBatch): Promise<ResolvedBatch> {
  const names = new Map(batch.names)
  const find = (parts: readonly string[]): NamedAsset | undefined => names.get(parts.join(SEPARATOR))
  const resolver = scripts(
    batch.dialect,
    createSchemas((parts) => find(parts)?.columns ?? undefined),
    [...batch.makers, ...batch.targets],
  )
  const assetOf: AssetOf = (table) => {
    const asset = find(table.parts)
    return asset !== undefined && (asset.isKnown || batch.unknownAssets === 'create') ? asset : null
  }
  const result = collector()
  for (const item of batch.targets) {
    const statements = resolver.resolve(item)
    const opinion = await secondOpinion(item.sql, batch.dialect, statements)
    result.add(item, statements, rowsOf(statements, assetOf), opinion)
  }
  return result.done()
}

/** Names that no default completes, and the assets that were taken for them. */
function assumedNames({ assets }: ProcessRows): readonly Diagnostic[] {
  const assumed = [...assets.values()].filter(({ asset }) => asset.byEnd)
  return assumed.map(({ asset }) => ({
    code: 'SQL_NAME_ASSUMED',
    message: `a name without its schema or database is taken for ${asset.path.join('.')}, the only asset that ends with it`,
    hint: 'Tell the default database and schema in the records, or in the connection.',
    start: 0,
    end: 0,
  }))
}

function collector() {
  const processes: unknown[] = []
  const changed: string[] = []
  const edges: unknown[] = []
  const reads: unknown[] = []
  const writes: unknown[] = []
  const needs: unknown[] = []
  const assets = new Map<string, readonly [string, string, readonly string[]]>()
  const schemas: [string, 'ddl' | 'implied', string, readonly string[]][] = []
  const events: [string, string, string, 'made' | 'dropped'][] = []
  const counts = { edges: 0, secondOpinions: 0, differences: 0 }

  function addRows({ id }: ResolveItem, rows: ProcessRows): void {
    changed.push(id)
    counts.edges += rows.edges.length
    for (const edge of rows.edges) edges.push([id, ...edge])
    for (const [asset, mode, columns] of rows.reads) reads.push([id, asset, mode, JSON.stringify(columns)])
    for (const asset of rows.writes) writes.push([id, asset])
  }

  function addAssets({ id }: ResolveItem, rows: ProcessRows): void {
    for (const { asset, kind } of rows.assets.values()) {
      if (asset.partialKey !== null) needs.push([id, PARTIAL + asset.partialKey, asset.byEnd ? asset.id : ''])
      needs.push([id, asset.id, asset.schemaHash])
      if (!asset.isKnown) assets.set(asset.id, [asset.id, kind, asset.path])
    }
    for (const [asset, rank, columns] of rows.schemas) schemas.push([asset, rank, id, columns])
    for (const [asset, kind, what] of rows.events) events.push([id, asset, kind, what])
  }

  return {
    add(item: ResolveItem, statements: readonly StatementLineage[], rows: ProcessRows, opinion: Diagnostic | null): void {
      const found = [
        ...statements.flatMap((statement) => statement.diagnostics),
        ...(opinion === null ? [] : [opinion]),
        ...assumedNames(rows),
      ]
      const diagnostics = found.slice(0, MOST_DIAGNOSTICS)
      if (opinion !== null) counts.secondOpinions++
      if (opinion?.code === 'SQL_SECOND_OPINION_DIFFERS') counts.differences++
      const confidence = statements.reduce((lowest, statement) => Math.min(lowest, statement.confidence), 1)
      const kinds = statements.slice(0, MOST_KINDS).map(({ kind }) => kind)
      const said = storable(JSON.stringify(diagnostics))
      const digest = hash('sha256', JSON.stringify([rows.edges, rows.reads, rows.writes, said, confidence, kinds])).slice(0, 16)
      processes.push([item.id, 'resolved', confidence, said, digest, JSON.stringify(kinds)])
      if (digest !== item.resultHash) addRows(item, rows)
      addAssets(item, rows)
    },
    done(): ResolvedBatch {
      return {
        processes: JSON.stringify(processes),
        changed: JSON.stringify(changed),
        edges: JSON.stringify(edges),
        reads: JSON.stringify(reads),
        writes: JSON.stringify(writes),
        needs: JSON.stringify(needs),
        assets: [...assets.values()],
        schemas,
        events,
        counts,
      }
    },
  }
}
