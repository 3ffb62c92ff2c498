import type { Db } from '../transaction.ts'
import { connectionOfHistory, historyLogName } from './history.ts'

/** Executions by workgroup (or what a source has for it), as its history was read. */
export interface GroupUsage {
  readonly connection: string
  readonly group: string
  readonly executions: number
  readonly failed: number
  readonly bytes: number
  readonly cost: number
  readonly days: readonly GroupDay[]
}

export interface GroupDay {
  /** UTC; empty where the source told no time. */
  readonly day: string
  readonly executions: number
  readonly failed: number
  readonly bytes: number
  readonly cost: number
}

export type GroupOrder = 'executions' | 'bytes' | 'cost'

export async function topGroups(
  db: Db,
  { connection, by, limit }: { readonly connection?: string; readonly by: GroupOrder; readonly limit: number },
): Promise<readonly GroupUsage[]> {
  const rows = await db
    .selectFrom('history_groups')
    .selectAll()
    .$if(connection !== undefined, (query) => query.where('log', '=', historyLogName(connection ?? '')))
    .orderBy('log')
    .orderBy('name')
    .orderBy('day')
    .execute()
  const groups = new Map<string, { connection: string; group: string; days: GroupDay[] }>()
  for (const { log, name, day, executions, failed, bytes, cost } of rows) {
    const known = groups.get(`${log} ${name}`) ?? { connection: connectionOfHistory(log), group: name, days: [] }
    groups.set(`${log} ${name}`, known)
    known.days.push({ day, executions: Number(executions), failed: Number(failed), bytes, cost })
  }
  const sum = (days: readonly GroupDay[], of: keyof Omit<GroupDay, 'day'>) => days.reduce((total, day) => total + day[of], 0)
  return [...groups.values()]
    .map((group) => ({
      ...group,
      executions: sum(group.days, 'executions'),
      failed: sum(group.days, 'failed'),
      bytes: sum(group.days, 'bytes'),
      cost: sum(group.days, 'cost'),
    }))
    .sort((one, other) => other[by] - one[by] || (one.group < other.group ? -1 : 1))
    .slice(0, limit)
}
