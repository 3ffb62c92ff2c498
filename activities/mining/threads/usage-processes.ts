import { COST_UNITS, DURATION_UNITS } from './usage-columns.ts'
import { addJson, addTo, clear, inTexts, jsonKeys, tally, tallyJson } from './usage-json.ts'
import { grouped, type StoredRow, type UsageTable } from './usage-table.ts'

/**
 * JSON texts of rows [process, executions, duration, rows, bytes, cost, first, last, users], those stored before added. First and last are
 * told whoever executed it: what lineage is stale rests on them.
 */
export function processRows(table: UsageTable, excluded: ReadonlySet<string>, stored: ReadonlyMap<string, StoredRow>): Generator<string> {
  const users = tally(table.users.length)
  const userKeys = jsonKeys(table.users)
  const noUser = table.users.indexOf('')
  const isExcluded = table.users.map((user) => excluded.has(user))
  const { order, starts } = grouped(table.process, table.rows, table.processes.length)

  function rowOfProcess(id: string, process: number): string {
    const sums = { executions: 0, duration: 0, returned: 0, bytes: 0, cost: 0, last: -1, first: Number.POSITIVE_INFINITY }
    for (let index = starts[process] as number; index < (starts[process + 1] as number); index++) {
      const row = order[index] as number // rows are in range
      const last = table.last[row] as number
      if (last >= 0) {
        sums.last = Math.max(sums.last, last)
        sums.first = Math.min(sums.first, last)
      }
      const user = table.user[row] as number
      if (isExcluded[user] === true) continue
      const times = table.executions[row] as number
      sums.executions += times
      sums.duration += table.duration?.[row] ?? 0
      sums.returned += table.returned?.[row] ?? 0
      sums.bytes += table.bytes?.[row] ?? 0
      sums.cost += table.cost?.[row] ?? 0
      if (user !== noUser) addTo(users, user, times)
    }
    const text = rowOf(id, sums, tallyJson(users, userKeys), stored.get(id))
    clear(users)
    return text
  }

  return inTexts(table.processes, rowOfProcess)
}

interface Sums {
  readonly executions: number
  readonly duration: number
  readonly returned: number
  readonly bytes: number
  readonly cost: number
  readonly last: number
  readonly first: number
}

function rowOf(id: string, sums: Sums, users: string, before: StoredRow | undefined): string {
  const number = (index: number): number => Number(before?.[index] ?? 0)
  const duration = (sums.duration + Math.round(number(2) * DURATION_UNITS)) / DURATION_UNITS
  const cost = (sums.cost + Math.round(number(5) * COST_UNITS)) / COST_UNITS
  // The first day is what counters can tell: they keep the last time of each day.
  const first = earlier(sums.last < 0 ? null : new Date(sums.first).toISOString().slice(0, 10), before?.[6])
  const last = later(sums.last < 0 ? null : new Date(sums.last).toISOString(), before?.[7])
  const counts = [sums.executions + number(1), duration, sums.returned + number(3), sums.bytes + number(4), cost]
  return JSON.stringify([id, ...counts, first, last, addJson(String(before?.[8] ?? '{}'), users)])
}

function earlier(now: string | null, before: string | number | null | undefined): string | null {
  if (typeof before !== 'string') return now
  return now === null || before < now ? before : now
}

function later(now: string | null, before: string | number | null | undefined): string | null {
  if (typeof before !== 'string') return now
  return now === null || before > now ? before : now
}
