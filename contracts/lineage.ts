import type { ControlKind, ValueKind } from './edges.ts'

/** A place in the SQL text that was given: UTF-16 code units, end exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** What was not understood, or had to be assumed, and what can be done about it. */
export interface Diagnostic extends Span {
  /** Stable, SCREAMING_SNAKE, with the prefix `SQL_`. */
  readonly code: string
  readonly message: string
  readonly hint?: string
}

/**
 * A table, view, path or stage as lineage names it: qualified by the defaults in force and folded by the dialect.
 * One statement's lineage holds one object for each table, so that it can be compared by identity within it.
 */
export interface TableName {
  /** Parts joined by `.`; a path or stage as written. */
  readonly name: string
  /** The parts, outermost first; a path or stage is one part. */
  readonly parts: readonly string[]
  readonly form: 'table' | 'path' | 'stage'
  /** False where no default completed a name that is shorter than the dialect's names: a partial name. */
  readonly complete: boolean
  /** A temp table or view, or table variable, of the session. */
  readonly temp: boolean
}

/** A column of a source; `table` is null where several could own it (`candidates`) or none is known. `*` is all of an unknown table's. */
export interface ColumnInput extends Span {
  readonly table: TableName | null
  readonly column: string
  /** Below the column: `items.id` of `payload.items.id`. */
  readonly path?: string
  readonly transformation: ValueKind
  readonly candidates?: readonly TableName[]
}

export interface ColumnLineage {
  /** `table` is null for the columns of a bare query. */
  readonly output: { readonly table: TableName | null; readonly column: string }
  readonly inputs: readonly ColumnInput[]
}

/** A column that decides which rows or values come out, without being one. `output` names the target where there is one. */
export interface IndirectInput extends Span {
  readonly table: TableName | null
  readonly column: string
  readonly kind: ControlKind
  readonly candidates?: readonly TableName[]
}

/** A column of one of the tables that a statement brings together. */
export interface JoinColumn {
  readonly table: TableName
  readonly column: string
  /** Below the column. */
  readonly path?: string
}

/** Two columns that a statement sets equal to bring rows together: in ON, USING, or WHERE across tables. */
export interface JoinPair {
  readonly left: JoinColumn
  readonly right: JoinColumn
}

/** The database and schema that complete a shorter name. Two-level dialects (Hive, Teradata, MySQL) use `schema` alone. */
export interface Defaults {
  readonly database?: string | null
  readonly schema?: string | null
}

/** What a statement does to names and to the session. In the order in which it happens. */
export type StatementEffect =
  | { readonly effect: 'defaults'; readonly database?: string | null; readonly schema?: string | null }
  /** `declared`: a variable whose name stands bare in the statements of its text; `value` where it is a literal. */
  | { readonly effect: 'variable'; readonly name: string; readonly value: string | null; readonly declared: boolean }
  /** `columns` where the text states or implies them; `declared` when it lists them (DDL), else they follow from a query. */
  | {
      readonly effect: 'create'
      readonly table: TableName
      readonly temp: boolean
      readonly replace: boolean
      readonly declared: boolean
      readonly columns: readonly string[] | null
      readonly like?: TableName
      /** Where the data of an external table lies. Naming it moves no rows: it is no input. */
      readonly locations?: readonly TableName[]
    }
  | { readonly effect: 'write'; readonly table: TableName; readonly overwrite: boolean }
  | { readonly effect: 'drop'; readonly table: TableName }
  | { readonly effect: 'rename'; readonly from: TableName; readonly to: TableName }
  | { readonly effect: 'swap'; readonly from: TableName; readonly to: TableName }

/** Lineage of one statement. Nothing here depends on anything but the text, the dialect, the defaults, the schemas and the session. */
export interface StatementLineage {
  readonly index: number
  /** `SELECT`, `INSERT`, `CREATE_TABLE`, `CREATE_VIEW`, `MERGE`, `USE`, `GRANT`, …: the statement's verb, with its object for DDL. */
  readonly kind: string
  readonly span: Span
  readonly inputs: readonly TableName[]
  readonly outputs: readonly TableName[]
  readonly columns: readonly ColumnLineage[]
  readonly indirect: readonly IndirectInput[]
  readonly joins: readonly JoinPair[]
  /** 1 = read to the end, every name resolved against a known schema or unambiguous; lower as assumptions grow. */
  readonly confidence: number
  readonly diagnostics: readonly Diagnostic[]
  readonly effects: readonly StatementEffect[]
}

/** What `analyze` gives for one text. `session` is what the next text of the session starts from. */
export interface TextLineage {
  readonly statements: readonly StatementLineage[]
  readonly session: SessionState
}

/** A temp table of a session, or the columns that an earlier statement of it gave a table. */
export interface SessionTable {
  readonly table: TableName
  readonly columns: readonly string[] | null
  /** What made it, in order: ids that the caller gave to the statements (the miner's query keys). Empty when it came from DDL alone. */
  readonly madeBy: readonly string[]
}

/** All that a session carries from one text to the next: plain JSON, to be stored and resumed. */
export interface SessionState {
  readonly defaults: Defaults
  /** By key (session.ts, `tableKey`). */
  readonly temps: Readonly<Record<string, SessionTable>>
  /** Columns of tables that the session created for good; by the same key. */
  readonly tables: Readonly<Record<string, SessionTable>>
  /** Values that stand for names (`$t`, `${t}`), by `variableKey`. */
  readonly variables: Readonly<Record<string, string>>
  /** Bare names that are variables or parameters, loose; they end with their text. */
  readonly declared: readonly string[]
  /** The last query, with those whose results it scans itself: what RESULT_SCAN(LAST_QUERY_ID()) of the next text reads (Snowflake). */
  readonly lastQuery?: string | undefined
}
