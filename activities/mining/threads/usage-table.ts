import { dayName, NO_DAY } from './times.ts'

/** A row that the usage tables hold already. */
export type StoredRow = readonly (string | number | null)[]

/** Counters by process, user and day, one a row; processes, users and days are numbers into the lists of them. Users and days are in order. */
export interface UsageTable {
  readonly processes: readonly string[]
  readonly users: readonly string[]
  readonly days: readonly string[]
  readonly rows: number
  readonly process: Int32Array
  readonly user: Int32Array
  readonly day: Int32Array
  readonly executions: Int32Array
  /** Epoch milliseconds of the last execution, -1 without a time. */
  readonly last: Float64Array
  /** Null where the log does not tell. */
  readonly duration: Float64Array | null
  readonly returned: Float64Array | null
  readonly bytes: Float64Array | null
  readonly cost: Float64Array | null
}

/** The counters of parts, as they come in. */
export interface UsageCounters {
  /** JSON texts, as the scan wrote them (usage-columns.ts). */
  add(part: { readonly processes: string; readonly usage: string }): void
  /** Undefined for one that no part has. */
  processOf(id: string): number | undefined
  /** Names and days get the numbers of their order, so that equal counters give equal texts. Nothing can be added after it. */
  inOrder(): UsageTable
}

/** A part's counters, column by column; see usage-columns.ts. */
interface Columns {
  readonly users: readonly string[]
  readonly process?: readonly number[]
  readonly user?: readonly number[]
  readonly day?: readonly number[]
  readonly executions?: readonly number[]
  readonly last?: readonly number[]
  readonly durationMs?: readonly number[]
  readonly rows?: readonly number[]
  readonly bytes?: readonly number[]
  readonly cost?: readonly number[]
}

type Columnar = { -readonly [Column in Exclude<keyof UsageTable, 'processes' | 'users' | 'days' | 'rows'>]: UsageTable[Column] }

const DAY_MS = 86_400_000

/** Room for so many counters. */
export function usageCounters(most: number): UsageCounters {
  const processes = numbering<string>()
  const users = numbering<string>()
  const days = numbering<number>()
  const columns = columnsFor(most)
  let row = 0
  return {
    processOf: processes.known,
    add(part) {
      const { id } = JSON.parse(part.processes) as { id: readonly string[] } // written by the scan, like the next
      const counters = JSON.parse(part.usage) as Columns
      const ids = id.map(processes.of)
      const names = counters.users.map(users.of)
      const { process = [], user = [], day = [], executions = [], last = [] } = counters
      copyMeasures(columns, counters, row, most)
      for (let index = 0; index < process.length; index++, row++) {
        const dayNumber = day[index] ?? NO_DAY
        columns.process[row] = ids[process[index] ?? 0] ?? 0
        columns.user[row] = names[user[index] ?? 0] ?? 0
        columns.day[row] = days.of(dayNumber)
        columns.executions[row] = executions[index] ?? 0
        columns.last[row] = dayNumber === NO_DAY ? -1 : dayNumber * DAY_MS + (last[index] ?? 0)
      }
    },
    inOrder: () => inOrder(columns, processes.list, users.list, days.list, row),
  }
}

function inOrder(
  columns: Columnar,
  processes: readonly string[],
  users: readonly string[],
  days: readonly number[],
  rows: number,
): UsageTable {
  const sortedUsers = [...users].sort()
  const sortedDays = [...days].sort((one, other) => one - other)
  const [userOf, dayOf] = [numbers(sortedUsers), numbers(sortedDays)]
  const newUser = Int32Array.from(users, (user) => userOf.get(user) ?? 0)
  const newDay = Int32Array.from(days, (day) => dayOf.get(day) ?? 0)
  for (let row = 0; row < rows; row++) {
    columns.user[row] = newUser[columns.user[row] as number] as number // rows are in range
    columns.day[row] = newDay[columns.day[row] as number] as number
  }
  return { processes, users: sortedUsers, days: sortedDays.map(dayName), rows, ...columns }
}

function numbering<Value>() {
  const numbers = new Map<Value, number>()
  const list: Value[] = []
  return {
    list,
    known: (value: Value): number | undefined => numbers.get(value),
    of(value: Value): number {
      let number = numbers.get(value)
      if (number === undefined) {
        number = list.length
        numbers.set(value, number)
        list.push(value)
      }
      return number
    },
  }
}

function numbers<Value>(values: readonly Value[]): ReadonlyMap<Value, number> {
  return new Map(values.map((value, index) => [value, index]))
}

function columnsFor(rows: number): Columnar {
  return {
    process: new Int32Array(rows),
    user: new Int32Array(rows),
    day: new Int32Array(rows),
    executions: new Int32Array(rows),
    last: new Float64Array(rows),
    duration: null,
    returned: null,
    bytes: null,
    cost: null,
  }
}

function copyMeasures(table: Columnar, counters: Columns, from: number, size: number): void {
  table.duration = withColumn(table.duration, counters.durationMs, from, size)
  table.returned = withColumn(table.returned, counters.rows, from, size)
  table.bytes = withColumn(table.bytes, counters.bytes, from, size)
  table.cost = withColumn(table.cost, counters.cost, from, size)
}

function withColumn(column: Float64Array | null, values: readonly number[] | undefined, from: number, size: number): Float64Array | null {
  if (values === undefined) return column
  const filled = column ?? new Float64Array(size)
  filled.set(values, from)
  return filled
}

/** Row numbers group by group: those of group g are `order` from `starts[g]` to `starts[g + 1]`, ascending. */
export interface Grouped {
  readonly order: Int32Array
  readonly starts: Int32Array
}

/** By the number in a column, below `groups`. */
export function grouped(column: Int32Array, rows: number, groups: number): Grouped {
  const starts = new Int32Array(groups + 1)
  for (let row = 0; row < rows; row++) (starts[(column[row] as number) + 1] as number)++ // rows are in range
  for (let group = 0; group < groups; group++) starts[group + 1] = (starts[group + 1] as number) + (starts[group] as number)
  const next = starts.slice()
  const order = new Int32Array(rows)
  for (let row = 0; row < rows; row++) order[(next[column[row] as number] as number)++] = row
  return { order, starts }
}
