/**
 * Writes the example query logs and schema exports: `node examples/generate.mjs`. The same files come out every time.
 * A small shop's warehouse, four days of it, once for each of the seven sources, in the form that source exports.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bigquery } from './sources/bigquery.mjs'
import { hive } from './sources/hive.mjs'
import { redshift } from './sources/redshift.mjs'
import { snowflake } from './sources/snowflake.mjs'
import { sqlserver } from './sources/sqlserver.mjs'
import { synapse } from './sources/synapse.mjs'
import { teradata } from './sources/teradata.mjs'

const HERE = import.meta.dirname
const DAYS = 4
const READS_A_DAY = 110
const FIRST_DAY = Date.UTC(2026, 0, 5)
const DAY_MS = 86_400_000
const READERS = ['ana', 'ben', 'chloe', 'dmitri', 'tableau_svc']

for (const source of [snowflake, redshift, bigquery, hive, synapse, sqlserver, teradata]) {
  const folder = join(HERE, 'query-logs', source.name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  mkdirSync(join(HERE, 'schemas'), { recursive: true })
  writeFileSync(join(HERE, 'schemas', source.schema.file), table(source.schema))
  const world = { random: randomOf(source.name), id: 1000, session: 4000, carried: [] }
  for (let day = 0; day < DAYS; day++) {
    const lines = linesOfDay(source, world, day)
    writeFileSync(join(folder, `${isoDay(day)}.json`), `${lines.join('\n')}\n`)
  }
  const objects = readdirSync(folder).length
  process.stdout.write(`${source.name}: ${objects} objects, ${world.id - 1000} records\n`)
}

function linesOfDay(source, world, day) {
  const queries = [...world.carried.splice(0), ...(day === 0 ? ddlOf(source, world) : []), ...nightly(source, world, day)]
  const records = queries.map((query) => JSON.stringify(source.record(query)))
  return brokenOn(day, records, world)
}

function ddlOf(source, world) {
  const session = ++world.session
  return source.ddl.map((sql, index) => query(world, { sql, user: 'admin', session, at: FIRST_DAY + index * 1000 }))
}

/** The night's loads, each a session, then the day's readers. Sessions run at the same time. */
function nightly(source, world, day) {
  const sessions = source.etl(dayOf(day)).map(({ user, schema, statements }, index) => {
    const session = ++world.session
    return statements.map((sql, step) =>
      query(world, { sql, user, schema, session, at: FIRST_DAY + day * DAY_MS + 3_600_000 * (2 + index) + step * 61_000 }),
    )
  })
  if (day === 1) world.carried = afterTempTable(sessions[0])
  const loads = interleaved(sessions, world)
  const reads = Array.from({ length: READS_A_DAY }, (_, index) => readQuery(source, world, day, index))
  const failures = source.failures.map((sql) => ({ ...readQuery(source, world, day, 50), sql, verb: verbOf(sql), failed: true }))
  for (const failure of failures) reads.splice(Math.floor(world.random() * reads.length), 0, failure)
  return [...loads, ...reads]
}

/** One night's load runs past midnight: what it does after it made its temp table is in the next day's object. */
function afterTempTable(session) {
  const made = session.findIndex(({ sql }) => /create\s+(or replace\s+)?(temp|volatile)|#fresh/i.test(sql))
  return session.splice(made + 1)
}

/** Statements of sessions that overlap are logged in the order in which they ended, not session by session. */
function interleaved(sessions, world) {
  const queues = sessions.map((statements) => [...statements])
  const merged = []
  while (queues.some((queue) => queue.length > 0)) {
    const queue = queues[Math.floor(world.random() * queues.length)]
    const next = queue.shift()
    if (next !== undefined) merged.push(next)
  }
  return merged
}

function readQuery(source, world, day, index) {
  const { sql, schema } = source.reads(pickOf(world, day))
  const user = READERS[Math.floor(world.random() ** 2 * READERS.length)]
  const at = FIRST_DAY + day * DAY_MS + 8 * 3_600_000 + index * 240_000
  return { ...query(world, { sql, user, schema, session: 9000 + READERS.indexOf(user), at }), reader: true }
}

function query(world, { sql, user, schema, session, at }) {
  const id = ++world.id
  const durationMs = 20 + Math.floor(world.random() ** 3 * 60_000)
  const uuid = createHash('md5')
    .update(`${id} ${sql}`)
    .digest('hex')
    .replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')
  const start = new Date(at)
  return {
    sql,
    user,
    schema,
    session,
    id,
    uuid,
    verb: verbOf(sql),
    start,
    end: new Date(at + durationMs),
    durationMs,
    rows: Math.floor(world.random() ** 4 * 100_000),
    bytes: Math.floor(world.random() ** 3 * 5e9),
    cost: Math.round(world.random() * 1000) / 1e6,
    failed: false,
    reader: false,
  }
}

function verbOf(sql) {
  const [first = '', second = ''] = sql.toUpperCase().split(/\s+/)
  return first === 'CREATE' || first === 'ALTER' ? `${first}_${second}` : first
}

/** What real logs have too: a line cut off, a stray line of text, a record without its text, an empty one, blank lines. */
function brokenOn(day, records, world) {
  const lines = [...records]
  const at = () => Math.floor(world.random() * lines.length)
  if (day === 1) {
    const cut = at()
    lines.splice(cut, 0, lines[cut].slice(0, 77))
    lines.splice(at(), 0, '')
  }
  if (day === 2) {
    lines.splice(at(), 0, '-- export restarted by operator --')
    lines.splice(at(), 0, '{"note":"no query in this record"}')
  }
  return lines
}

function pickOf(world, day) {
  const int = (from, to) => from + Math.floor(world.random() * (to - from + 1))
  const pick = (choices) => {
    const choice = choices[int(0, choices.length - 1)]
    return typeof choice === 'function' ? choice() : choice
  }
  return Object.assign(pick, {
    int,
    date: () => isoDay(day - int(1, 30)),
    category: () => pick(['shoes', 'bags', 'coats', 'hats']),
    country: () => pick(['DE', 'FR', 'NL', 'PL', 'US']),
  })
}

function dayOf(day) {
  return { date: isoDay(day), compact: isoDay(day).replaceAll('-', '') }
}

function isoDay(day) {
  return new Date(FIRST_DAY + day * DAY_MS).toISOString().slice(0, 10)
}

function table({ file, rows }) {
  if (file.endsWith('.ndjson')) return `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`
  const cell = (value) => (/[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value))
  const lines = rows.map((row) => Object.values(row).map(cell).join(','))
  return `${Object.keys(rows[0]).join(',')}\n${lines.join('\n')}\n`
}

/** mulberry32, seeded by the source's name: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c (public domain) */
function randomOf(seed) {
  let state = createHash('md5').update(seed).digest().readUInt32LE(0)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
