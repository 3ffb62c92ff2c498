/** What crawls keep for themselves: who saw what, what was listed completely, and what was marked as deleted. */

/** An asset as a pipeline saw it last. */
export interface MetadataSeenTable {
  pipeline: string
  asset: string
  connection: string
  /** Asset one level up; empty for the outermost. */
  parent: string
  kind: string
  path: string
  /** The run that saw it last, and the last dry run that did. */
  run: string
  dry_run: string
  /** The run that last found it new or changed; a dry run too. */
  changed_run: string
  /** Of what the source told: equal means that nothing is to be written. */
  hash: string
  /** Comment, owner and tags as the source told them: a catalog that has others got them from elsewhere. */
  told: string
}

/** Paths whose children a run was given, completely where there is no problem. */
export interface MetadataListingsTable {
  run: string
  path_key: string
  path: string
  problem: string | null
}

export interface MetadataRunsTable {
  pipeline: string
  run: string
  /** Of the options that decide what a crawl asks for. */
  options_hash: string
  started_at: string
  ended_at: string | null
}

/** What a run marked as deleted, so that it can be undone. */
export interface MetadataDeletionsTable {
  run: string
  asset: string
  pipeline: string
  at: string
  restored_at: string | null
}

/** A query history that was read from its source, as objects for the miner: NDJSON, compressed, base64. */
export interface HistoryObjectsTable {
  log: string
  object: string
  etag: string
  bytes: number
  entries: number
  run: string
  body: string
}

/** Executions that were read, so that overlapping windows count once; `open` while one is still running. */
export interface HistoryExecutionsTable {
  log: string
  id: string
  open: 0 | 1
  /** UTC day of its submission; null where that was not kept. */
  day: string | null
}

/** How far a log was read. */
export interface HistoryProgressTable {
  log: string
  covered_to: string
}

/** Executions by day and workgroup (or what the source has for it). */
export interface HistoryGroupsTable {
  log: string
  day: string
  name: string
  executions: number
  failed: number
  bytes: number
  cost: number
}

export interface MetadataTables {
  metadata_seen: MetadataSeenTable
  metadata_listings: MetadataListingsTable
  metadata_runs: MetadataRunsTable
  metadata_deletions: MetadataDeletionsTable
  history_objects: HistoryObjectsTable
  history_executions: HistoryExecutionsTable
  history_progress: HistoryProgressTable
  history_groups: HistoryGroupsTable
}
