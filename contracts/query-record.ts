/** One executed SQL text. Everything but `sql` may be absent; absent, null and empty defaults mean "fall back". */
export interface QueryRecord {
  readonly sql: string
  readonly defaultDatabase?: string | null
  readonly defaultSchema?: string | null
  readonly session?: string | null
  readonly user?: string | null
  /** Epoch milliseconds, UTC. */
  readonly startTime?: number | null
  readonly endTime?: number | null
  readonly durationMs?: number | null
  readonly rows?: number | null
  readonly bytes?: number | null
  readonly cost?: number | null
  /** As the source writes it (`SUCCESS`, `0`, `aborted`). */
  readonly status?: string | number | boolean | null
  /** The source's own id of the execution, to count overlaps once. */
  readonly id?: string | null
  /** What the source groups its queries by for cost or limits: a workgroup, a warehouse. */
  readonly group?: string | null
}

/** Names of the JSON keys (dotted paths allowed) under which an NDJSON query log keeps a record's fields. */
export interface RecordKeys {
  readonly sql: string
  readonly defaultDatabase?: string
  readonly defaultSchema?: string
  readonly session?: string
  readonly user?: string
  readonly startTime?: string
  readonly endTime?: string
  readonly durationMs?: string
  readonly rows?: string
  readonly bytes?: string
  readonly cost?: string
  readonly status?: string
  readonly id?: string
}
