import type { SessionState, SessionTable, StatementLineage } from '../../../contracts/lineage.ts'
import {
  afterEffects,
  createBuffers,
  define,
  foldScript,
  readStatements,
  resolveStatement,
  type Schemas,
  type TempDefinition,
  tableKey,
} from '../../../lineage/index.ts'
import type { ResolveItem } from './resolve-messages.ts'
import { emptyState } from './session-values.ts'

/** Resolves processes as the scripts they are: in the temp tables that were in force, whose makers are resolved first. */
export interface Scripts {
  /** The statements' lineage, temp tables folded away. */
  resolve(item: ResolveItem): readonly StatementLineage[]
}

/** Makers of makers of … beyond this are left out: what they made then has no lineage. */
const MOST_LEVELS = 200

export function scripts(dialect: string, schemas: Schemas, makers: readonly ResolveItem[]): Scripts {
  const byId = new Map(makers.map((item) => [item.id, item]))
  const isMaker = new Set(makers.flatMap(({ temps }) => temps.flatMap(({ madeBy }) => madeBy.map((maker) => makerOf(maker).id))))
  const done = new Map<string, readonly StatementLineage[]>()
  const buffers = createBuffers()

  function resolve(item: ResolveItem, level: number): readonly StatementLineage[] {
    const known = done.get(item.id)
    if (known !== undefined) return known
    const definitions = new Map<string, TempDefinition>()
    const temps: Record<string, SessionTable> = {}
    for (const temp of item.temps) {
      const key = tableKey(temp.table)
      const definition = level < MOST_LEVELS ? definitionOf(temp, level) : undefined
      if (definition !== undefined) definitions.set(key, definition)
      temps[key] = { ...temp, columns: temp.columns ?? columnsOf(definition) }
    }
    let session: SessionState = { ...emptyState(), temps }
    const lineages = readStatements(item.sql, dialect, buffers).map((statement) => {
      const lineage = resolveStatement(statement, { schemas, defaults: item.defaults, session })
      session = afterEffects(session, lineage.effects)
      return lineage
    })
    const folded = foldScript(lineages, definitions)
    if (isMaker.has(item.id)) done.set(item.id, folded)
    return folded
  }

  /** What the statements that made and filled the table, in order, put into it. */
  function definitionOf(temp: SessionTable, level: number): TempDefinition | undefined {
    let definition: TempDefinition | undefined
    for (const maker of temp.madeBy) {
      const { id, index } = makerOf(maker)
      const item = byId.get(id)
      const lineage = item === undefined ? undefined : resolve(item, level + 1)[index]
      if (lineage === undefined) continue
      // Under the name it had then: a rename since changes nothing of what it holds.
      const key = tableKey(temp.table)
      const table =
        lineage.outputs.find((output) => output.temp && tableKey(output) === key) ?? lineage.outputs.find((output) => output.temp)
      if (table !== undefined)
        definition = define(
          definition,
          lineage,
          table,
          lineage.effects.some((effect) => effect.effect === 'create'),
        )
    }
    return definition
  }

  return { resolve: (item) => resolve(item, 0) }
}

/** A maker is told as `process#statement`. */
function makerOf(maker: string): { readonly id: string; readonly index: number } {
  const [id = '', index = '0'] = maker.split('#')
  return { id, index: Number(index) }
}

function columnsOf(definition: TempDefinition | undefined): readonly string[] | null {
  if (definition === undefined) return null
  const columns = definition.columns.map(({ output }) => output.column)
  return columns.includes('*') ? null : columns
}
