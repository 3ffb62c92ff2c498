import { dayRows, type ReadsOfProcess } from './usage-days.ts'
import { processRows } from './usage-processes.ts'
import { dayName, NO_DAY } from './times.ts'

/** Parts to be counted, what their processes read, and what the usage tables hold of the same days and processes. */
export interface UsageBatch {
  readonly parts: readonly { readonly processes: string; readonly usage: string }[]
  readonly reads: readonly { readonly process: string; readonly asset: string; readonly mode: string; readonly columns: string | null }[]
  readonly before: { readonly assets: readonly StoredRow[]; readonly processes: readonly StoredRow[] }
  /** Users who do not count in the usage of assets. */
  readonly excludedUsers: readonly string[]
}
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
  readonly duration: Float64Array
  readonly returned: Float64Array
  readonly bytes: Float64Array
  readonly cost: Float64Array
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

export function run(batch: UsageBatch): { readonly assets: string; readonly processes: string } {
  const table = usageTable(batch.parts)
  const reads = readsByProcess(batch, table)
  return {
    assets: dayRows(table, reads, new Set(batch.excludedUsers), batch.before.assets),
    processes: processRows(table, batch.before.processes),
  }
}

function usageTable(parts: UsageBatch['parts']): UsageTable {
  const read = parts.map(({ processes, usage }) => ({ id: (JSON.parse(processes) as { id: readonly string[] }).id, columns: JSON.parse(usage) as Columns })) // written by the scan
  const rows = read.reduce((sum, { columns }) => sum + (columns.process?.length ?? 0), 0)
  const processes = sortedSet(read.flatMap(({ id }) => id))
  const users = sortedSet(read.flatMap(({ columns }) => columns.users))
  const dayNumbers = [...new Set(read.flatMap(({ columns }) => [...new Set(columns.day ?? [])]))].sort((one, other) => one - other)
  const [processOf, userOf, dayOf] = [numbers(processes), numbers(users), numbers(dayNumbers)]
  const table = { processes, users, days: dayNumbers.map(dayName), rows, ...columnsFor(rows) }
  let row = 0
  for (const { id, columns } of read) {
    const ids = id.map((process) => processOf.get(process) ?? 0)
    const names = columns.users.map((user) => userOf.get(user) ?? 0)
    const { process = [], user = [], day = [], executions = [], last = [] } = columns
    for (let index = 0; index < process.length; index++) {
      const dayNumber = day[index] ?? NO_DAY
      table.process[row] = ids[process[index] ?? 0] ?? 0
      table.user[row] = names[user[index] ?? 0] ?? 0
      table.day[row] = dayOf.get(dayNumber) ?? 0
      table.executions[row] = executions[index] ?? 0
      table.last[row] = dayNumber === NO_DAY ? -1 : dayNumber * DAY_MS + (last[index] ?? 0)
      row++
    }
    copyMeasures(table, columns, row - process.length)
  }
  return table
}

function columnsFor(rows: number) {
  return {
    process: new Int32Array(rows),
    user: new Int32Array(rows),
    day: new Int32Array(rows),
    executions: new Float64Array(rows),
    last: new Float64Array(rows),
    duration: new Float64Array(rows),
    returned: new Float64Array(rows),
    bytes: new Float64Array(rows),
    cost: new Float64Array(rows),
  }
}

/** Columns that a log does not have stay zero. */
function copyMeasures(table: UsageTable, { durationMs, rows, bytes, cost }: Columns, from: number): void {
  if (durationMs !== undefined) table.duration.set(durationMs, from)
  if (rows !== undefined) table.returned.set(rows, from)
  if (bytes !== undefined) table.bytes.set(bytes, from)
  if (cost !== undefined) table.cost.set(cost, from)
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

function sortedSet(values: readonly string[]): string[] {
  return [...new Set(values)].sort()
}

function numbers<Value>(values: readonly Value[]): ReadonlyMap<Value, number> {
  return new Map(values.map((value, index) => [value, index]))
}
