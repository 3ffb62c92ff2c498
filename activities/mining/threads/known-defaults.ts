import { unreachable } from '../../../contracts/errors.ts'
import type { Defaults } from '../../../contracts/lineage.ts'
import type { SessionValue } from './session-values.ts'

export interface NumberedDefaults {
  /** Below DEFAULTS_BELOW. */
  readonly index: number
  readonly defaults: Defaults
}

/** The defaults of a record: its own keys, else its session's USE or SET, else the connection's. Each combination gets a number. */
export interface KnownDefaults {
  of(database: string | null, schema: string | null, session: SessionValue): NumberedDefaults
}

export const DEFAULTS_BELOW = 2 ** 20

/** `ownSchema`: the one that a session is in after it moved to a database without saying more (`public`, `dbo`), where there is such a one. */
export function knownDefaults(connection: Defaults, twoLevels: boolean, ownSchema: string | null): KnownDefaults {
  const byDatabase = new Map<string | null, Map<string | null, NumberedDefaults>>()
  let count = 0

  function numbered(database: string | null, schema: string | null): NumberedDefaults {
    let bySchema = byDatabase.get(database)
    if (bySchema === undefined) {
      bySchema = new Map()
      byDatabase.set(database, bySchema)
    }
    let known = bySchema.get(schema)
    if (known === undefined) {
      if (count >= DEFAULTS_BELOW) unreachable('a log with a million different defaults')
      known = { index: count++, defaults: { database, schema } }
      bySchema.set(schema, known)
    }
    return known
  }

  return {
    of(recordDatabase, recordSchema, { state }) {
      const session = state.defaults
      if (twoLevels) {
        const fallback = session.schema ?? session.database ?? connection.schema ?? connection.database ?? null
        return numbered(null, recordSchema ?? recordDatabase ?? fallback)
      }
      const database = recordDatabase ?? session.database ?? connection.database ?? null
      // A schema that the session chose in another database says nothing about this one.
      const ofSession = session.database && session.database !== database ? null : (session.schema ?? (session.database ? ownSchema : null))
      return numbered(database, recordSchema ?? ofSession ?? connection.schema ?? null)
    },
  }
}
