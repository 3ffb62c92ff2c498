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
  /** Adds to the row of the process, user and day. */
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
const FEWEST_PLACES = 1024

export function usageColumns(): UsageColumns {
  /** A hash table: one more than the row at each place, twice as many places as rows at least. */
  let places = new Int32Array(FEWEST_PLACES)
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

  /** Where the row of these is, or the free place where it would be. */
  function placeOf(processIndex: number, userIndex: number, dayNumber: number): number {
    for (let place = hashOf(processIndex, userIndex, dayNumber); ; place++) {
      const row = (places[place & (places.length - 1)] as number) - 1 // below their number
      if (row < 0 || (process.at(row) === processIndex && user.at(row) === userIndex && day.at(row) === dayNumber))
        return place & (places.length - 1)
    }
  }

  function rowOf(processIndex: number, userIndex: number, dayNumber: number): number {
    const place = placeOf(processIndex, userIndex, dayNumber)
    const known = places[place] as number // as above
    if (known > 0) return known - 1
    places[place] = rows + 1
    const row = newRow(processIndex, userIndex, dayNumber)
    if (2 * rows > places.length) growPlaces()
    return row
  }

  function growPlaces(): void {
    places = new Int32Array(2 * places.length)
    for (let row = 0; row < rows; row++) places[placeOf(process.at(row), user.at(row), day.at(row))] = row + 1
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

function hashOf(process: number, user: number, day: number): number {
  const mixed = Math.imul(process, 0x9e3779b1) ^ Math.imul(user, 0x85ebca6b) ^ Math.imul(day, 0xc2b2ae35)
  return (mixed ^ (mixed >>> 15)) >>> 1
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
