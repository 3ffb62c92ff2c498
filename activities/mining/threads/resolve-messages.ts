import type { Defaults, SessionTable } from '../../../contracts/lineage.ts'

/** A batch of processes for a resolving thread, with all it needs to know: nothing is looked up there. */
export interface ResolveBatch {
  readonly dialect: string
  /** Write the edges of tables that neither the catalog nor a statement of the log tells of, or leave them out. */
  readonly unknownAssets: 'create' | 'skip'
  readonly targets: readonly ResolveItem[]
  /** Processes that made temp tables which the targets (and makers) depend on. */
  readonly makers: readonly ResolveItem[]
  /** Every table that the texts name, by its parts joined with U+001F. */
  readonly names: readonly (readonly [string, NamedAsset])[]
}

export interface ResolveItem {
  readonly id: string
  readonly sql: string
  readonly defaults: Defaults
  readonly temps: readonly SessionTable[]
  /** Hash of the result before; empty when there is none. */
  readonly resultHash: string
}

/** The asset that a name stands for. */
export interface NamedAsset {
  readonly id: string
  readonly path: readonly string[]
  /** Of the effective schema; null where it is not known. */
  readonly columns: readonly string[] | null
  readonly schemaHash: string
  /** The catalog has it. */
  readonly isKnown: boolean
  /** And knows it from more than queries that name it. */
  readonly isTold: boolean
  /** Key of a name that no default completes; null for a full one. */
  readonly partialKey: string | null
  /** Found as the only asset whose path ends with the name, no default completing it. */
  readonly byEnd: boolean
}

/** Lists are JSON texts of rows, which main hands to the database. */
export interface ResolvedBatch {
  /** [id, state, confidence, diagnostics, result hash, kinds, 1 if its result is another than before] of all targets */
  readonly processes: string
  /** Ids of targets whose result is another than before. */
  readonly changed: string
  /** Of each changed one [process, its edges], as lineage-rows.ts has them, likewise the next two. */
  readonly edges: string
  readonly reads: string
  readonly joins: string
  /** [process, asset] */
  readonly writes: string
  /** [process, [[asset, schema hash], …]] of all targets */
  readonly needs: string
  /** Assets that the catalog does not know yet: [id, kind, path] */
  readonly assets: readonly (readonly [string, string, readonly string[]])[]
  /** What the texts say of the columns of assets: [asset, rank, process, columns] of all targets */
  readonly schemas: readonly (readonly [string, 'ddl' | 'implied', string, readonly string[]])[]
  /** What they do to assets: [process, asset, kind of asset, made or dropped] of all targets */
  readonly events: readonly (readonly [string, string, string, 'made' | 'dropped'])[]
  readonly counts: { readonly edges: number; readonly secondOpinions: number; readonly differences: number }
}
