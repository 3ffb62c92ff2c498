import { random } from './random.ts'

export interface LogRecord {
  readonly QUERY_TEXT: string
  readonly DATABASE_NAME?: string | null
  readonly SCHEMA_NAME?: string | null
  readonly SESSION_ID?: string
  readonly USER_NAME?: string
  readonly START_TIME?: string
  readonly ELAPSED?: number
  readonly CREDITS?: number
  readonly STATUS?: string
}

/**
 * A Snowflake log whose meaning depends on order: sessions that interleave and go on in later objects, temp tables of one name and
 * different content, USE, names in variables, tables whose columns are declared after they were read, views over stars, failures and noise.
 */
export function orderedLog(seed: number, count: number): LogRecord[] {
  const next = random(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T
  /** Twelve sessions at a time, each for some hundred records. */
  const session = (index: number): string => `session-${seed}-${Math.floor(index / 400) * 12 + Math.floor(next() * 12)}`
  return Array.from({ length: count }, (_, index) => {
    const table = pick(['orders', 'customers', 'items', 'payments'])
    const other = pick(['orders', 'customers', 'items', 'payments'])
    const temp = pick(['stage_a', 'stage_b'])
    const day = 1 + Math.floor((index / count) * 9)
    const number = Math.floor(next() * 1000)
    const text = pick([
      () => `SELECT id, amount FROM ${table} WHERE id = ${number} /* ${number} */`,
      () => `USE SCHEMA ${pick(['sales', 'finance'])}`,
      () =>
        `CREATE OR REPLACE TEMPORARY TABLE ${temp} AS SELECT a.id, a.amount + b.amount AS amount FROM ${table} a JOIN ${other} b ON a.id = b.id`,
      () => `CREATE TEMPORARY TABLE IF NOT EXISTS ${temp} (id int, amount int)`,
      () => `INSERT INTO ${temp} SELECT id, amount FROM ${table} WHERE amount > ${number}`,
      () => `INSERT INTO mart_${table} SELECT * FROM ${temp}`,
      () => `INSERT INTO mart_${other} (id, amount) SELECT id, amount FROM ${temp}`,
      () => `DROP TABLE IF EXISTS ${temp}`,
      () => `CREATE OR REPLACE VIEW v_${table} AS SELECT * FROM ${other}`,
      () => `INSERT INTO copy_${table} SELECT * FROM v_${other}`,
      () =>
        index > count / 2 ? `CREATE TABLE ${table} (id int, amount int, note varchar${index % 3 === 0 ? ', extra int' : ''})` : 'COMMIT',
      () => `ALTER TABLE ${temp} RENAME TO ${temp}_old`,
      () => `SET target = 'mart_${number % 2 === 0 ? 'orders' : 'items'}'`,
      () => 'INSERT INTO IDENTIFIER($target) SELECT id FROM orders',
      () => `UPDATE ${table} SET amount = ${number} WHERE id IN (SELECT id FROM ${temp})`,
    ])()
    return {
      QUERY_TEXT: text,
      ...(next() < 0.2 ? { DATABASE_NAME: 'SHOP', SCHEMA_NAME: pick(['SALES', 'FINANCE']) } : {}),
      ...(next() < 0.9 ? { SESSION_ID: session(index) } : {}),
      USER_NAME: pick(['ann', 'bob', 'etl']),
      START_TIME: `2026-01-0${day}T10:00:00.${String(number).padStart(3, '0')}Z`,
      ELAPSED: number / 7,
      CREDITS: number / 1000,
      ...(next() < 0.05 ? { STATUS: 'FAIL' } : {}),
    }
  })
}
