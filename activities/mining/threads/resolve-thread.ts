import { hash } from 'node:crypto'
import { PARTIAL } from '../../../catalog/mining/partial.ts'
import { UNKNOWN } from '../../../catalog/needs.ts'
import type { Diagnostic, StatementLineage, TableName } from '../../../contracts/lineage.ts'
import { createSchemas } from '../../../lineage/index.ts'
import { type AssetOf, type ProcessRows, rowsOf } from './lineage-rows.ts'
import type { NamedAsset, ResolveBatch, ResolvedBatch, ResolveItem } from './resolve-messages.ts'
import { scripts } from './scripts.ts'
import { secondOpinion } from './second-opinion.ts'
import { storable } from './storable.ts'
import { threadMemory } from './thread-memory.ts'

const MOST_DIAGNOSTICS = 50
const MOST_KINDS = 200
const SEPARATOR = '\u001f'

/** Resolves a batch of processes to rows for the catalog. Pure: the same batch gives the same rows. */
export async function run(batch: ResolveBatch): Promise<ResolvedBatch> {
  threadMemory.knowledge = null
  const names = new Map(batch.names)
  const find = (parts: readonly string[]): NamedAsset | undefined => names.get(parts.join(SEPARATOR))
  const resolver = scripts(
    batch.dialect,
    createSchemas((parts) => find(parts)?.columns ?? undefined),
    [...batch.makers, ...batch.targets],
  )
  const result = collector()
  for (const item of batch.targets) {
    const statements = resolver.resolve(item)
    const opinion = await secondOpinion(item.sql, batch.dialect, statements)
    const assets = batch.unknownAssets === 'create' ? allAssets(find) : toldAssets(find, statements)
    result.add(item, statements, rowsOf(statements, assets.of), assets.unknown, opinion)
  }
  return result.done()
}

type Find = (parts: readonly string[]) => NamedAsset | undefined

interface Assets {
  readonly of: AssetOf
  /** Those that were asked for and left out. */
  readonly unknown: ReadonlySet<NamedAsset>
}

function allAssets(find: Find): Assets {
  return { of: ({ parts }) => find(parts) ?? null, unknown: new Set() }
}

/** Tables count that the catalog was told of, or that these statements make; what is no table (a file, a stage) always does. */
function toldAssets(find: Find, statements: readonly StatementLineage[]): Assets {
  const unknown = new Set<NamedAsset>()
  const made = new Set(statements.flatMap(({ effects }) => effects.flatMap((effect) => find(madeBy(effect)?.parts ?? [])?.id ?? [])))
  const of: AssetOf = ({ parts, form }) => {
    const asset = find(parts)
    if (asset === undefined) return null
    if (asset.isTold || form !== 'table' || made.has(asset.id)) return asset
    unknown.add(asset)
    return null
  }
  return { of, unknown }
}

function madeBy(effect: StatementLineage['effects'][number]): TableName | null {
  if (effect.effect === 'create') return effect.table.temp ? null : effect.table
  return effect.effect === 'rename' ? effect.to : null
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
  const lists: Record<'edges' | 'reads' | 'joins' | 'needs', string[]> = { edges: [], reads: [], joins: [], needs: [] }
  const writes: unknown[] = []
  const assets = new Map<string, readonly [string, string, readonly string[]]>()
  const schemas: [string, 'ddl' | 'implied', string, readonly string[]][] = []
  const events: [string, string, string, 'made' | 'dropped'][] = []
  const counts = { edges: 0, secondOpinions: 0, differences: 0 }

  /** As text at once: objects that wait for the end of the batch cost the garbage collector more than anything else here. */
  function addList(name: keyof typeof lists, id: string, rows: string): void {
    if (rows !== '[]') lists[name].push(`["${id}",${rows}]`)
  }

  function addAssets({ id }: ResolveItem, rows: ProcessRows, unknown: ReadonlySet<NamedAsset>): void {
    const needs = [...unknown].flatMap((asset) => needsOf(asset, storable(UNKNOWN + asset.path.join('.'))))
    for (const { asset, kind } of rows.assets.values()) {
      needs.push(...needsOf(asset, asset.schemaHash))
      if (!asset.isKnown) assets.set(asset.id, [asset.id, kind, asset.path])
    }
    addList('needs', id, JSON.stringify(needs))
    for (const [asset, rank, columns] of rows.schemas) schemas.push([asset, rank, id, columns])
    for (const [asset, kind, what] of rows.events) events.push([id, asset, kind, what])
  }

  return {
    add(
      item: ResolveItem,
      statements: readonly StatementLineage[],
      rows: ProcessRows,
      unknown: ReadonlySet<NamedAsset>,
      opinion: Diagnostic | null,
    ): void {
      if (opinion !== null) counts.secondOpinions++
      if (opinion?.code === 'SQL_SECOND_OPINION_DIFFERS') counts.differences++
      const { id } = item
      const confidence = statements.reduce((lowest, statement) => Math.min(lowest, statement.confidence), 1)
      const said = diagnosticsOf(statements, rows, opinion)
      const kinds = JSON.stringify(statements.slice(0, MOST_KINDS).map(({ kind }) => kind))
      const [edges, reads, joins] = [JSON.stringify(rows.edges), JSON.stringify(rows.reads), JSON.stringify(rows.joins)]
      const all = `[${edges},${reads},${joins},${JSON.stringify(rows.writes)},${JSON.stringify(said)},${confidence},${kinds}]`
      const digest = hash('sha256', all).slice(0, 16)
      const isChanged = digest !== item.resultHash
      processes.push([id, 'resolved', confidence, said, digest, kinds, isChanged ? 1 : 0])
      if (isChanged) {
        changed.push(id)
        counts.edges += rows.edges.length
        addList('edges', id, edges)
        addList('reads', id, reads)
        addList('joins', id, joins)
        for (const asset of rows.writes) writes.push([id, asset])
      }
      addAssets(item, rows, unknown)
    },
    done(): ResolvedBatch {
      return {
        processes: JSON.stringify(processes),
        changed: JSON.stringify(changed),
        edges: `[${lists.edges.join(',')}]`,
        reads: `[${lists.reads.join(',')}]`,
        joins: `[${lists.joins.join(',')}]`,
        writes: JSON.stringify(writes),
        needs: `[${lists.needs.join(',')}]`,
        assets: [...assets.values()],
        schemas,
        events,
        counts,
      }
    },
  }
}

/** [asset, schema hash], and the partial name that it was taken for. */
function needsOf(asset: NamedAsset, hash: string): readonly (readonly [string, string])[] {
  const own = [asset.id, hash] as const
  return asset.partialKey === null ? [own] : [[PARTIAL + asset.partialKey, asset.byEnd ? asset.id : ''], own]
}

function diagnosticsOf(statements: readonly StatementLineage[], rows: ProcessRows, opinion: Diagnostic | null): string {
  const found = [...statements.flatMap(({ diagnostics }) => diagnostics), ...(opinion === null ? [] : [opinion]), ...assumedNames(rows)]
  return storable(JSON.stringify(found.slice(0, MOST_DIAGNOSTICS)))
}
