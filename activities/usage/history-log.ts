import { historyObject, historyObjects } from '../../catalog/metadata/history.ts'
import type { Catalog } from '../../catalog/open.ts'
import { LodelineError } from '../../contracts/errors.ts'
import type { LogFormat } from '../../contracts/plugin.ts'
import type { OpenLog } from '../mining/mining.ts'

const MIB = 1024 * 1024
/** Keys are those of a query record. `group` is not the miner's. */
const FORMAT: LogFormat = {
  format: 'ndjson',
  keys: {
    sql: 'sql',
    defaultDatabase: 'defaultDatabase',
    defaultSchema: 'defaultSchema',
    session: 'session',
    user: 'user',
    startTime: 'startTime',
    endTime: 'endTime',
    durationMs: 'durationMs',
    rows: 'rows',
    bytes: 'bytes',
    cost: 'cost',
    status: 'status',
    id: 'id',
  },
  maxLineBytes: 64 * MIB,
  failedStatuses: [],
}

/** What was read of a connection's own history, as a query log. */
export function historyLog(catalog: Catalog, log: string): OpenLog {
  return {
    format: FORMAT,
    async *list() {
      for (const object of await historyObjects(catalog, log)) yield { ...object, seekable: true }
    },
    async *read({ key }, { from, to }) {
      const bytes = await historyObject(catalog, log, key)
      if (bytes === null) throw new LodelineError('LOG_OBJECT_GONE', `${key} is no longer in ${log}`, { key })
      yield new Uint8Array(bytes.subarray(from, to)) // a copy: the reader may give its buffer away
    },
  }
}
