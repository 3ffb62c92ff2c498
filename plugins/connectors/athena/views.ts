/** What Athena and Presto keep of a view: base64 of JSON in a comment (Presto's ViewReaderUtil), so that no query is needed to read it. */
export interface ViewDefinition {
  readonly sql: string
  /** What unqualified names in it mean. */
  readonly catalog?: string
  readonly schema?: string
}

/** Null where the text is not of that form, or broken: then SHOW CREATE VIEW has to be asked. `own` is the name of the catalog it is in. */
export function prestoView(text: string | undefined, own: string): ViewDefinition | null {
  const encoded = /^\s*\/\* Presto View: ([A-Za-z0-9+/=\s]+) \*\/\s*$/.exec(text ?? '')?.[1]
  if (encoded === undefined) return null
  try {
    const view: unknown = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'))
    return definitionOf(view, own)
  } catch {
    return null
  }
}

function definitionOf(view: unknown, own: string): ViewDefinition | null {
  if (typeof view !== 'object' || view === null || !('originalSql' in view) || typeof view.originalSql !== 'string') return null
  return {
    sql: view.originalSql,
    ...('catalog' in view && typeof view.catalog === 'string' ? { catalog: catalogAsWeNameIt(view.catalog, own) } : {}),
    ...('schema' in view && typeof view.schema === 'string' ? { schema: view.schema } : {}),
  }
}

/** A view names the catalog it is in as its own account does, whatever that catalog is called elsewhere. */
function catalogAsWeNameIt(catalog: string, own: string): string {
  return ['awsdatacatalog', 'hive'].includes(catalog.toLowerCase()) ? own : catalog
}

/** Rows of SHOW CREATE VIEW are lines of the statement; the query is what follows its first AS. */
export function createdViewSql(rows: readonly (readonly (string | null)[])[]): string | null {
  const text = rows.map((row) => row[0] ?? '').join('\n')
  const match = /^\s*create\s+(?:or\s+replace\s+)?view\s+.+?\s+as\s+([\s\S]+)$/i.exec(text)
  return match?.[1]?.trim() ?? null
}
