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

/** A pattern for `like … escape '\'` that finds the text anywhere. */
export function containing(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`
}

/** Lists of any length, some at a time. */
export function* slices<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size)
}
