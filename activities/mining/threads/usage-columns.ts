import { NO_DAY } from './times.ts'

/** What is counted for each record, beside the execution itself. */
export interface Measures {
  readonly time: number
  readonly durationMs: number
  readonly rows: number
  readonly bytes: number
  readonly cost: number
}

/** Counters by process, user and day, kept in columns: an index is a row. */
export interface UsageColumns {
  /** Adds to the row of the process, user and day, where that is among the last ones of the process; else there is a new one. */
  add(process: number, user: number, day: number, measures: Measures): void
  /** Of each of so many processes. */
  executions(processes: number): Float64Array
  readonly rows: number
  readonly firstDay: number
  readonly lastDay: number
  toJson(users: readonly string[]): string
}

/** Sums are of integers, so that they are the same in whatever order and groups they are added: microseconds, and billionths of the cost. */
export const DURATION_UNITS = 1e3
export const COST_UNITS = 1e9

const DAY_MS = 86_400_000
/** A process that more users take turns at has a user's row more than once. */
const LOOKED_AT = 32

export function usageColumns(): UsageColumns {
  /** One more than the last row of a process, and than the row of the same process before a row. */
  const lastRow = integers()
  const rowBefore = integers()
  const process = integers()
  const user = integers()
  const day = integers()
  const executions = integers()
  const last = integers()
  const durationMs = integers()
  const rowsReturned = integers()
  const bytes = integers()
  const cost = integers()
  let rows = 0
  let firstDay = Number.POSITIVE_INFINITY
  let lastDay = Number.NEGATIVE_INFINITY

  function newRow(processIndex: number, userIndex: number, dayNumber: number): number {
    process.set(rows, processIndex)
    user.set(rows, userIndex)
    day.set(rows, dayNumber)
    last.set(rows, -1)
    rowBefore.set(rows, lastRow.at(processIndex))
    lastRow.set(processIndex, rows + 1)
    if (dayNumber !== NO_DAY) {
      firstDay = Math.min(firstDay, dayNumber)
      lastDay = Math.max(lastDay, dayNumber)
    }
    return rows++
  }

  function rowOf(processIndex: number, userIndex: number, dayNumber: number): number {
    let row = lastRow.at(processIndex) - 1
    for (let looked = 0; row >= 0 && looked < LOOKED_AT; looked++) {
      if (user.at(row) === userIndex && day.at(row) === dayNumber) return row
      row = rowBefore.at(row) - 1
    }
    return newRow(processIndex, userIndex, dayNumber)
  }

  return {
    add(processIndex, userIndex, dayNumber, measures) {
      const row = rowOf(processIndex, userIndex, dayNumber)
      executions.add(row, 1)
      if (dayNumber !== NO_DAY) last.raise(row, measures.time - dayNumber * DAY_MS)
      if (measures.durationMs !== 0) durationMs.add(row, Math.round(measures.durationMs * DURATION_UNITS))
      if (measures.rows !== 0) rowsReturned.add(row, Math.round(measures.rows))
      if (measures.bytes !== 0) bytes.add(row, Math.round(measures.bytes))
      if (measures.cost !== 0) cost.add(row, Math.round(measures.cost * COST_UNITS))
    },
    executions(processes) {
      const sums = new Float64Array(processes)
      for (let row = 0; row < rows; row++) {
        const index = process.at(row)
        sums[index] = (sums[index] as number) + executions.at(row) // as many as there are
      }
      return sums
    },
    get rows() {
      return rows
    },
    get firstDay() {
      return firstDay
    },
    get lastDay() {
      return lastDay
    },
    toJson(users) {
      const columns = { process, user, day, executions, last, durationMs, rows: rowsReturned, bytes, cost }
      const texts = Object.entries(columns).flatMap(([name, column]) => {
        const text = column.toJson(rows)
        return text === null ? [] : [`"${name}":${text}`]
      })
      return `{${[`"users":${JSON.stringify(users)}`, ...texts].join(',')}}`
    },
  }
}

/** A growing column of numbers. */
function integers() {
  let values = new Float64Array(1024)
  let used = false
  function grow(row: number): void {
    if (row < values.length) return
    const larger = new Float64Array(Math.max(values.length * 2, row + 1))
    larger.set(values)
    values = larger
  }
  return {
    /** 0 where nothing was put in. */
    at(row: number): number {
      return values[row] ?? 0
    },
    set(row: number, value: number): void {
      grow(row)
      used = true
      values[row] = value
    },
    add(row: number, value: number): void {
      grow(row)
      used = true
      values[row] = (values[row] as number) + value // grow made room
    },
    raise(row: number, value: number): void {
      if (value > (values[row] as number)) values[row] = value // set when the row was made
    },
    /** Null where nothing was ever put in. */
    toJson(rows: number): string | null {
      if (!used) return null
      grow(rows - 1)
      return `[${values.subarray(0, rows).join(',')}]`
    },
  }
}
