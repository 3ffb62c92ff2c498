import type { MessagePort } from 'node:worker_threads'
import type { LogFormat } from '../../../contracts/plugin.ts'
import type { ResumedSession } from './sessions.ts'

/** What main and a scanning thread say to each other, on one MessagePort. */

/** The value the thread starts with. */
export interface ScanStart {
  readonly port: MessagePort
  readonly connection: string
  readonly pipeline: string
  readonly dialect: string
  /** Names have two levels: the record's schema key holds the database, or its database key does. */
  readonly twoLevels: boolean
  readonly defaults: { readonly database: string | null; readonly schema: string | null }
  readonly format: LogFormat
  readonly keepFullText: boolean
  /** Processes this thread has committed under the same scope are not sent again. */
  readonly scope: string
  /** Commit after so many bytes of the log. */
  readonly partBytes: number
  /** States that sessions have before the shard, where they are known: a StoredState as JSON, by session. */
  readonly sessions: ReadonlyMap<string, string>
  /** Where the thread writes which text it is at, see ./progress.ts. */
  readonly progress: SharedArrayBuffer
}

export type ToThread =
  | { readonly type: 'segment'; readonly segment: SegmentStart }
  | { readonly type: 'block'; readonly bytes: Uint8Array<ArrayBuffer> }
  /** The segment's bytes ended, `reason` when too early. */
  | { readonly type: 'end'; readonly reason?: string }
  | { readonly type: 'finish' }

export interface SegmentStart {
  readonly object: string
  readonly from: number
  /** Null: to the object's end. */
  readonly to: number | null
  /** Where to go on: equals `from` at the beginning. */
  readonly offset: number
  readonly line: number
  readonly inArray: boolean
  /** The last record's session, so that runs of one session are counted right. */
  readonly lastSession: string | null
  /** The segment's sessions where it stopped. */
  readonly sessions: readonly ResumedSession[]
  /** Offsets of texts that broke their budget: dead letters. */
  readonly skip: readonly number[]
}

export type FromThread =
  /** So many bytes of blocks are done with. */
  | { readonly type: 'taken'; readonly bytes: number }
  | { readonly type: 'part'; readonly part: ScannedPart }
  /** The range is over; no further blocks, please. A last part has been sent before. */
  | { readonly type: 'over'; readonly object: string; readonly from: number }

/** What one stretch of a segment gave: to be committed in one transaction. Lists are JSON texts, which main hands to the database as they are. */
export interface ScannedPart {
  readonly part: number
  readonly object: string
  readonly from: number
  /** The checkpoint is moved from here … */
  readonly start: number
  /** … to here. */
  readonly offset: number
  readonly line: number
  readonly inArray: boolean
  readonly lastSession: string | null
  readonly isLast: boolean
  readonly counts: PartCounts
  /** Rows of new processes: [id, fingerprint, sql, database, schema, temps, position, state, kinds, tables]. */
  readonly processes: string
  /** Counters by process, user and day. */
  readonly usage: string
  readonly rows: number
  /** All processes of the part: {"id":[…],"first":[…]} */
  readonly members: string
  /** Of its records with a time: `2025-01-31`, empty where none has one. */
  readonly firstDay: string
  readonly lastDay: string
  /** Last place of each process that makes, drops or renames assets: [id, position]. */
  readonly occurrences: string
  /** [line, offset, reason, sample] */
  readonly deadLetters: string
  /** Hashes of the sessions seen since the last part. */
  readonly seen: string
  /** Rows of the sessions whose state, or state at the segment's start, is not empty and not yet told. */
  readonly sessions: string
}

export interface PartCounts extends Record<string, number | Record<string, number>> {
  bytes: number
  records: number
  failedRecords: number
  emptySql: number
  /** Records whose time is in no form that is known: their usage is on no day. */
  unreadTimes: number
  statements: number
  /** Stretches of records of one session. */
  sessionRuns: number
  deadLetters: Record<string, number>
  noise: Record<string, number>
}
