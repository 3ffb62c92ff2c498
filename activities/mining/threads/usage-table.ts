/** A row that the usage tables hold already. */
export type StoredRow = readonly (string | number | null)[]

/** Counters by process, user and day, one a row; processes, users and days are numbers into the sorted lists of them. */
export interface UsageTable {
  readonly processes: readonly string[]
  readonly users: readonly string[]
  readonly days: readonly string[]
  readonly rows: number
  readonly process: Int32Array
  readonly user: Int32Array
  readonly day: Int32Array
  readonly executions: Float64Array
  /** Epoch milliseconds of the last execution, -1 without a time. */
  readonly last: Float64Array
  /** Null where the log does not tell. */
  readonly duration: Float64Array | null
  readonly returned: Float64Array | null
  readonly bytes: Float64Array | null
  readonly cost: Float64Array | null
}
