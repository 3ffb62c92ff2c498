import { COST_UNITS } from './usage-columns.ts'
import { addJson, addTo, byNumber, clear, inTexts, jsonKeys, type Tally, tally, tallyJson } from './usage-json.ts'
import type { Read, UsageReads } from './usage-reads.ts'
import { grouped, type StoredRow, type UsageTable } from './usage-table.ts'

interface Days {
  readonly table: UsageTable
  readonly reads: UsageReads
  readonly userKeys: readonly string[]
  /** Names of the columns by asset, as keys in JSON. */
  readonly columnKeys: readonly (readonly string[])[]
  readonly stored: ReadonlyMap<string, StoredRow>
  /** Of the asset at hand, cleared behind it: one for each asset would take the memory of all assets times all users. */
  readonly selects: Tally
  readonly writes: Tally
  readonly columns: Tally
}

/** JSON texts of rows [asset, day, selects, writes, last, users, columns, bytes, cost], those stored before added. One day at a time, so that memory is one day's. */
export function* dayRows(
  table: UsageTable,
  reads: UsageReads,
  excluded: ReadonlySet<string>,
  stored: ReadonlyMap<string, StoredRow>,
): Generator<string> {
  const columnKeys = reads.assets.map(({ columns }) => jsonKeys(columns))
  const mostColumns = columnKeys.reduce((most, { length }) => Math.max(most, length), 0)
  const users = table.users.length
  const days: Days = {
    table,
    reads,
    userKeys: jsonKeys(table.users),
    columnKeys,
    stored,
    selects: tally(users),
    writes: tally(users),
    columns: tally(mostColumns),
  }
  const isExcluded = table.users.map((user) => excluded.has(user))
  const { order, starts } = grouped(table.day, table.rows, table.days.length)
  for (const [day, name] of table.days.entries()) {
    const counters = order.subarray(starts[day], starts[day + 1]).filter((row) => isExcluded[table.user[row] as number] !== true) // rows are in range
    const { byAsset, rows, read } = readsOfDay(days, counters)
    const seen = reads.inOrder.filter((asset) => (byAsset.starts[asset + 1] as number) > (byAsset.starts[asset] as number))
    yield* inTexts(seen, (asset) => {
      const pairs = byAsset.order.subarray(byAsset.starts[asset], byAsset.starts[asset + 1])
      return rowOf(days, asset, name, pairs, rows, read)
    })
  }
}

/** Each read of each counter, grouped by the asset that is read: the counter's row, and the number of the read. */
function readsOfDay({ table, reads }: Days, counters: Int32Array) {
  const size = counters.reduce((sum, row) => sum + (reads.ofProcess[table.process[row] as number]?.length ?? 0), 0)
  const [rows, read, asset] = [new Int32Array(size), new Int32Array(size), new Int32Array(size)]
  let pair = 0
  for (const row of counters) {
    for (const one of reads.ofProcess[table.process[row] as number] ?? []) {
      rows[pair] = row
      read[pair] = one.number
      asset[pair++] = one.asset
    }
  }
  return { byAsset: grouped(asset, size, reads.assets.length), rows, read }
}

function rowOf(days: Days, asset: number, day: string, pairs: Int32Array, rows: Int32Array, read: Int32Array): string {
  const sums = { reads: 0, readsByWriting: 0, bytes: 0, cost: 0, last: -1 }
  for (const pair of pairs) add(days, sums, days.reads.reads[read[pair] as number] as Read, rows[pair] as number) // pairs are in range
  const id = days.reads.assets[asset]?.asset ?? ''
  const row = addedRow(days, asset, sums, days.stored.get(`${id} ${day}`))
  clear(days.selects)
  clear(days.writes)
  clear(days.columns)
  return JSON.stringify([id, day, ...row])
}

interface Sums {
  reads: number
  readsByWriting: number
  bytes: number
  cost: number
  last: number
}

function add({ table, selects, writes, columns }: Days, sums: Sums, read: Read, row: number): void {
  const times = table.executions[row] as number // rows are in range, like all below
  const last = table.last[row] as number
  const user = table.user[row] as number
  if (last > sums.last) sums.last = last
  if (!read.isSelect) {
    sums.readsByWriting += times
    addTo(writes, user, times)
    return
  }
  sums.reads += times
  sums.bytes += table.bytes?.[row] ?? 0
  sums.cost += table.cost?.[row] ?? 0
  addTo(selects, user, times)
  for (let index = 0; index < read.columns.length; index++) addTo(columns, read.columns[index] as number, times)
}

function addedRow(days: Days, asset: number, sums: Sums, before: StoredRow | undefined): StoredRow {
  const last = sums.last < 0 ? null : new Date(sums.last).toISOString()
  const users = usersJson(days)
  const columns = tallyJson(days.columns, days.columnKeys[asset] ?? [])
  if (before === undefined) return [sums.reads, sums.readsByWriting, last, users, columns, sums.bytes, sums.cost / COST_UNITS]
  const lastBefore = before[4] === null || before[4] === undefined ? null : String(before[4])
  return [
    sums.reads + Number(before[2]),
    sums.readsByWriting + Number(before[3]),
    lastBefore !== null && (last === null || lastBefore > last) ? lastBefore : last,
    addJson(String(before[5]), users),
    addJson(String(before[6]), columns),
    sums.bytes + Number(before[7]),
    (sums.cost + Math.round(Number(before[8]) * COST_UNITS)) / COST_UNITS,
  ]
}

/** {user: [selects, reads by writing statements]} of the users who have a name. */
function usersJson({ selects, writes, userKeys, table }: Days): string {
  const places = selects.touched.concat(writes.touched.filter((user) => selects.counts[user] === 0)).sort(byNumber)
  let text = '{'
  for (const place of places) {
    if (table.users[place] !== '')
      text += `${text.length > 1 ? ',' : ''}${userKeys[place]}[${selects.counts[place]},${writes.counts[place]}]`
  }
  return `${text}}`
}
