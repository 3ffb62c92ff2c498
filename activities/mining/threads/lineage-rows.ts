import type { ColumnInput, IndirectInput, JoinColumn, StatementLineage, TableName } from '../../../contracts/lineage.ts'
import type { NamedAsset } from './resolve-messages.ts'
import { storable } from './storable.ts'

type Row = readonly (string | number | null)[]

export type JoinRow = readonly [string, string, string, string]

/** What one process says, by assets. */
export interface ProcessRows {
  /** [level, source, source column, target, target column, kind, confidence, span from, span to, paths in the source column where only they are taken] */
  readonly edges: readonly Row[]
  /** [asset, mode, columns] */
  readonly reads: readonly (readonly [string, 'select' | 'write', readonly string[]])[]
  /** [asset, column, other asset, other column] of SELECTs, the smaller id first. */
  readonly joins: readonly JoinRow[]
  readonly writes: readonly string[]
  readonly schemas: readonly (readonly [string, 'ddl' | 'implied', readonly string[]])[]
  readonly events: readonly (readonly [string, string, 'made' | 'dropped'])[]
  /** Assets it names. */
  readonly assets: ReadonlyMap<string, { readonly asset: NamedAsset; readonly kind: string }>
}

/** Null for a name that is not to be an asset: a temp table, or one the catalog does not know and should not learn. */
export type AssetOf = (table: TableName) => NamedAsset | null

/** Lower where an edge rests on a name that only one asset happens to end with. */
const BY_END = 0.9

export function rowsOf(statements: readonly StatementLineage[], assetOf: AssetOf): ProcessRows {
  const build = builder(assetOf)
  for (const statement of statements) build.add(statement)
  return build.rows()
}

function builder(assetOf: AssetOf) {
  const edges = new Map<string, Row>()
  /** Of edges from nested columns that are not taken whole. */
  const paths = new Map<string, Set<string>>()
  const reads = new Map<string, Map<string, Set<string>>>()
  const joins = new Map<string, JoinRow>()
  const writes = new Set<string>()
  const schemas = new Map<string, readonly [string, 'ddl' | 'implied', readonly string[]]>()
  const events: [string, string, 'made' | 'dropped'][] = []
  const assets = new Map<string, { asset: NamedAsset; kind: string }>()
  /** What names were found to stand for: the columns of a table share its name. */
  const found = new Map<TableName, NamedAsset>()

  function named(table: TableName | null, kind?: string): NamedAsset | null {
    if (table === null || table.temp) return null
    const before = found.get(table)
    if (before !== undefined && kind === undefined) return before
    const asset = before ?? assetOf(table)
    if (asset === null) return null
    found.set(table, asset)
    const known = assets.get(asset.id)
    if (known === undefined) assets.set(asset.id, { asset, kind: kind ?? kindOf(table) })
    else if (kind !== undefined) known.kind = kind
    return asset
  }

  function edge(
    level: string,
    source: NamedAsset,
    sourceColumn: string,
    target: NamedAsset,
    targetColumn: string,
    kind: string,
    confidence: number,
    span: { start: number; end: number; path?: string } | null,
  ): void {
    if (level === 'column' && source.id === target.id && sourceColumn === targetColumn) return
    const key = `${level}\u0001${source.id}\u0001${sourceColumn}\u0001${target.id}\u0001${targetColumn}\u0001${kind}`
    const path = span?.path
    if (edges.has(key)) {
      if (path === undefined) paths.delete(key)
      else paths.get(key)?.add(path)
      return
    }
    if (path !== undefined) paths.set(key, new Set([path]))
    const assumed = source.byEnd || target.byEnd ? BY_END : 1
    const row = [
      level,
      source.id,
      storable(sourceColumn),
      target.id,
      storable(targetColumn),
      kind,
      round(confidence * assumed),
      span?.start ?? null,
      span?.end ?? null,
    ]
    edges.set(key, row)
  }

  /** The assets that an input may come from, each with its share of certainty. */
  function sources({ table, candidates }: ColumnInput | IndirectInput): readonly (readonly [NamedAsset, number])[] {
    const single = named(table)
    if (single !== null) return [[single, 1]]
    const several = (candidates ?? []).flatMap((candidate) => named(candidate) ?? [])
    return several.map((asset) => [asset, 1 / several.length] as const)
  }

  function addTables(statement: StatementLineage, targets: readonly NamedAsset[], inputs: readonly NamedAsset[]): void {
    for (const target of targets) {
      writes.add(target.id)
      for (const input of inputs) edge('table', input, '', target, '', 'TRANSFORMATION', statement.confidence, null)
    }
  }

  function addColumns(statement: StatementLineage): void {
    for (const { output, inputs } of statement.columns) {
      const target = named(output.table)
      if (target === null) continue
      for (const input of inputs) {
        for (const [source, share] of sources(input)) {
          edge(
            'column',
            source,
            columnOf(source, input.column),
            target,
            columnOf(target, output.column),
            input.transformation,
            statement.confidence * share,
            input,
          )
        }
      }
    }
  }

  function addControls(statement: StatementLineage, targets: readonly NamedAsset[]): void {
    for (const input of statement.indirect) {
      for (const [source, share] of targets.length === 0 ? [] : sources(input)) {
        for (const target of targets)
          edge('control', source, columnOf(source, input.column), target, '', input.kind, statement.confidence * share, input)
      }
    }
  }

  function addReads(statement: StatementLineage, inputs: readonly NamedAsset[]): void {
    if (READS_NOTHING.test(statement.kind)) return
    const mode = statement.kind === 'SELECT' ? 'select' : 'write'
    for (const { id } of inputs) readOf(id, mode)
    if (mode !== 'select') return
    const columns: readonly (ColumnInput | IndirectInput)[] = [...statement.columns.flatMap(({ inputs: of }) => of), ...statement.indirect]
    for (const input of columns) {
      const asset = named(input.table)
      if (asset !== null && input.column !== '*') readOf(asset.id, mode).add(columnOf(asset, input.column))
    }
  }

  function addJoins({ kind, joins: pairs }: StatementLineage): void {
    if (kind !== 'SELECT') return
    for (const { left, right } of pairs) {
      const [one, other] = [joined(left), joined(right)]
      if (one === null || other === null) continue
      const isFirst = one[0] === other[0] ? one[1] <= other[1] : one[0] < other[0]
      const row: JoinRow = isFirst ? [...one, ...other] : [...other, ...one]
      joins.set(row.join('\u0001'), row)
    }
  }

  function joined({ table, column, path }: JoinColumn): readonly [string, string] | null {
    const asset = named(table)
    return asset === null ? null : [asset.id, storable(path === undefined ? columnOf(asset, column) : `${columnOf(asset, column)}.${path}`)]
  }

  function readOf(asset: string, mode: 'select' | 'write'): Set<string> {
    let modes = reads.get(asset)
    if (modes === undefined) {
      modes = new Map()
      reads.set(asset, modes)
    }
    let columns = modes.get(mode)
    if (columns === undefined) {
      columns = new Set()
      modes.set(mode, columns)
    }
    return columns
  }

  function addEffects(statement: StatementLineage): void {
    for (const effect of statement.effects) {
      if (effect.effect === 'create' && !effect.temp) addCreate(statement, effect)
      else if (effect.effect === 'rename' || effect.effect === 'swap') addRename(statement, effect)
      else if (effect.effect === 'drop') {
        const asset = named(effect.table)
        if (asset !== null) events.push([asset.id, kindOf(effect.table), 'dropped'])
      }
    }
  }

  function addCreate(
    statement: StatementLineage,
    effect: { readonly table: TableName; readonly declared: boolean; readonly columns: readonly string[] | null },
  ): void {
    const asset = named(effect.table, createdKind(statement.kind))
    if (asset === null) return
    events.push([asset.id, createdKind(statement.kind), 'made'])
    const columns = effect.columns ?? []
    if (columns.length > 0 && !columns.includes('*'))
      schemas.set(asset.id, [asset.id, effect.declared ? 'ddl' : 'implied', columns.map(storable)])
  }

  function addRename(
    statement: StatementLineage,
    { effect, from, to }: { readonly effect: 'rename' | 'swap'; readonly from: TableName; readonly to: TableName },
  ): void {
    const [source, target] = [named(from), named(to)]
    if (source === null || target === null) return
    edge('table', source, '', target, '', 'IDENTITY', statement.confidence, null)
    if (effect === 'swap') edge('table', target, '', source, '', 'IDENTITY', statement.confidence, null)
    events.push([target.id, kindOf(to), 'made'])
    if (effect === 'rename') events.push([source.id, kindOf(from), 'dropped'])
  }

  return {
    add(statement: StatementLineage): void {
      const inputs = statement.inputs.flatMap((table) => named(table) ?? [])
      const targets = statement.outputs.flatMap((table) => named(table) ?? [])
      addTables(statement, targets, inputs)
      addColumns(statement)
      addControls(statement, targets)
      addReads(statement, inputs)
      addJoins(statement)
      addEffects(statement)
    },
    rows(): ProcessRows {
      const readRows = [...reads].flatMap(([asset, modes]) =>
        [...modes].map(([mode, columns]) => [asset, mode as 'select' | 'write', [...columns].sort().map(storable)] as const),
      ) // readOf's modes
      return {
        edges: [...edges].map(([key, row]) => withPaths(row, paths.get(key))),
        reads: readRows,
        joins: [...joins.values()],
        writes: [...writes],
        schemas: [...schemas.values()],
        events,
        assets,
      }
    },
  }
}

function withPaths(row: Row, paths: ReadonlySet<string> | undefined): Row {
  return paths === undefined ? row : [...row, storable(JSON.stringify([...paths].sort()))]
}

/** They look at what a query would read, and read no row. */
const READS_NOTHING = /^(EXPLAIN|DESCRIBE|CREATE(_\w+)?_VIEW|CREATE_VIEW|ALTER_VIEW)$/

const round = (confidence: number): number => Math.round(confidence * 1000) / 1000

/** As the schema spells it, where there is one. */
function columnOf({ columns }: NamedAsset, name: string): string {
  if (columns === null || columns.includes(name)) return name
  const key = name.toLowerCase()
  return columns.find((column) => column.toLowerCase() === key) ?? name
}

function kindOf({ form }: TableName): string {
  return form === 'path' ? 'location' : form === 'stage' ? 'stage' : 'table'
}

function createdKind(statement: string): string {
  return /VIEW/.test(statement) ? 'view' : /STREAM/.test(statement) ? 'stream' : 'table'
}
