import { COST_UNITS } from './usage-columns.ts'
import { addJson, addTo, byNumber, clear, inTexts, jsonKeys, type Tally, tally, tallyJson } from './usage-json.ts'
import type { StoredRow, UsageTable } from './usage-table.ts'

/** By the number of the process. */
export type ReadsOfProcess = readonly (readonly {
  readonly asset: string
  readonly isSelect: boolean
  readonly columns: readonly string[]
}[])[]

/** An asset on the day at hand. */
interface AssetDay {
  readonly asset: string
  /** Names of its columns that are read, in order. */
  readonly columnKeys: readonly string[]
  readonly selects: Tally
  readonly writes: Tally
  readonly columns: Tally
  reads: number
  readsByWriting: number
  bytes: number
  cost: number
  last: number
  isTouched: boolean
}

interface Read {
  readonly day: AssetDay
  readonly isSelect: boolean
  readonly columns: Int32Array
}

/** Rows [asset, day, selects, writes, last, users, columns, bytes, cost] as JSON, those stored before added. One day at a time, so that memory is one day's. */
export function dayRows(
  table: UsageTable,
  reads: ReadsOfProcess,
  excluded: ReadonlySet<string>,
  before: readonly StoredRow[],
): readonly string[] {
  const { assets, readsOf } = prepare(reads, table.users.length)
  const stored = new Map(before.map((row) => [`${row[0]} ${row[1]}`, row]))
  const isExcluded = table.users.map((user) => excluded.has(user))
  const userKeys = jsonKeys(table.users)
  const rows: string[] = []
  for (const [day, indexes] of byDay(table).entries()) {
    for (const row of indexes) {
      const user = table.user[row] as number // rows are in range
      if (isExcluded[user] !== true) for (const read of readsOf[table.process[row] as number] ?? []) add(read, user, table, row)
    }
    const name = table.days[day] ?? ''
    for (const asset of assets)
      if (asset.isTouched) rows.push(rowOf(asset, name, userKeys, table.users, stored.get(`${asset.asset} ${name}`)))
  }
  return inTexts(rows)
}

function prepare(
  reads: ReadsOfProcess,
  users: number,
): { readonly assets: readonly AssetDay[]; readonly readsOf: readonly (readonly Read[])[] } {
  const columnsOf = new Map<string, Set<string>>()
  for (const { asset, columns } of reads.flat()) {
    const known = columnsOf.get(asset) ?? new Set<string>()
    columnsOf.set(asset, known)
    for (const column of columns) known.add(column)
  }
  const days = new Map<string, { day: AssetDay; places: ReadonlyMap<string, number> }>()
  for (const asset of [...columnsOf.keys()].sort()) {
    const columns = [...(columnsOf.get(asset) ?? [])].sort()
    const day = {
      asset,
      columnKeys: jsonKeys(columns),
      selects: tally(users),
      writes: tally(users),
      columns: tally(columns.length),
      reads: 0,
      readsByWriting: 0,
      bytes: 0,
      cost: 0,
      last: -1,
      isTouched: false,
    }
    days.set(asset, { day, places: new Map(columns.map((column, index) => [column, index])) })
  }
  const readsOf = reads.map((list) =>
    list.flatMap(({ asset, isSelect, columns }) => {
      const known = days.get(asset)
      return known === undefined
        ? []
        : [{ day: known.day, isSelect, columns: Int32Array.from(columns, (column) => known.places.get(column) ?? 0) }]
    }),
  )
  return { assets: [...days.values()].map(({ day }) => day), readsOf }
}

/** Row numbers of each day. */
function byDay({ days, day, rows }: UsageTable): readonly (readonly number[])[] {
  const lists: number[][] = days.map(() => [])
  for (let row = 0; row < rows; row++) lists[day[row] as number]?.push(row)
  return lists
}

function add({ day, isSelect, columns }: Read, user: number, table: UsageTable, row: number): void {
  const times = table.executions[row] as number // rows are in range
  const last = table.last[row] as number
  day.isTouched = true
  if (last > day.last) day.last = last
  if (!isSelect) {
    day.readsByWriting += times
    addTo(day.writes, user, times)
    return
  }
  day.reads += times
  day.bytes += table.bytes?.[row] ?? 0
  day.cost += table.cost?.[row] ?? 0
  addTo(day.selects, user, times)
  for (let index = 0; index < columns.length; index++) addTo(day.columns, columns[index] as number, times)
}

function rowOf(day: AssetDay, name: string, userKeys: readonly string[], users: readonly string[], before: StoredRow | undefined): string {
  let selects = day.reads
  let writes = day.readsByWriting
  let last = day.last < 0 ? null : new Date(day.last).toISOString()
  let bytes = day.bytes
  let cost = day.cost
  let userCounts = usersJson(day, userKeys, users)
  let columnCounts = tallyJson(day.columns, day.columnKeys)
  if (before !== undefined) {
    selects += Number(before[2])
    writes += Number(before[3])
    bytes += Number(before[7])
    cost += Math.round(Number(before[8]) * COST_UNITS)
    if (last === null || String(before[4] ?? '') > last) last = before[4] === null || before[4] === undefined ? last : String(before[4])
    userCounts = addJson(String(before[5]), userCounts)
    columnCounts = addJson(String(before[6]), columnCounts)
  }
  reset(day)
  return JSON.stringify([day.asset, name, selects, writes, last, userCounts, columnCounts, bytes, cost / COST_UNITS])
}

/** {user: [selects, reads by writing statements]} of the users who have a name. */
function usersJson({ selects, writes }: AssetDay, keys: readonly string[], users: readonly string[]): string {
  const places = selects.touched.concat(writes.touched.filter((user) => selects.counts[user] === 0)).sort(byNumber)
  let text = '{'
  for (const place of places) {
    if (users[place] !== '') text += `${text.length > 1 ? ',' : ''}${keys[place]}[${selects.counts[place]},${writes.counts[place]}]`
  }
  return `${text}}`
}

function reset(day: AssetDay): void {
  clear(day.selects)
  clear(day.writes)
  clear(day.columns)
  day.reads = 0
  day.readsByWriting = 0
  day.bytes = 0
  day.cost = 0
  day.last = -1
  day.isTouched = false
}
