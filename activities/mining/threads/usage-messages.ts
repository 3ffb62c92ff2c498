import type { MessagePort } from 'node:worker_threads'
import type { StoredRow } from './usage-table.ts'

/** What a usage thread is started with; the rest comes through the port, a little at a time, so that nothing large is held on both sides. */
export interface UsageStart {
  readonly port: MessagePort
  /** How many counters the parts have. */
  readonly counters: number
  /** Users who do not count in the usage of assets. */
  readonly excludedUsers: readonly string[]
}

/** What a process reads: asset, mode, and a JSON list of columns. */
export interface ReadOfProcess {
  readonly process: string
  readonly asset: string
  readonly mode: string
  readonly columns: string | null
}

/** First all parts, then what their processes read, then what the usage tables hold of the same days and processes. */
export type ToUsageThread =
  | { readonly type: 'part'; readonly processes: string; readonly usage: string }
  | { readonly type: 'reads'; readonly reads: readonly ReadOfProcess[] }
  | { readonly type: 'storedAssets' | 'storedProcesses'; readonly rows: readonly StoredRow[] }
  | { readonly type: 'finish' }

/** An answer to each message but `finish`; that one gives the rows, as JSON texts of some hundred each. */
export type FromUsageThread =
  | { readonly type: 'taken' }
  | { readonly type: 'assets' | 'processes'; readonly rows: string }
  | { readonly type: 'finished' }
