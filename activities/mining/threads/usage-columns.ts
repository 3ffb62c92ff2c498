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
  /** Adds to the process' last row where that is of the same user and day, else a row: nothing is looked up. */
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

export function usageColumns(): UsageColumns {
  /** By process: one more than its last row. */
  const lastRow = integers()
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
    if (dayNumber !== NO_DAY) {
      firstDay = Math.min(firstDay, dayNumber)
      lastDay = Math.max(lastDay, dayNumber)
    }
    return rows++
  }

  return {
    add(processIndex, userIndex, dayNumber, measures) {
      let row = lastRow.at(processIndex) - 1
      if (row < 0 || user.at(row) !== userIndex || day.at(row) !== dayNumber) {
        row = newRow(processIndex, userIndex, dayNumber)
        lastRow.set(processIndex, row + 1)
      }
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
