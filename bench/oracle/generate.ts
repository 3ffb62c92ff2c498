import { random } from '../../test/support/random.ts'

/** Tables that generated queries read: all columns are known, so that stars have one answer. */
export const TABLES: Readonly<Record<string, readonly string[]>> = {
  orders: ['id', 'customer_id', 'amount', 'status', 'created_at'],
  customers: ['id', 'name', 'country', 'region_id'],
  regions: ['id', 'label', 'manager'],
  products: ['id', 'title', 'price', 'category'],
  events: ['id', 'user_id', 'kind', 'ts'],
}

/** What of the grammar not every dialect has. */
interface Traits {
  readonly qualify: boolean
  /** The word for `* EXCEPT (…)`. */
  readonly except: string | null
  readonly ctas: boolean
  readonly concat: 'CONCAT' | '||'
  readonly pivot: boolean
  readonly filter: boolean
}

const PLAIN: Traits = { qualify: false, except: null, ctas: true, concat: '||', pivot: false, filter: false }
export const DIALECTS: Readonly<Record<string, Traits>> = {
  snowflake: { ...PLAIN, qualify: true, except: 'EXCLUDE', pivot: true },
  bigquery: { ...PLAIN, qualify: true, except: 'EXCEPT', concat: 'CONCAT', pivot: true },
  redshift: PLAIN,
  postgres: { ...PLAIN, filter: true },
  hive: { ...PLAIN, concat: 'CONCAT' },
  spark: { ...PLAIN, concat: 'CONCAT', pivot: true, filter: true },
  databricks: { ...PLAIN, qualify: true, except: 'EXCEPT', pivot: true },
  sqlserver: { ...PLAIN, ctas: false, concat: 'CONCAT' },
  teradata: { ...PLAIN, qualify: true, ctas: false },
  trino: { ...PLAIN, filter: true },
  duckdb: { ...PLAIN, qualify: true, except: 'EXCLUDE', filter: true },
}

interface Relation {
  readonly alias: string
  readonly columns: readonly string[]
}
interface Piece {
  readonly sql: string
  readonly columns: readonly string[]
}
interface Maker {
  readonly next: () => number
  readonly traits: Traits
  readonly ctes: Relation[]
  names: number
}

/** One statement of a dialect; the same seed gives the same text. */
export function generate(dialect: string, seed: number): string {
  const maker: Maker = { next: random(seed), traits: DIALECTS[dialect] ?? PLAIN, ctes: [], names: 0 }
  const heads: string[] = []
  for (let n = chance(maker, 0.4) ? 1 + below(maker, 2) : 0; n > 0; n--) {
    const made = query(maker, 1)
    const alias = name(maker, 'c')
    const listed = chance(maker, 0.25) ? made.columns.map((_, i) => `k${i}`) : null
    heads.push(`${alias}${listed ? ` (${listed.join(', ')})` : ''} AS (${made.sql})`)
    maker.ctes.push({ alias, columns: listed ?? made.columns })
  }
  const { sql, columns } = query(maker, 2)
  const whole = `${heads.length > 0 ? `WITH ${heads.join(', ')} ` : ''}${sql}`
  return wrapped(maker, whole, columns, heads.length > 0)
}

function wrapped(maker: Maker, sql: string, columns: readonly string[], withCtes: boolean): string {
  const kind = maker.next()
  if (kind < 0.5 || (withCtes && !maker.traits.ctas)) return sql
  if (kind < 0.65 && maker.traits.ctas) return `CREATE TABLE target AS ${sql}`
  if (kind < 0.75 && maker.traits.ctas) return `CREATE VIEW target AS ${sql}`
  if (kind < 0.9) return `INSERT INTO target ${sql}`
  return `INSERT INTO target (${columns.map((_, i) => `t${i}`).join(', ')}) ${sql}`
}

const below = (maker: Maker, n: number): number => Math.floor(maker.next() * n)
const chance = (maker: Maker, p: number): boolean => maker.next() < p
const pick = <T>(maker: Maker, list: readonly T[]): T => list[below(maker, list.length)] as T // lists here are never empty
const name = (maker: Maker, prefix: string): string => `${prefix}${maker.names++}`

function query(maker: Maker, depth: number): Piece {
  if (!chance(maker, 0.2)) return select(maker, depth, null, [])
  const width = 1 + below(maker, 3)
  const first = select(maker, depth - 1, width, [])
  const second = select(maker, depth - 1, width, [])
  return {
    sql: `${first.sql} ${pick(maker, ['UNION ALL', 'UNION ALL', maker.traits.except === 'EXCEPT' ? 'UNION DISTINCT' : 'UNION'])} ${second.sql}`,
    columns: first.columns,
  }
}

/** `width`: that many plain items, where a set operation asks for them; `outer`: relations around, for correlation. */
function select(maker: Maker, depth: number, width: number | null, outer: readonly Relation[]): Piece {
  const { sql: from, relations } = fromClause(maker, depth)
  const grouped = chance(maker, 0.25)
  const items = width === null && !grouped && chance(maker, 0.25) ? starItems(maker, relations) : null
  const made = items ?? plainItems(maker, depth, relations, width ?? 1 + below(maker, 4), grouped)
  const parts = [`SELECT ${chance(maker, 0.05) && !grouped ? 'DISTINCT ' : ''}${made.sql}`, from]
  if (chance(maker, 0.5)) parts.push(`WHERE ${condition(maker, depth, relations, outer)}`)
  if (made.group.length > 0) {
    parts.push(`GROUP BY ${made.group.join(', ')}`)
    if (chance(maker, 0.3)) parts.push(`HAVING COUNT(*) > ${below(maker, 9)}`)
  }
  if (!grouped && maker.traits.qualify && width === null && chance(maker, 0.1))
    parts.push(`QUALIFY ROW_NUMBER() OVER (PARTITION BY ${column(maker, relations)} ORDER BY ${column(maker, relations)}) = 1`)
  return { sql: parts.join(' '), columns: made.columns }
}

function fromClause(maker: Maker, depth: number): { readonly sql: string; readonly relations: readonly Relation[] } {
  const first = relation(maker, depth)
  const relations = [first.relation]
  let sql = `FROM ${first.sql}`
  for (let n = below(maker, 3); n > 0; n--) {
    const other = relation(maker, depth)
    const kind = pick(maker, ['JOIN', 'LEFT JOIN', 'FULL OUTER JOIN', 'CROSS JOIN'])
    const on = kind === 'CROSS JOIN' ? '' : ` ON ${qualified(maker, relations)} = ${qualified(maker, [other.relation])}`
    sql += ` ${kind} ${other.sql}${on}`
    relations.push(other.relation)
  }
  return { sql, relations }
}

function relation(maker: Maker, depth: number): { readonly sql: string; readonly relation: Relation } {
  const alias = name(maker, 'r')
  const kind = maker.next()
  if (kind < 0.25 && depth > 0) {
    const { sql, columns } = query(maker, depth - 1)
    return { sql: `(${sql}) AS ${alias}`, relation: { alias, columns } }
  }
  if (kind < 0.5 && maker.ctes.length > 0) {
    const cte = pick(maker, maker.ctes)
    return { sql: `${cte.alias} AS ${alias}`, relation: { alias, columns: cte.columns } }
  }
  if (kind > 0.93 && maker.traits.pivot) {
    const sql = `(SELECT customer_id, status, amount FROM orders) PIVOT (SUM(amount) FOR status IN ('new' AS fresh, 'old' AS stale)) AS ${alias}`
    if (maker.traits.except !== 'EXCLUDE') return { sql, relation: { alias, columns: ['customer_id', 'fresh', 'stale'] } }
  }
  const table = pick(maker, Object.keys(TABLES))
  return { sql: `${table} AS ${alias}`, relation: { alias, columns: TABLES[table] ?? [] } }
}

function column(maker: Maker, relations: readonly Relation[]): string {
  const { alias, columns } = pick(maker, relations)
  const own = pick(maker, columns)
  const isOnly = relations.filter((each) => each.columns.includes(own)).length === 1 && relations.every((each) => each.columns.length > 0)
  return isOnly && chance(maker, 0.4) ? own : `${alias}.${own}`
}

interface Items extends Piece {
  readonly group: readonly string[]
}

function starItems(maker: Maker, relations: readonly Relation[]): Items {
  const [first] = relations
  const { except } = maker.traits
  if (relations.length > 1 || first === undefined) {
    const one = pick(maker, relations)
    if (new Set(one.columns).size < one.columns.length) return { sql: `1 AS one`, columns: ['one'], group: [] }
    return { sql: `${one.alias}.*`, columns: one.columns, group: [] }
  }
  const left = pick(maker, first.columns)
  if (except === null || first.columns.length < 2 || chance(maker, 0.5)) return { sql: '*', columns: first.columns, group: [] }
  return { sql: `* ${except} (${left})`, columns: first.columns.filter((each) => each !== left), group: [] }
}

function plainItems(maker: Maker, depth: number, relations: readonly Relation[], width: number, grouped: boolean): Items {
  const columns: string[] = []
  const group: string[] = []
  const items = Array.from({ length: width }, (_, i) => {
    const alias = name(maker, 'e')
    columns.push(alias)
    if (grouped && i === 0) group.push(column(maker, relations))
    const sql = grouped ? (group[i] ?? aggregate(maker, relations)) : expression(maker, depth, relations, 2)
    return `${sql} AS ${alias}`
  })
  return { sql: items.join(', '), columns, group }
}

function aggregate(maker: Maker, relations: readonly Relation[]): string {
  const own = column(maker, relations)
  const filter = maker.traits.filter && chance(maker, 0.2) ? ` FILTER (WHERE ${column(maker, relations)} > 1)` : ''
  return pick(maker, [
    `SUM(${own})${filter}`,
    `MAX(${own})`,
    'COUNT(*)',
    `COUNT(DISTINCT ${own})`,
    `SUM(${own} * ${column(maker, relations)})`,
    `MIN(COALESCE(${own}, 0))`,
  ])
}

function expression(maker: Maker, depth: number, relations: readonly Relation[], nesting: number): string {
  const own = () => column(maker, relations)
  const inner = () => (nesting > 0 ? expression(maker, depth, relations, nesting - 1) : own())
  switch (below(maker, 12)) {
    case 0:
      return `(${inner()} + ${inner()})`
    case 1:
      return `UPPER(${inner()})`
    case 2:
      return `COALESCE(${inner()}, ${own()})`
    case 3:
      return `CASE WHEN ${own()} > 1 THEN ${inner()} ELSE ${inner()} END`
    case 4:
      return `CAST(${inner()} AS ${pick(maker, ['DATE', 'DECIMAL(10, 2)'])})`
    case 5:
      return maker.traits.concat === '||' ? `(${inner()} || '-' || ${own()})` : `CONCAT(${inner()}, '-', ${own()})`
    case 6:
      return `${pick(maker, ['SUM', 'MAX', 'LAG'])}(${own()}) OVER (PARTITION BY ${own()} ORDER BY ${own()})`
    case 7:
      return depth > 0 ? scalar(maker, relations) : own()
    case 8:
      return String(below(maker, 100))
    default:
      return own()
  }
}

function scalar(maker: Maker, outer: readonly Relation[]): string {
  const table = pick(maker, Object.keys(TABLES))
  const inner = { alias: name(maker, 's'), columns: TABLES[table] ?? [] }
  return `(SELECT MAX(${inner.alias}.${pick(maker, inner.columns)}) FROM ${table} AS ${inner.alias} WHERE ${inner.alias}.id = ${qualified(maker, outer)})`
}

function qualified(maker: Maker, relations: readonly Relation[]): string {
  const { alias, columns } = pick(maker, relations)
  return `${alias}.${pick(maker, columns)}`
}

function condition(maker: Maker, depth: number, relations: readonly Relation[], outer: readonly Relation[]): string {
  const own = column(maker, relations)
  const kind = below(maker, 5)
  if (kind === 0 && depth > 0) {
    const { sql } = select(maker, 0, 1, relations)
    return `${own} IN (${sql})`
  }
  if (kind === 1 && depth > 0) {
    const table = pick(maker, Object.keys(TABLES))
    const alias = name(maker, 'x')
    return `EXISTS (SELECT 1 FROM ${table} AS ${alias} WHERE ${alias}.id = ${qualified(maker, relations)})`
  }
  if (kind === 2 && outer.length > 0) return `${own} = ${qualified(maker, outer)}`
  return kind === 3 ? `${own} IN (1, 2, 3)` : `${own} > ${below(maker, 50)} AND ${column(maker, relations)} IS NOT NULL`
}
