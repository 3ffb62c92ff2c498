import { type AssetHead, assetsById } from './assets.ts'
import { among, slices } from './engine.ts'
import type { Db } from './transaction.ts'
import type { DayUsage, UserReads } from './usage.ts'

/** Usage that is summed up from what the miner counted: of places (schemas, databases), and of users. Derived, so that it cannot drift. */

export interface TableReads {
  readonly asset: AssetHead
  readonly reads: number
  readonly writeReads: number
}

/** A query that reads two tables of the place is one read of each, as in the tables' own counts. */
export interface PlaceUsage {
  readonly reads: number
  readonly writeReads: number
  readonly bytes: number
  readonly cost: number
  readonly lastReadAt: string | null
  readonly users: readonly UserReads[]
  readonly days: readonly DayUsage[]
  readonly tables: readonly TableReads[]
}

const IDS_A_QUERY = 1_000
const ROWS_A_PAGE = 5_000

/** Of a schema or database, over all days: of the tables and views in it. */
export async function placeUsage(db: Db, place: string): Promise<PlaceUsage> {
  const days = new Map<string, { day: string; reads: number; writeReads: number; bytes: number; cost: number }>()
  const users = new Map<string, { user: string; reads: number; writeReads: number }>()
  const tables = new Map<string, { reads: number; writeReads: number }>()
  let lastReadAt: string | null = null
  for (const some of slices(await tablesIn(db, place), IDS_A_QUERY)) {
    const rows = await db
      .selectFrom('usage_by_asset')
      .selectAll()
      .where(among(db, 'asset', some))
      .execute()
    for (const { asset, day, selects, writes, bytes, cost, last_at, users: told } of rows) {
      const sum = entry(days, day, () => ({ day, reads: 0, writeReads: 0, bytes: 0, cost: 0 }))
      sum.bytes += bytes
      sum.cost += cost
      for (const each of [sum, entry(tables, asset, () => ({ reads: 0, writeReads: 0 }))]) {
        each.reads += selects
        each.writeReads += writes
      }
      if (last_at !== null && (lastReadAt === null || last_at > lastReadAt)) lastReadAt = last_at
      for (const [user, [reads, writeReads]] of Object.entries(JSON.parse(told) as Record<string, [number, number]>)) {
        const known = entry(users, user, () => ({ user, reads: 0, writeReads: 0 }))
        known.reads += reads
        known.writeReads += writeReads
      }
    }
  }
  const heads = await assetsById(db, tables.keys())
  const total = (of: 'reads' | 'writeReads' | 'bytes' | 'cost') => [...days.values()].reduce((sum, day) => sum + day[of], 0)
  return {
    reads: total('reads'),
    writeReads: total('writeReads'),
    bytes: total('bytes'),
    cost: total('cost'),
    lastReadAt,
    users: [...users.values()].sort((one, other) => other.reads - one.reads || (one.user < other.user ? -1 : 1)),
    days: [...days.values()].sort((one, other) => (one.day < other.day ? -1 : 1)),
    tables: [...tables]
      .flatMap(([id, counts]) => {
        const asset = heads.get(id)
        return asset === undefined ? [] : [{ asset, ...counts }]
      })
      .sort((one, other) => other.reads - one.reads || (one.asset.key < other.asset.key ? -1 : 1)),
  }
}

function entry<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key) ?? make()
  map.set(key, known)
  return known
}

async function tablesIn(db: Db, place: string): Promise<readonly string[]> {
  const found: string[] = []
  for (let places: readonly string[] = [place]; places.length > 0; ) {
    const children = await db
      .selectFrom('assets')
      .select(['id', 'kind'])
      .where(among(db, 'parent_id', places))
      .execute()
    places = children.filter(({ kind }) => kind === 'schema' || kind === 'database').map(({ id }) => id)
    const inner = new Set(places)
    found.push(...children.map(({ id }) => id).filter((id) => !inner.has(id)))
  }
  return found
}

export interface UserUsage {
  readonly connection: string
  readonly user: string
  /** Of statements of any kind that read or write something. */
  readonly executions: number
  /** Different ones. */
  readonly queries: number
}

/** Those who run most, of one connection or of each. */
export async function topUsers(
  db: Db,
  { connection, limit }: { readonly connection?: string; readonly limit: number },
): Promise<readonly UserUsage[]> {
  const users = new Map<string, { connection: string; user: string; executions: number; queries: number }>()
  for (let after = ''; ; ) {
    const rows = await db
      .selectFrom('usage_by_process')
      .select(['process', 'connection', 'users'])
      .where('process', '>', after)
      .$if(connection !== undefined, (query) => query.where('connection', '=', connection ?? ''))
      .orderBy('process')
      .limit(ROWS_A_PAGE)
      .execute()
    for (const row of rows) {
      for (const [user, executions] of Object.entries(JSON.parse(row.users) as Record<string, number>)) {
        const known = entry(users, `${row.connection} ${user}`, () => ({ connection: row.connection, user, executions: 0, queries: 0 }))
        known.executions += executions
        known.queries++
      }
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < ROWS_A_PAGE) break
    after = last.process
  }
  return [...users.values()].sort((one, other) => other.executions - one.executions || (one.user < other.user ? -1 : 1)).slice(0, limit)
}
