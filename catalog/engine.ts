import { PostgresAdapter, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from './transaction.ts'

/** Which database a connection or transaction is of, where SQL must differ. */
export function engineOf(db: Db): 'sqlite' | 'postgres' {
  return db.getExecutor().adapter instanceof PostgresAdapter ? 'postgres' : 'sqlite'
}

/** `column in (values)` with one parameter, however many values there are. `column` is a name of our own, `table.column`. */
export function among(db: Db, column: string, values: readonly string[]): RawBuilder<SqlBool> {
  if (engineOf(db) === 'postgres') return sql<SqlBool>`${sql.ref(column)} = any(${values}::text[])`
  return sql<SqlBool>`${sql.ref(column)} in (select value from json_each(${JSON.stringify(values)}))`
}

/** A table `told(one, two)` of pairs, for `from` and joins. */
export function pairs(db: Db, values: readonly (readonly [string, string | null])[]): RawBuilder<unknown> {
  if (engineOf(db) === 'sqlite')
    return sql`(select value ->> 0 as one, value ->> 1 as two from json_each(${JSON.stringify(values)})) as told`
  return sql`unnest(${values.map(([one]) => one)}::text[], ${values.map(([, two]) => two)}::text[]) as told(one, two)`
}

/** Gives a list in a list as it was parsed, since SQLite 3.51; json_each writes it as a text, which every `->>` parses again: that takes twice as long. */
const EACH = sql.raw(isAtLeast(process.versions['sqlite'] ?? '', 3, 51) ? 'jsonb_each' : 'json_each')

function isAtLeast(version: string, wantedMajor: number, wantedMinor: number): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
}

/** A table `told(value)` of the lists in a JSON list: `told.value ->> 0` is the first of each, as text. */
export function jsonRows(engine: 'sqlite' | 'postgres', rows: string): RawBuilder<unknown> {
  return engine === 'sqlite' ? sql`${EACH}(${rows}) as told` : sql`json_array_elements(cast(${rows} as json)) as told(value)`
}

/**
 * A table `told(name, value)` of lists by what they belong to, `[[name, [list, …]], …]`. Materialized, or each row would take its name out of
 * all that belongs to the name.
 */
export function jsonRowsByName(engine: 'sqlite' | 'postgres', rows: string): RawBuilder<unknown> {
  if (engine === 'sqlite')
    return sql`(with named as materialized (select value ->> 0 as name, jsonb_extract(value, '$[1]') as lists from ${EACH}(${rows}))
      select named.name, each.value from named cross join ${EACH}(named.lists) as each) as told`
  return sql`(with named as materialized (select value ->> 0 as name, value -> 1 as lists from json_array_elements(cast(${rows} as json)))
    select named.name, each.value from named cross join json_array_elements(named.lists) as each(value)) as told`
}

/** A pattern for `like … escape '\'` that finds the text anywhere. */
export function containing(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`
}

/** Lists of any length, some at a time. */
export function* slices<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size)
}
