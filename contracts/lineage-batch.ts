import type { ControlKind, ValueKind } from './edges.ts'

/** One line in: the contract of `lodeline lineage batch` (docs/lineage.md). Keys that are absent or null take no part. */
export interface BatchRequest {
  readonly id?: unknown
  readonly sql?: unknown
  readonly dialect?: unknown
  readonly defaultDatabase?: unknown
  readonly defaultSchema?: unknown
  readonly sessionId?: unknown
  readonly schema?: unknown
}

export interface BatchColumnInput {
  readonly table: string | null
  readonly column: string
  readonly transformation: ValueKind
  readonly candidates?: readonly string[]
}

export interface BatchStatement {
  readonly index: number
  readonly kind: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly columns: readonly {
    readonly output: { readonly table: string | null; readonly column: string }
    readonly inputs: readonly BatchColumnInput[]
  }[]
  readonly indirect: readonly { readonly table: string | null; readonly column: string; readonly kind: ControlKind }[]
  readonly confidence: number
  readonly diagnostics: readonly { readonly code: string; readonly message: string; readonly start: number; readonly end: number }[]
}

/** One line out. `error` is set only where the line itself could not be taken; bad SQL is a diagnostic. */
export interface BatchAnswer {
  readonly id: unknown
  readonly statements: readonly BatchStatement[]
  readonly error: string | null
}
