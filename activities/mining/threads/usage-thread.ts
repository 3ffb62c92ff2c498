import { NO_DAY } from './times.ts'
import { COST_UNITS, DURATION_UNITS } from './usage-columns.ts'

/** Parts to be counted, what their processes read, and what the usage tables hold of the same days and processes. */
export interface UsageBatch {
  readonly parts: readonly { readonly processes: string; readonly usage: string }[]
  readonly reads: readonly { readonly process: string; readonly asset: string; readonly mode: string; readonly columns: string | null }[]
  readonly before: { readonly assets: readonly StoredRow[]; readonly processes: readonly StoredRow[] }
  /** Users who do not count in the usage of assets. */
  readonly excludedUsers: readonly string[]
}
type StoredRow = readonly (string | number | null)[]

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

interface Read {
  readonly asset: string
  readonly isSelect: boolean
  readonly columns: readonly string[]
}

interface AssetDay {
  selects: number
  writes: number
  last: string | null
  readonly users: Map<string, [number, number]>
  readonly columns: Map<string, Map<string, number>>
}

/** Durations and costs in the units of the columns. */
interface ProcessTotal {
  executions: number
  duration: number
  rows: number
  bytes: number
  cost: number
  first: string | null
  last: string | null
  readonly users: Map<string, number>
  readonly days: Map<string, number>
}

const DAY_MS = 86_400_000

export function run(batch: UsageBatch): { readonly assets: string; readonly processes: string } {
  const reads = readsByProcess(batch)
  const assets = new Map<string, AssetDay>(batch.before.assets.map((row) => [`${row[0]} ${row[1]}`, storedDay(row)]))
  const totals = new Map<string, ProcessTotal>(batch.before.processes.map((row) => [String(row[0]), storedTotal(row)]))
  const excluded = new Set(batch.excludedUsers)
  const names = dayNames()
  for (const part of batch.parts) addPart(part, { reads, assets, totals, excluded, names })
  return { assets: JSON.stringify([...assets].map(([key, day]) => dayRow(key, day))), processes: JSON.stringify([...totals].map(([id, total]) => totalRow(id, total))) }
}

interface Sums {
  readonly reads: ReadonlyMap<string, readonly Read[]>
  readonly assets: Map<string, AssetDay>
  readonly totals: Map<string, ProcessTotal>
  readonly excluded: ReadonlySet<string>
  readonly names: (day: number) => string
}

function addPart(part: UsageBatch['parts'][number], sums: Sums): void {
  const { id } = JSON.parse(part.processes) as { id: readonly string[] } // written by the scan, like the next
  const columns = JSON.parse(part.usage) as Columns
  const { process = [], user = [], day = [], executions = [] } = columns
  for (let row = 0; row < process.length; row++) {
    const name = id[process[row] ?? 0] ?? ''
    const who = columns.users[user[row] ?? 0] ?? ''
    const dayNumber = day[row] ?? NO_DAY
    const when = sums.names(dayNumber)
    const times = executions[row] ?? 0
    const last = dayNumber === NO_DAY ? null : dayNumber * DAY_MS + (columns.last?.[row] ?? 0)
    addTotal(totalOf(sums.totals, name), columns, row, who, when, times, last)
    if (!sums.excluded.has(who)) for (const read of sums.reads.get(name) ?? []) addRead(sums.assets, read, who, when, times, last)
  }
}

function addTotal(total: ProcessTotal, columns: Columns, row: number, user: string, day: string, times: number, last: number | null): void {
  total.executions += times
  total.duration += columns.durationMs?.[row] ?? 0
  total.rows += columns.rows?.[row] ?? 0
  total.bytes += columns.bytes?.[row] ?? 0
  total.cost += columns.cost?.[row] ?? 0
  if (user !== '') total.users.set(user, (total.users.get(user) ?? 0) + times)
  if (last === null) return
  total.days.set(day, (total.days.get(day) ?? 0) + times)
  const at = new Date(last).toISOString()
  if (total.last === null || at > total.last) total.last = at
  if (total.first === null || day < total.first) total.first = day
}

function addRead(assets: Map<string, AssetDay>, read: Read, user: string, day: string, times: number, last: number | null): void {
  const key = `${read.asset} ${day}`
  let sum = assets.get(key)
  if (sum === undefined) {
    sum = { selects: 0, writes: 0, last: null, users: new Map(), columns: new Map() }
    assets.set(key, sum)
  }
  const counts = sum.users.get(user) ?? [0, 0]
  if (read.isSelect) {
    sum.selects += times
    counts[0] += times
    for (const column of read.columns) addColumn(sum.columns, column, user, times)
  } else {
    sum.writes += times
    counts[1] += times
  }
  if (user !== '') sum.users.set(user, counts)
  if (last === null) return
  const at = new Date(last).toISOString()
  if (sum.last === null || at > sum.last) sum.last = at
}

function addColumn(columns: Map<string, Map<string, number>>, column: string, user: string, times: number): void {
  let users = columns.get(column)
  if (users === undefined) {
    users = new Map()
    columns.set(column, users)
  }
  users.set(user, (users.get(user) ?? 0) + times)
}

function readsByProcess({ reads }: UsageBatch): ReadonlyMap<string, readonly Read[]> {
  const byProcess = new Map<string, Read[]>()
  for (const { process, asset, mode, columns } of reads) {
    const read = { asset, isSelect: mode === 'select', columns: columns === null ? [] : (JSON.parse(columns) as string[]) } // written by the resolver
    const known = byProcess.get(process)
    if (known === undefined) byProcess.set(process, [read])
    else known.push(read)
  }
  return byProcess
}

function totalOf(totals: Map<string, ProcessTotal>, process: string): ProcessTotal {
  let total = totals.get(process)
  if (total === undefined) {
    total = { executions: 0, duration: 0, rows: 0, bytes: 0, cost: 0, first: null, last: null, users: new Map(), days: new Map() }
    totals.set(process, total)
  }
  return total
}

function storedDay([, , selects, writes, last, users, columns]: StoredRow): AssetDay {
  return {
    selects: Number(selects),
    writes: Number(writes),
    last: last === null ? null : String(last),
    users: new Map(Object.entries(JSON.parse(String(users)) as Record<string, [number, number]>)), // what dayRow wrote, like the next
    columns: new Map(Object.entries(JSON.parse(String(columns)) as Record<string, Record<string, number>>).map(([column, readers]) => [column, new Map(Object.entries(readers))])),
  }
}

function storedTotal([, executions, durationMs, rows, bytes, cost, first, last, users, days]: StoredRow): ProcessTotal {
  const text = (value: string | number | null | undefined): string | null => (typeof value === 'string' ? value : null)
  const counts = (value: string | number | null | undefined): Map<string, number> => new Map(Object.entries(JSON.parse(String(value)) as Record<string, number>)) // what totalRow wrote
  return {
    executions: Number(executions),
    duration: Math.round(Number(durationMs) * DURATION_UNITS),
    rows: Number(rows),
    bytes: Number(bytes),
    cost: Math.round(Number(cost) * COST_UNITS),
    first: text(first),
    last: text(last),
    users: counts(users),
    days: counts(days),
  }
}

function dayRow(key: string, { selects, writes, last, users, columns }: AssetDay): unknown[] {
  const [asset, day = ''] = key.split(' ')
  return [asset, day, selects, writes, last, sortedJson(users), sortedJson(new Map([...columns].map(([column, readers]) => [column, sorted(readers)])))]
}

function totalRow(id: string, total: ProcessTotal): unknown[] {
  const { executions, duration, rows, bytes, cost, first, last, users, days } = total
  return [id, executions, duration / DURATION_UNITS, rows, bytes, cost / COST_UNITS, first, last, sortedJson(users), sortedJson(days)]
}

function sortedJson(map: ReadonlyMap<string, unknown>): string {
  return JSON.stringify(sorted(map))
}

function sorted(map: ReadonlyMap<string, unknown>): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...map].sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** The same few days come again and again. */
function dayNames(): (day: number) => string {
  const names = new Map<number, string>([[NO_DAY, '']])
  return (day) => {
    let name = names.get(day)
    if (name === undefined) {
      name = new Date(day * DAY_MS).toISOString().slice(0, 10)
      names.set(day, name)
    }
    return name
  }
}
