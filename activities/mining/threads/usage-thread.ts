import { threadMemory } from './thread-memory.ts'
import { dayName, NO_DAY } from './times.ts'
import { dayRows, type ReadsOfProcess } from './usage-days.ts'
import { processRows } from './usage-processes.ts'
import type { StoredRow, UsageTable } from './usage-table.ts'

/** Parts to be counted, what their processes read, and what the usage tables hold of the same days and processes. */
export interface UsageBatch {
  /** Taken out one by one, so that no more than one is held twice. */
  readonly parts: { readonly processes: string; readonly usage: string }[]
  /** How many counters they have. */
  readonly rows: number
  readonly reads: readonly { readonly process: string; readonly asset: string; readonly mode: string; readonly columns: string | null }[]
  readonly before: { readonly assets: readonly StoredRow[]; readonly processes: readonly StoredRow[] }
  /** Users who do not count in the usage of assets. */
  readonly excludedUsers: readonly string[]
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

const DAY_MS = 86_400_000

/** Rows for the two usage tables, as JSON texts of some hundred rows each. */
export function run(batch: UsageBatch): { readonly assets: readonly string[]; readonly processes: readonly string[] } {
  threadMemory.knowledge = null
  const table = usageTable(batch)
  const reads = readsByProcess(batch, table)
  return {
    assets: dayRows(table, reads, new Set(batch.excludedUsers), batch.before.assets),
    processes: processRows(table, batch.before.processes),
  }
}

function usageTable({ parts, rows }: UsageBatch): UsageTable {
  const processes = numbering<string>()
  const users = numbering<string>()
  const days = numbering<number>()
  const columns = columnsFor(rows)
  let row = 0
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const { id } = JSON.parse(part.processes) as { id: readonly string[] } // written by the scan, like the next
    const counters = JSON.parse(part.usage) as Columns
    const ids = id.map(processes.of)
    const names = counters.users.map(users.of)
    const { process = [], user = [], day = [], executions = [], last = [] } = counters
    for (let index = 0; index < process.length; index++, row++) {
      const dayNumber = day[index] ?? NO_DAY
      columns.process[row] = ids[process[index] ?? 0] ?? 0
      columns.user[row] = names[user[index] ?? 0] ?? 0
      columns.day[row] = days.of(dayNumber)
      columns.executions[row] = executions[index] ?? 0
      columns.last[row] = dayNumber === NO_DAY ? -1 : dayNumber * DAY_MS + (last[index] ?? 0)
    }
    copyMeasures(columns, counters, row - process.length, rows)
  }
  return inOrder(columns, processes.list, users.list, days.list, row)
}

/** Names and days get the numbers of their order, so that equal counters give equal texts. */
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
  const [newUser, newDay] = [users.map((user) => userOf.get(user) ?? 0), days.map((day) => dayOf.get(day) ?? 0)]
  for (let row = 0; row < rows; row++) {
    columns.user[row] = newUser[columns.user[row] as number] as number // rows are in range
    columns.day[row] = newDay[columns.day[row] as number] as number
  }
  return { processes, users: sortedUsers, days: sortedDays.map(dayName), rows, ...columns }
}

function numbering<Value>(): { readonly list: Value[]; of(value: Value): number } {
  const known = new Map<Value, number>()
  const list: Value[] = []
  return {
    list,
    of(value) {
      let number = known.get(value)
      if (number === undefined) {
        number = list.length
        known.set(value, number)
        list.push(value)
      }
      return number
    },
  }
}

function columnsFor(rows: number): Columnar {
  return {
    process: new Int32Array(rows),
    user: new Int32Array(rows),
    day: new Int32Array(rows),
    executions: new Float64Array(rows),
    last: new Float64Array(rows),
    duration: null,
    returned: null,
    bytes: null,
    cost: null,
  }
}

type Columnar = { -readonly [Column in Exclude<keyof UsageTable, 'processes' | 'users' | 'days' | 'rows'>]: UsageTable[Column] }

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

function readsByProcess({ reads }: UsageBatch, { processes }: UsageTable): ReadsOfProcess {
  const processOf = numbers(processes)
  const byProcess: { asset: string; isSelect: boolean; columns: readonly string[] }[][] = processes.map(() => [])
  for (const { process, asset, mode, columns } of reads) {
    const read = { asset, isSelect: mode === 'select', columns: columns === null ? [] : (JSON.parse(columns) as string[]) } // written by the resolver
    byProcess[processOf.get(process) ?? -1]?.push(read)
  }
  return byProcess
}

function numbers<Value>(values: readonly Value[]): ReadonlyMap<Value, number> {
  return new Map(values.map((value, index) => [value, index]))
}
