import type { Generated } from 'kysely'

/** Tables of the miner. A segment is a stretch of an object that is scanned in order by one thread; a part of it is what one transaction committed. */

export interface MiningObjectsTable {
  pipeline: string
  object: string
  etag: string
  bytes: number
  seekable: 0 | 1
  /** `open` until all its segments are done. */
  state: 'open' | 'mined'
  /** The run that mined it last. */
  run: string
}

export interface MiningSegmentsTable {
  pipeline: string
  object: string
  from_offset: number
  /** Null: to the object's end. */
  to_offset: number | null
  etag: string
  /** Orders segments: object, then offset, by bytes. */
  position: string
  /** The checkpoint: everything before it is committed. */
  at_offset: number
  /** Lines before the checkpoint, from the segment's beginning. */
  line: number
  /** Lines of the object before the segment, once they are known: what its dead letters' lines were raised by. */
  line_base: number
  in_array: 0 | 1
  last_session: string | null
  state: 'open' | 'done'
  /** 1: its sessions began as those before it ended. */
  settled: 0 | 1
  /** activities/mining/threads/scan-messages.ts PartCounts */
  counts: string
}

export interface MiningPartsTable {
  pipeline: string
  connection: string
  object: string
  etag: string
  from_offset: number
  start_offset: number
  /** 0: of a version of the object that was replaced; its processes stay, its usage no longer counts. */
  current: 0 | 1
  /** 1: usage tables have it. */
  counted: 0 | 1
  first_day: string
  last_day: string
  /** Its processes, each with its first offset: {"id":[…],"first":[…]} */
  processes: string
  /** How many counters. */
  rows: number
  /** Counters by process (a number in that list), user and day: columns, as activities/mining/threads/usage-columns.ts writes them. */
  usage: string
  /** Hashes of the sessions seen. */
  seen: string
}

/** States of a segment's sessions, where they or their start are not empty. */
export interface MiningSessionsTable {
  pipeline: string
  object: string
  from_offset: number
  position: string
  session: string
  /** activities/mining/threads/sessions.ts sessionHash */
  hash: number
  start_digest: string
  start_state: string | null
  digest: string
  state: string | null
}

/** Last place of each process that makes, drops or renames assets: the newest decides. */
export interface ProcessOccurrencesTable {
  process: string
  pipeline: string
  object: string
  from_offset: number
  position: string
}

/** What a process does to an asset: the newest occurrence of all decides whether it is there, and what kind it is of. */
export interface AssetEventsTable {
  process: string
  asset: string
  connection: string
  kind: string
  what: 'made' | 'dropped'
}

/** Processes of segments that are scanned again: those that no segment has then are wrong guesses. */
export interface WithdrawnProcessesTable {
  connection: string
  process: string
}

/** Assets whose candidate schemas changed since the effective ones were chosen. */
export interface SchemaChangesTable {
  connection: string
  asset: string
}

/** Records that could not be taken. */
export interface DeadLettersTable {
  pipeline: string
  object: string
  /** Counts from 1 in the object (where it is cut into segments: once all are mined, until then in the segment). */
  line: number
  at_offset: number
  reason: string
  /** The line's beginning, literals masked. */
  sample: string
}

/** Reads of an asset on a day. */
export interface UsageByAssetTable {
  connection: string
  asset: string
  /** UTC, `2025-01-31`; empty where the log has no times. */
  day: string
  /** Reads by SELECTs, and by statements that write. */
  selects: number
  writes: number
  last_at: string | null
  /** {user: [selects, reads by writing statements]} */
  users: string
  /** {column: selects}; who reads a column is told by the processes that do. */
  columns: string
  /** Of the SELECTs, each whole: a query that reads two tables is counted at both. */
  bytes: Generated<number>
  cost: Generated<number>
}

/** Columns that a process sets equal; the smaller id first. */
export interface ProcessJoinsTable {
  process: string
  asset: string
  column: string
  other: string
  other_column: string
}

/** Executions of a process. */
export interface UsageByProcessTable {
  process: string
  connection: string
  executions: number
  duration_ms: number
  rows_returned: number
  bytes: number
  cost: number
  first_at: string | null
  last_at: string | null
  /** {user: executions} */
  users: string
}

export interface MiningTables {
  mining_objects: MiningObjectsTable
  mining_segments: MiningSegmentsTable
  mining_parts: MiningPartsTable
  mining_sessions: MiningSessionsTable
  dead_letters: DeadLettersTable
  asset_events: AssetEventsTable
  withdrawn_processes: WithdrawnProcessesTable
  schema_changes: SchemaChangesTable
  process_joins: ProcessJoinsTable
  process_occurrences: ProcessOccurrencesTable
  usage_by_asset: UsageByAssetTable
  usage_by_process: UsageByProcessTable
}
