import { readStatements, resolveStatement } from '../../lineage/index.ts'
import { textMarks } from '../mining/threads/engine.ts'
import { storable } from '../mining/threads/storable.ts'

export interface ViewBatch {
  readonly dialect: string
  readonly views: readonly { readonly sql: string; readonly database: string; readonly schema: string }[]
}

export interface ReadView {
  readonly sql: string
  /** Paths of the tables it names. */
  readonly tables: readonly (readonly string[])[]
}

/** What each statement names, and its text with literals masked; in the order of the batch. */
export function run({ dialect, views }: ViewBatch): readonly ReadView[] {
  const marks = textMarks(dialect)
  return views.map(({ sql, database, schema }) => {
    const tables = new Map<string, readonly string[]>()
    for (const statement of readStatements(sql, dialect)) {
      const { inputs, outputs } = resolveStatement(statement, { defaults: { database, schema } })
      for (const { name, parts, temp } of [...inputs, ...outputs]) if (!temp) tables.set(name, parts)
    }
    return { sql: storable(marks.normalise(sql)), tables: [...tables.values()] }
  })
}
