import { sql } from 'kysely'
import type { Edge } from '../contracts/edges.ts'
import { type AssetHead, assetsById } from './assets.ts'
import { among, slices } from './engine.ts'
import type { Db } from './transaction.ts'

/** Edges as they are read. An edge of the catalog is the same edge of any number of processes. */

export interface LineageQuery {
  readonly direction: 'upstream' | 'downstream'
  /** Steps from the start; 1 gives its neighbours. */
  readonly depth: number
  /** Follow this column alone. */
  readonly column?: string
  /** Also the column edges between the assets found; control edges with them where `control`. */
  readonly columns?: boolean
  readonly control?: boolean
  /** Assets at most; beyond it the graph is `truncated`. */
  readonly limit?: number
}

/** `sourceColumn`, `targetColumn` are '' where the level has none, and `*` where all of an unknown table's are meant. */
export interface LineageEdge {
  readonly level: Edge['level']
  readonly source: string
  readonly sourceColumn: string
  /** Fields inside the source column, where all processes that state the edge take the same ones of it. */
  readonly sourcePaths?: readonly string[]
  readonly target: string
  readonly targetColumn: string
  readonly kind: Edge['kind']
  readonly confidence: number
  /** How many processes state it, and the first of them by id. */
  readonly processes: number
  readonly process: string
}

export interface LineageGraph {
  readonly start: string
  /** Steps from the start by asset id. */
  readonly distances: ReadonlyMap<string, number>
  readonly assets: ReadonlyMap<string, AssetHead>
  readonly edges: readonly LineageEdge[]
  readonly truncated: boolean
}

const DEFAULT_LIMIT = 2_000
const IDS_A_QUERY = 1_000

/** What an asset, or one column of it, is made from (upstream) or goes into (downstream), breadth first; cycles end where they began. */
export async function lineageOf(db: Db, start: string, query: LineageQuery): Promise<LineageGraph> {
  const { distances, edges, truncated } = await walk(db, start, query)
  const ids = [...distances.keys()]
  const between = query.column === undefined && query.columns === true ? await edgesBetween(db, ids, query.control === true) : []
  return { start, distances, assets: await assetsById(db, ids), edges: [...edges.values(), ...between].sort(inOrder), truncated }
}

interface Walk {
  readonly distances: Map<string, number>
  readonly edges: Map<string, LineageEdge>
  truncated: boolean
}

/** Without a column, table edges are followed: those of the column ''. */
async function walk(db: Db, start: string, query: LineageQuery): Promise<Walk> {
  const { direction, depth, column = '', control = false } = query
  const levels: readonly Edge['level'][] = query.column === undefined ? ['table'] : control ? ['column', 'control'] : ['column']
  const found: Walk = { distances: new Map([[start, 0]]), edges: new Map(), truncated: false }
  const reached = columnSet()
  let frontier: Frontier = new Map([[start, reached.news(start, [column])]])
  for (let distance = 1; distance <= depth && frontier.size > 0 && !found.truncated; distance++) {
    const edges = await edgesAt(db, direction, [...frontier.keys()], levels)
    frontier = stepOver(edges, frontier, { ...query, distance, found, reached })
  }
  return found
}

interface Step extends LineageQuery {
  readonly distance: number
  readonly found: Walk
  readonly reached: ReturnType<typeof columnSet>
}

/** Takes the edges that touch the frontier; gives the next one. Stops where there would be too many assets. */
function stepOver(
  edges: readonly LineageEdge[],
  frontier: Frontier,
  { direction, limit = DEFAULT_LIMIT, distance, found, reached }: Step,
): Frontier {
  const next: Frontier = new Map()
  for (const edge of edges) {
    const onward = columnsBeyond(edge, direction, frontier)
    if (onward === null) continue
    const far = direction === 'upstream' ? edge.source : edge.target
    if (!found.distances.has(far) && found.distances.size >= limit) {
      found.truncated = true
      return next
    }
    found.edges.set(edgeKey(edge), edge)
    if (!found.distances.has(far)) found.distances.set(far, distance)
    const news = reached.news(far, onward)
    if (news.length > 0) next.set(far, [...(next.get(far) ?? []), ...news])
  }
  return next
}

/** Columns to go on from, by asset. */
type Frontier = Map<string, readonly string[]>

/** The columns at the far end of an edge that belong to those of the frontier; null when it touches none of them. */
function columnsBeyond(edge: LineageEdge, direction: LineageQuery['direction'], frontier: Frontier): readonly string[] | null {
  const [near, nearColumn, farColumn] = ends(edge, direction)
  const touched = (frontier.get(near) ?? []).filter((name) => meets(name, nearColumn))
  if (touched.length === 0) return null
  // A control column decides about rows: what is behind it is not what the column is made from.
  if (edge.level === 'control') return []
  return farColumn === '*' && nearColumn === '*' ? touched : [farColumn]
}

/** Remembers what was reached; gives what is new. */
function columnSet() {
  const seen = new Set<string>()
  return {
    news(asset: string, columns: readonly string[]): readonly string[] {
      return columns.filter((column) => {
        const key = `${asset} ${column.toLowerCase()}`
        if (seen.has(key)) return false
        seen.add(key)
        return true
      })
    },
  }
}

/** The asset and column that the walk comes from, and the column it goes to. */
function ends(edge: LineageEdge, direction: LineageQuery['direction']): readonly [string, string, string] {
  if (direction === 'upstream') return [edge.target, edge.targetColumn, edge.sourceColumn]
  return [edge.source, edge.sourceColumn, edge.targetColumn]
}

/** `*` stands for any column; '' (a control edge of a whole target) for all of them. */
function meets(name: string, other: string): boolean {
  return other === '*' || other === '' || name === '*' || name.toLowerCase() === other.toLowerCase()
}

async function edgesBetween(db: Db, ids: readonly string[], control: boolean): Promise<readonly LineageEdge[]> {
  const known = new Set(ids)
  const edges = await edgesAt(db, 'upstream', ids, control ? ['column', 'control'] : ['column'])
  return edges.filter(({ source }) => known.has(source))
}

/** Edges that lead to these assets (upstream), or from them. */
async function edgesAt(
  db: Db,
  direction: LineageQuery['direction'],
  ids: readonly string[],
  levels: readonly Edge['level'][],
): Promise<readonly LineageEdge[]> {
  const at = direction === 'upstream' ? 'process_edges.target' : 'process_edges.source'
  const found: LineageEdge[] = []
  for (const some of slices(ids, IDS_A_QUERY)) {
    const rows = await db
      .selectFrom('process_edges')
      .select(['level', 'source', 'source_column', 'target', 'target_column', 'kind'])
      .select((of) => [
        of.fn.max<number>('confidence').as('confidence'),
        of.fn.countAll<number>().as('processes'),
        of.fn.min<string>('process').as('process'),
        sql<
          string | null
        >`case when count(source_paths) = count(*) and min(source_paths) = max(source_paths) then min(source_paths) end`.as('paths'),
      ])
      .where('level', 'in', levels)
      .where(among(db, at, some))
      .groupBy(['level', 'source', 'source_column', 'target', 'target_column', 'kind'])
      .execute()
    found.push(...rows.map(edgeOf))
  }
  return found.sort(inOrder)
}

interface EdgeRow {
  readonly level: string
  readonly source: string
  readonly source_column: string
  readonly target: string
  readonly target_column: string
  readonly kind: string
  readonly confidence: number
  readonly processes: number
  readonly process: string
  readonly paths: string | null
}

function edgeOf(row: EdgeRow): LineageEdge {
  return {
    level: row.level as Edge['level'], // written from one
    source: row.source,
    sourceColumn: row.source_column,
    ...(row.paths === null ? {} : { sourcePaths: JSON.parse(row.paths) as string[] }), // written by the resolver
    target: row.target,
    targetColumn: row.target_column,
    kind: row.kind as Edge['kind'], // written from one
    confidence: row.confidence,
    processes: Number(row.processes),
    process: row.process,
  }
}

const edgeKey = (edge: LineageEdge) => [edge.level, edge.target, edge.targetColumn, edge.source, edge.sourceColumn, edge.kind].join(' ')

function inOrder(one: LineageEdge, other: LineageEdge): number {
  const [a, b] = [edgeKey(one), edgeKey(other)]
  return a < b ? -1 : a > b ? 1 : 0
}

/** One edge of one process, names as paths below the connection. */
export interface ExportedEdge extends Edge {
  readonly connection: string
  readonly process: string
}

const PROCESSES_A_PAGE = 500

/** Every edge, of one connection or of all, in the order of process ids; a page at a time, so that any number fits in memory. */
export async function* exportEdges(db: Db, connection?: string): AsyncGenerator<ExportedEdge> {
  for (let after = ''; ; ) {
    const processes = await db
      .selectFrom('processes')
      .select(['id', 'connection'])
      .where('id', '>', after)
      .$if(connection !== undefined, (query) => query.where('connection', '=', connection ?? ''))
      .orderBy('id')
      .limit(PROCESSES_A_PAGE)
      .execute()
    const connections = new Map(processes.map(({ id, connection: of }) => [id, of]))
    for (const { process, edge } of await edgesOfProcesses(db, [...connections.keys()])) {
      yield { ...edge, connection: connections.get(process) ?? '', process }
    }
    const last = processes.at(-1)
    if (last === undefined || processes.length < PROCESSES_A_PAGE) return
    after = last.id
  }
}

/** All edges of these processes, in the order of their ids. */
export async function edgesOfProcesses(
  db: Db,
  processes: readonly string[],
): Promise<readonly { readonly process: string; readonly edge: Edge }[]> {
  const rows = await db
    .selectFrom('process_edges')
    .selectAll()
    .where(among(db, 'process', processes))
    .orderBy(sql`process, level, source, source_column, target, target_column, kind`)
    .execute()
  const assets = await assetsById(
    db,
    rows.flatMap(({ source, target }) => [source, target]),
  )
  const path = (id: string) => assets.get(id)?.path ?? []
  return rows.map((row) => ({
    process: row.process,
    edge: {
      level: row.level as Edge['level'], // written from one
      source: path(row.source),
      ...(row.source_column === '' ? {} : { sourceColumn: row.source_column }),
      ...(row.source_paths === null ? {} : { sourcePaths: JSON.parse(row.source_paths) as string[] }), // written by the resolver
      target: path(row.target),
      ...(row.target_column === '' ? {} : { targetColumn: row.target_column }),
      kind: row.kind as Edge['kind'], // written from one
      confidence: row.confidence,
    },
  }))
}

/** What made edges, for those who want to see the text behind one. */
export interface ProcessSummary {
  readonly id: string
  readonly connection: string
  readonly kind: string
  readonly dialect: string
  readonly sql: string
  readonly confidence: number | null
  readonly lastRunAt: string | null
}

export async function processesById(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, ProcessSummary>> {
  const found = new Map<string, ProcessSummary>()
  for (const some of slices([...new Set(ids)], IDS_A_QUERY)) {
    const rows = await db
      .selectFrom('processes')
      .select(['id', 'connection', 'kind', 'dialect', 'sql', 'confidence', 'last_run_at as lastRunAt'])
      .where(among(db, 'id', some))
      .execute()
    for (const row of rows) found.set(row.id, row)
  }
  return found
}

export interface LineageCounts {
  readonly processes: number
  readonly resolved: number
  readonly tableEdges: number
  readonly columnEdges: number
  readonly controlEdges: number
}

/** Distinct edges of a connection by level, and the processes that state them. */
export async function countLineage(db: Db, connection: string): Promise<LineageCounts> {
  const processes = await db
    .selectFrom('processes')
    .select((of) => [
      of.fn.countAll<number>().as('all'),
      of.fn.sum<number>(sql`case when state = 'resolved' then 1 else 0 end`).as('resolved'),
    ])
    .where('connection', '=', connection)
    .executeTakeFirstOrThrow()
  const { rows } = await sql<{ level: string; edges: number }>`
    select level, count(*) as edges from (
      select distinct level, source, source_column, target, target_column, kind from process_edges
      where process in (select id from processes where connection = ${connection})) as edge group by level`.execute(db)
  const of = (level: string) => Number(rows.find((row) => row.level === level)?.edges ?? 0)
  return {
    processes: Number(processes.all),
    resolved: Number(processes.resolved ?? 0),
    tableEdges: of('table'),
    columnEdges: of('column'),
    controlEdges: of('control'),
  }
}
