/**
 * The syntax tree, made for lineage: what tables are named, what is projected, which columns an expression touches and in what role.
 * Everything else of a text is skipped while reading. All spans are UTF-16 code unit offsets, [from, to), into the text read.
 * Every node of a kind has all its fields, in one order, so that V8 sees one shape a kind; absent parts are null or empty.
 * One file although long: expressions hold queries, queries relations and statements, and those expressions again.
 */

/** One identifier: its text without quotes and escapes, unfolded. The missing middle part of `db..t` has an empty text. */
export interface Ident {
  readonly text: string
  readonly quoted: boolean
  readonly from: number
  readonly to: number
}

/**
 * What kind of thing a name is.
 * plain      `a.b.c`, `db..t`, `#t`, `IDENTIFIER('a.b')` (its literal, split), `OBJECT::…`
 * path       a literal path or URL: 's3://b/k', delta.`/p` (parts: format, path), 'file.csv', an inline location
 * stage      `@db.schema.stage/path`, `@~/x`, `@%t`: parts hold the one text, with the `@`
 * variable   `@t`, `:x`, `?`, `$x`, `${x}`, `{{ x }}`, `IDENTIFIER($x)`: cannot be known from the text
 */
export type NameForm = 'plain' | 'path' | 'stage' | 'variable'

/** The name of a table, column, function or other object as written. Never empty. */
export interface Name {
  readonly form: NameForm
  readonly parts: readonly Ident[]
  readonly from: number
  readonly to: number
}

// ---------------------------------------------------------------- expressions

/** `a`, `t.a`, `db.s.t.a.field`: which part is the column and which the field is known only in scope. */
export interface ColumnExpr {
  readonly kind: 'column'
  readonly parts: readonly Ident[]
  readonly from: number
  readonly to: number
}

/** `$1`, `t.$1`: the column at a position, from 1. */
export interface PositionExpr {
  readonly kind: 'position'
  readonly qualifier: readonly Ident[]
  readonly index: number
  readonly from: number
  readonly to: number
}

/** `*`, `t.*`, `COLUMNS('re')`, with what changes it. `pattern` is a regular expression or an ILIKE pattern, `base` is the struct of `expr.*`. */
export interface StarExpr {
  readonly kind: 'star'
  readonly qualifier: readonly Ident[]
  readonly base: Expr | null
  readonly except: readonly Ident[]
  readonly replace: readonly SelectItem[]
  readonly rename: readonly { readonly column: Ident; readonly alias: Ident }[]
  readonly pattern: { readonly kind: 'like' | 'regex' | 'names'; readonly text: string; readonly names: readonly Ident[] } | null
  /** COLUMNS(…): the expression around is repeated for each column (DuckDB). */
  readonly each: boolean
  readonly from: number
  readonly to: number
}

/** `text` is the unescaped string or the number as written; null, true and false are `other`. */
export interface LiteralExpr {
  readonly kind: 'literal'
  readonly type: 'string' | 'number' | 'other'
  readonly text: string
  readonly from: number
  readonly to: number
}

/** `?`, `:x`, `@x`, `%s`, `${x}`, `{{ x }}`. */
export interface ParameterExpr {
  readonly kind: 'parameter'
  readonly text: string
  readonly from: number
  readonly to: number
}

/** Any function call. Named arguments (`a => x`) are `NamedExpr`. A subquery as only argument is a `SubqueryExpr` in `args`. */
export interface CallExpr {
  readonly kind: 'call'
  readonly name: readonly Ident[]
  /** The last part of the name in upper case, for lookups. */
  readonly upper: string
  readonly args: readonly Expr[]
  readonly distinct: boolean
  /** ORDER BY inside the parentheses, and of WITHIN GROUP. */
  readonly order: readonly Expr[]
  readonly filter: Expr | null
  readonly over: Window | null
  readonly from: number
  readonly to: number
}

/** `conditions` holds the operand and all WHENs; `results` all THENs and the ELSE. IF/IIF/DECODE stay calls. */
export interface CaseExpr {
  readonly kind: 'case'
  readonly conditions: readonly Expr[]
  readonly results: readonly Expr[]
  readonly from: number
  readonly to: number
}

export interface CastExpr {
  readonly kind: 'cast'
  readonly value: Expr
  /** The type as written, in upper case, without arguments. */
  readonly type: string
  readonly from: number
  readonly to: number
}

export interface SubqueryExpr {
  readonly kind: 'subquery'
  readonly use: 'scalar' | 'exists' | 'array' | 'in'
  readonly query: Query
  readonly from: number
  readonly to: number
}

/** `x -> x + 1`, `(a, b) -> …`: `params` hide columns of the same name in `body`. */
export interface LambdaExpr {
  readonly kind: 'lambda'
  readonly params: readonly Ident[]
  readonly body: Expr
  readonly from: number
  readonly to: number
}

/** ARRAY[…], STRUCT(a AS x), {'k': v}, MAP{…}, ROW(…), (a, b). `items` may be `NamedExpr`. */
export interface ConstructExpr {
  readonly kind: 'construct'
  readonly form: 'array' | 'struct' | 'map' | 'row'
  readonly items: readonly Expr[]
  readonly from: number
  readonly to: number
}

/** `name => value`, `name := value`, `value AS name` inside a call or constructor. */
export interface NamedExpr {
  readonly kind: 'named'
  readonly name: Ident
  readonly value: Expr
  readonly from: number
  readonly to: number
}

/** Unary, binary and chained operators, flattened: `a + b + c` is one node. `operator` in upper case (`||`, `AND`, `BETWEEN`, `IS`, …). */
export interface OperationExpr {
  readonly kind: 'operation'
  readonly operator: string
  readonly operands: readonly Expr[]
  /** Operands that are set equal to the one behind them by a condition of their own: 0 and 2 of `a = b AND c = d`. */
  readonly equalities: readonly number[]
  readonly from: number
  readonly to: number
}

/** `base[i]`, `base.field`, `base:a.b[0]`: the fields in `path` as far as they are literal; computed indexes in `operands`. */
export interface AccessExpr {
  readonly kind: 'access'
  readonly base: Expr
  readonly path: readonly Ident[]
  readonly operands: readonly Expr[]
  readonly from: number
  readonly to: number
}

/** Text that was skipped inside an expression; a diagnostic says why. */
export interface UnknownExpr {
  readonly kind: 'unknown'
  readonly from: number
  readonly to: number
}

export type Expr =
  | ColumnExpr
  | PositionExpr
  | StarExpr
  | LiteralExpr
  | ParameterExpr
  | CallExpr
  | CaseExpr
  | CastExpr
  | SubqueryExpr
  | LambdaExpr
  | ConstructExpr
  | NamedExpr
  | OperationExpr
  | AccessExpr
  | UnknownExpr

/** OVER (…), OVER name, and the definitions of WINDOW. */
export interface Window {
  readonly base: Ident | null
  readonly partition: readonly Expr[]
  readonly order: readonly Expr[]
  readonly from: number
  readonly to: number
}

// ---------------------------------------------------------------- queries

export interface Query {
  readonly kind: 'query'
  readonly ctes: readonly Cte[]
  readonly recursive: boolean
  readonly body: QueryBody
  readonly order: readonly Expr[]
  readonly from: number
  readonly to: number
}

/** `body` is a statement where a CTE modifies data (Postgres); `columns` is its explicit column list. */
export interface Cte {
  readonly name: Ident
  readonly columns: readonly Ident[]
  readonly body: Query | Statement
  /** Columns that SEARCH … SET and CYCLE … SET … USING add, with those of the CTE that they are made of. */
  readonly added: readonly { readonly name: Ident; readonly of: readonly Ident[] }[]
  readonly from: number
  readonly to: number
}

export type QueryBody = Select | SetOperation | Values | TableQuery | PipeQuery | NestedQuery | UnknownQuery

/** A query in parentheses, with its own CTEs and order. */
export interface NestedQuery {
  readonly kind: 'nested'
  readonly query: Query
  readonly from: number
  readonly to: number
}

export interface SelectItem {
  readonly expr: Expr
  readonly alias: Ident | null
  /** `SELECT @v = expr`: the value goes to a variable, which `alias` names, not to the result. */
  readonly variable: boolean
  /** Several aliases of one generator: `explode(m) AS (k, v)`; else empty. */
  readonly aliases: readonly Ident[]
  readonly from: number
  readonly to: number
}

export interface Select {
  readonly kind: 'select'
  readonly items: readonly SelectItem[]
  readonly distinct: boolean
  /** DISTINCT ON (…). */
  readonly distinctOn: readonly Expr[]
  /** SELECT AS STRUCT | VALUE (BigQuery). */
  readonly as: 'struct' | 'value' | null
  readonly into: IntoTarget | null
  readonly relations: readonly Relation[]
  readonly where: Expr | null
  readonly groupBy: readonly Expr[]
  /** GROUP BY ALL: by every item without an aggregate. */
  readonly groupByAll: boolean
  readonly having: Expr | null
  readonly windows: readonly { readonly name: Ident; readonly window: Window }[]
  readonly qualify: Expr | null
  /** CONNECT BY and START WITH conditions. */
  readonly connectBy: readonly Expr[]
  /** CLUSTER BY, DISTRIBUTE BY, SORT BY (Hive), ORDER BY inside a core where the grammar allows it. */
  readonly order: readonly Expr[]
  /** Hive's SELECT TRANSFORM(…) USING 'script' AS (…): all inputs make all outputs. */
  readonly transform: readonly Ident[] | null
  readonly from: number
  readonly to: number
}

/** SELECT … INTO: a new table, or (in scripts) variables. */
export interface IntoTarget {
  readonly name: Name
  readonly temporary: boolean
  /** INTO v1, v2 (PL/SQL, MySQL) and INTO @v: no table. */
  readonly variables: boolean
  /** What each column of the result is put in, by position. */
  readonly targets: readonly Name[]
  readonly from: number
  readonly to: number
}

/** A chain of set operators, flat, in order of writing: columns map by position, or by name in the arms that say so. */
export interface SetOperation {
  readonly kind: 'set'
  readonly arms: readonly SetArm[]
  readonly from: number
  readonly to: number
}

export interface SetArm {
  /** How this arm joins the ones before; `first` for the first. MINUS is `except`. */
  readonly operator: 'first' | 'union' | 'intersect' | 'except'
  readonly byName: boolean
  /** BY NAME ON (a, b), CORRESPONDING BY (a, b): only these columns; null where none are listed. */
  readonly columns: readonly Ident[] | null
  /** Of columns by name: all, those that all arms have (CORRESPONDING), or those of the first (LEFT). */
  readonly keep: 'all' | 'common' | 'first'
  readonly body: QueryBody
}

export interface Values {
  readonly kind: 'values'
  /** Rows beyond the first `MAX_ROWS` that hold only literals are not kept. */
  readonly rows: readonly (readonly Expr[])[]
  readonly from: number
  readonly to: number
}

/** `TABLE t`. */
export interface TableQuery {
  readonly kind: 'table'
  readonly name: Name
  readonly from: number
  readonly to: number
}

/** `query |> step |> step`, and FROM-first without SELECT (`source` null is never so: `FROM t` is a select of `*`). */
export interface PipeQuery {
  readonly kind: 'pipe'
  readonly source: QueryBody
  readonly steps: readonly PipeStep[]
  readonly from: number
  readonly to: number
}

export type PipeStep =
  | {
      readonly kind: 'select' | 'extend'
      readonly items: readonly SelectItem[]
      readonly distinct: boolean
      readonly from: number
      readonly to: number
    }
  | {
      readonly kind: 'set'
      readonly items: readonly { readonly column: Ident; readonly value: Expr }[]
      readonly from: number
      readonly to: number
    }
  | { readonly kind: 'drop'; readonly columns: readonly Ident[]; readonly from: number; readonly to: number }
  | {
      readonly kind: 'rename'
      readonly renames: readonly { readonly column: Ident; readonly alias: Ident }[]
      readonly from: number
      readonly to: number
    }
  | { readonly kind: 'as'; readonly alias: Ident; readonly from: number; readonly to: number }
  | { readonly kind: 'where'; readonly condition: Expr; readonly from: number; readonly to: number }
  | {
      readonly kind: 'aggregate'
      readonly items: readonly SelectItem[]
      readonly groupBy: readonly SelectItem[]
      readonly from: number
      readonly to: number
    }
  | { readonly kind: 'order'; readonly order: readonly Expr[]; readonly from: number; readonly to: number }
  | { readonly kind: 'join'; readonly join: Join; readonly from: number; readonly to: number }
  | { readonly kind: 'union'; readonly arms: readonly SetArm[]; readonly from: number; readonly to: number }
  | { readonly kind: 'pivot'; readonly pivot: Pivot; readonly alias: Alias | null; readonly from: number; readonly to: number }
  | { readonly kind: 'unpivot'; readonly unpivot: Unpivot; readonly alias: Alias | null; readonly from: number; readonly to: number }
  | { readonly kind: 'skip'; readonly from: number; readonly to: number }

/** Not a query that could be read; what is inside was skipped. */
export interface UnknownQuery {
  readonly kind: 'unknown'
  readonly from: number
  readonly to: number
}

// ---------------------------------------------------------------- relations

/** `AS t`, `AS t(a, b)`, `t(a int, b text)`. */
export interface Alias {
  readonly name: Ident | null
  readonly columns: readonly Ident[]
}

/** One item of a FROM list: a source with its joins, left to right. Steps that reshape it (PIVOT …) are on the source. */
export interface Relation {
  readonly source: Source
  readonly joins: readonly Join[]
  readonly from: number
  readonly to: number
}

export interface Join {
  /** Semi and anti joins give no columns of their right side; `apply` and lateral ones see the left side. */
  readonly type: 'inner' | 'left' | 'right' | 'full' | 'cross' | 'semi' | 'anti' | 'asof' | 'positional' | 'apply' | 'lateral-view'
  readonly natural: boolean
  readonly source: Source
  readonly on: Expr | null
  readonly using: readonly Ident[]
  /** `USING (a) AS j`: `j.a` is the merged column. */
  readonly merged: Ident | null
  readonly from: number
  readonly to: number
}

export type Source = TableSource | QuerySource | FunctionSource | GroupSource | PivotSource | UnpivotSource | MatchSource | UnknownSource

/** A table, view, CTE, stage, file or path; or (in scope) an array of an earlier relation: `FROM t, t.items`. */
export interface TableSource {
  readonly kind: 'table'
  readonly name: Name
  readonly alias: Alias | null
  /** `FOR SYSTEM_TIME AS OF` conditions, `WITH OFFSET AS pos` and the like give columns beside the table's: their names. */
  readonly extra: readonly Ident[]
  readonly from: number
  readonly to: number
}

export interface QuerySource {
  readonly kind: 'query'
  readonly query: Query
  readonly lateral: boolean
  readonly alias: Alias | null
  readonly from: number
  readonly to: number
}

/**
 * A table function: UNNEST, FLATTEN, EXPLODE, OPENJSON, GENERATE_SERIES, f(…), TABLE(f(…)), READ_PARQUET, ROWS FROM, LATERAL VIEW.
 * `columns` are those a WITH (…) or column definition list gives it; `tables` the names and queries passed as tables
 * (`TABLE(t)`, `MODEL m`, `ON t`), `offset` the alias of WITH OFFSET / WITH ORDINALITY.
 */
export interface FunctionSource {
  readonly kind: 'function'
  readonly call: CallExpr
  readonly tables: readonly Source[]
  readonly lateral: boolean
  readonly alias: Alias | null
  readonly columns: readonly Ident[]
  readonly offset: Ident | null
  readonly from: number
  readonly to: number
}

/** A join in parentheses: `(a JOIN b ON …) AS j`. */
export interface GroupSource {
  readonly kind: 'group'
  readonly relations: readonly Relation[]
  readonly alias: Alias | null
  readonly from: number
  readonly to: number
}

/** What PIVOT makes of its input. `names` of `values` are aliases (`IN (1 AS x)`); `any` for ANY, a subquery or nothing known. */
export interface Pivot {
  readonly aggregates: readonly SelectItem[]
  /** One a FOR column (or ON expression); a tuple FOR (a, b) has both in `columns`. */
  readonly axes: readonly PivotAxis[]
  readonly groupBy: readonly Expr[]
}

export interface PivotAxis {
  readonly columns: readonly Expr[]
  readonly values: readonly SelectItem[]
  readonly any: boolean
  readonly query: Query | null
}

export interface PivotSource {
  readonly kind: 'pivot'
  readonly input: Source
  readonly pivot: Pivot
  readonly alias: Alias | null
  readonly from: number
  readonly to: number
}

/** UNPIVOT (v FOR n IN (a, b)): `values` are the new value columns, `name` the column that holds the old names. */
export interface Unpivot {
  readonly values: readonly Ident[]
  readonly name: Ident | null
  readonly columns: readonly { readonly columns: readonly Expr[]; readonly alias: Expr | null }[]
}

export interface UnpivotSource {
  readonly kind: 'unpivot'
  readonly input: Source
  readonly unpivot: Unpivot
  readonly alias: Alias | null
  readonly from: number
  readonly to: number
}

/** MATCH_RECOGNIZE: output is partition columns and measures (ONE ROW), or input columns and measures (ALL ROWS). */
export interface MatchSource {
  readonly kind: 'match'
  readonly input: Source
  readonly partition: readonly Expr[]
  readonly order: readonly Expr[]
  readonly measures: readonly SelectItem[]
  readonly conditions: readonly Expr[]
  readonly allRows: boolean
  readonly alias: Alias | null
  readonly from: number
  readonly to: number
}

export interface UnknownSource {
  readonly kind: 'unknown'
  readonly alias: Alias | null
  readonly from: number
  readonly to: number
}

// ---------------------------------------------------------------- statements

/** What every statement has. `keyword` is the leading word or words in upper case, for reports (`INSERT`, `CREATE VIEW`, `SHOW`). */
export interface StatementHead {
  readonly keyword: string
  readonly from: number
  readonly to: number
}

export interface QueryStatement extends StatementHead {
  readonly kind: 'query'
  readonly query: Query
}

/** `SET col = expr`, `SET (a, b) = (query)`: one target list to one expression (a row or subquery for several). */
export interface Assignment {
  readonly targets: readonly ColumnExpr[]
  readonly value: Expr
  readonly from: number
  readonly to: number
}

/** INSERT, REPLACE, INSERT OVERWRITE (table or directory), UPSERT INTO. Multi-table and multi-insert have more than one target. */
export interface InsertStatement extends StatementHead {
  readonly kind: 'insert'
  readonly overwrite: boolean
  readonly ctes: readonly Cte[]
  /** Source shared by all targets: the query of INSERT ALL, or the FROM of Hive's multi-insert (then each target has its own select). */
  readonly source: Query | null
  readonly shared: readonly Relation[]
  readonly targets: readonly InsertTarget[]
  /** INSERT … EXEC p. */
  readonly call: CallStatement | null
  /** ON CONFLICT DO UPDATE SET, ON DUPLICATE KEY UPDATE. */
  readonly assignments: readonly Assignment[]
  /** `VALUES (…) AS new (m, n)` (MySQL): what the assignments call the row that would have been inserted. */
  readonly rowAlias: Alias | null
  readonly output: OutputClause | null
  readonly returning: readonly SelectItem[]
}

export interface InsertTarget {
  readonly name: Name
  /** INSERT OVERWRITE DIRECTORY, INSERT INTO FUNCTION file(…): a location, not a table. */
  readonly location: boolean
  readonly alias: Ident | null
  readonly columns: readonly ColumnExpr[]
  readonly byName: boolean
  /** Static partition keys are constants; the dynamic ones take the last columns of the query, in this order. */
  readonly partition: readonly { readonly column: Ident; readonly value: Expr | null }[]
  /** WHEN of INSERT ALL, INSERT FIRST. */
  readonly condition: Expr | null
  /** VALUES (…) of a multi-table insert, over the columns of the shared source; null: all of them by position. */
  readonly values: readonly Expr[] | null
  /** The target's own query (Hive multi-insert), else null. */
  readonly query: Query | null
  readonly from: number
  readonly to: number
}

/** OUTPUT … INTO t (cols): a second target of INSERT, UPDATE, DELETE, MERGE. */
export interface OutputClause {
  readonly items: readonly SelectItem[]
  readonly into: Name | null
  readonly columns: readonly Ident[]
}

export interface UpdateStatement extends StatementHead {
  readonly kind: 'update'
  readonly ctes: readonly Cte[]
  /** As written: a table, or an alias of `relations`. MySQL's `UPDATE a JOIN b` has its tables in `relations`. */
  readonly target: Source
  readonly assignments: readonly Assignment[]
  readonly relations: readonly Relation[]
  readonly where: Expr | null
  readonly output: OutputClause | null
  readonly returning: readonly SelectItem[]
}

export interface DeleteStatement extends StatementHead {
  readonly kind: 'delete'
  readonly ctes: readonly Cte[]
  /** More than one in MySQL's multi-table delete. */
  readonly targets: readonly Source[]
  readonly relations: readonly Relation[]
  readonly where: Expr | null
  readonly output: OutputClause | null
  readonly returning: readonly SelectItem[]
}

export interface MergeStatement extends StatementHead {
  readonly kind: 'merge'
  readonly ctes: readonly Cte[]
  readonly target: Source
  readonly source: Source
  readonly on: Expr | null
  readonly using: readonly Ident[]
  readonly branches: readonly MergeBranch[]
  readonly output: OutputClause | null
  readonly returning: readonly SelectItem[]
}

/** `star` is `UPDATE SET *`, `INSERT *`, `INSERT ROW`: all columns by name. `values` null with `columns` empty and `star` false: bare INSERT. */
export interface MergeBranch {
  readonly match: 'matched' | 'not-matched' | 'not-matched-by-source'
  readonly condition: Expr | null
  readonly action: 'update' | 'insert' | 'delete' | 'nothing'
  readonly star: boolean
  readonly assignments: readonly Assignment[]
  readonly columns: readonly ColumnExpr[]
  readonly values: readonly Expr[]
  readonly from: number
  readonly to: number
}

export interface ColumnDefinition {
  readonly name: Ident
  readonly type: string
  /** GENERATED ALWAYS AS (…), AS (…): computed from the table's own columns. */
  readonly generated: Expr | null
}

export type CreateWhat =
  | 'table'
  | 'view'
  | 'materialized-view'
  | 'dynamic-table'
  | 'external-table'
  | 'stream'
  | 'stage'
  | 'model'
  | 'synonym'
  | 'dictionary'
  | 'cache'

export interface CreateStatement extends StatementHead {
  readonly kind: 'create'
  readonly what: CreateWhat
  readonly name: Name
  readonly replace: boolean
  /** `session` tables end with the session, `global` ones are seen by all sessions (`##t`, global_temp). */
  readonly temporary: 'no' | 'session' | 'global'
  readonly columns: readonly ColumnDefinition[]
  /** The column list before AS, without types, of views and CTAS. */
  readonly names: readonly Ident[]
  readonly query: Query | null
  /** WITH NO DATA: structure only. */
  readonly noData: boolean
  /** CLONE, COPY, SHALLOW CLONE, `AS other` (Teradata): data comes along; LIKE, USING TEMPLATE: structure only. */
  readonly clone: Name | null
  readonly like: Name | null
  /** LOCATION, external_location, uris, path options. */
  readonly locations: readonly Name[]
  /** Stream, synonym: the table it stands for. MODEL: null. */
  readonly base: Name | null
  /** TO t of a ClickHouse materialized view. */
  readonly target: Name | null
}

/** CREATE PROCEDURE, FUNCTION, MACRO, TRIGGER, TASK, PIPE, EVENT, RULE: a named body. */
export interface RoutineStatement extends StatementHead {
  readonly kind: 'routine'
  readonly what: 'procedure' | 'function' | 'macro' | 'trigger' | 'task' | 'pipe' | 'event'
  readonly name: Name
  readonly parameters: readonly Ident[]
  /** RETURNS TABLE (a INT, …): the columns of a table function. */
  readonly returns: readonly Ident[]
  /** The table of a trigger. */
  readonly table: Name | null
  readonly body: readonly Statement[]
  /** A function's expression body. */
  readonly expression: Expr | null
  /** Other language than SQL, or text that is not SQL. */
  readonly opaque: boolean
}

/** COPY, UNLOAD, LOAD DATA, EXPORT, BULK INSERT, IMPORT: between tables or queries and locations. */
export interface CopyStatement extends StatementHead {
  readonly kind: 'copy'
  readonly target: Name | null
  readonly columns: readonly Ident[]
  readonly source: Name | null
  /** More locations or files than one: `FROM FILES (uris = […])`. */
  readonly sources: readonly Name[]
  readonly query: Query | null
  /** Whether target (resp. source) is a location, a stage or a file. */
  readonly targetLocation: boolean
  readonly sourceLocation: boolean
  readonly overwrite: boolean
}

export type AlterAction =
  | { readonly kind: 'rename'; readonly to: Name }
  | { readonly kind: 'swap'; readonly with: Name }
  /** ALTER TABLE t APPEND FROM s: moves the rows of `source` here. */
  | { readonly kind: 'append'; readonly source: Name }
  /** EXCHANGE / SWITCH PARTITION: rows move from `source` to `target`; `both` where they trade places. */
  | { readonly kind: 'exchange'; readonly source: Name; readonly target: Name; readonly both: boolean }
  | { readonly kind: 'location'; readonly location: Name }
  | { readonly kind: 'add-columns'; readonly columns: readonly ColumnDefinition[] }
  | { readonly kind: 'drop-columns'; readonly columns: readonly Ident[] }
  | { readonly kind: 'rename-column'; readonly column: Ident; readonly to: Ident }
  | { readonly kind: 'set-schema'; readonly schema: Name }
  | { readonly kind: 'query'; readonly query: Query; readonly names: readonly Ident[] }
  /** UPDATE a = x WHERE …, DELETE WHERE … (ClickHouse): a mutation of the rows. */
  | { readonly kind: 'change'; readonly target: Source; readonly assignments: readonly Assignment[]; readonly where: Expr | null }
  | { readonly kind: 'other' }

export interface AlterStatement extends StatementHead {
  readonly kind: 'alter'
  readonly what: string
  readonly name: Name
  readonly actions: readonly AlterAction[]
}

export interface DropStatement extends StatementHead {
  readonly kind: 'drop'
  /** `TABLE`, `VIEW`, `SCHEMA`, …, in upper case. */
  readonly what: string
  readonly names: readonly Name[]
}

export interface TruncateStatement extends StatementHead {
  readonly kind: 'truncate'
  readonly names: readonly Name[]
}

/** USE, DATABASE, SET SCHEMA, CREATE DATABASE (where it switches): moves the session's defaults. */
export interface UseStatement extends StatementHead {
  readonly kind: 'use'
  /** `path`: `USE a.b` or what the dialect means by one name; `search-path`: several schemas in order. */
  readonly what: 'path' | 'database' | 'schema' | 'search-path' | 'none'
  readonly names: readonly Name[]
}

/** SET x = 1, SET @x = (SELECT …), LET, `x := expr`, DECLARE … DEFAULT. */
export interface SetStatement extends StatementHead {
  readonly kind: 'set'
  readonly names: readonly Name[]
  readonly value: Expr | null
}

/** DECLARE of variables, cursors and table variables. */
export interface DeclareStatement extends StatementHead {
  readonly kind: 'declare'
  readonly names: readonly Ident[]
  /** DECLARE @t TABLE (…). */
  readonly columns: readonly ColumnDefinition[]
  readonly table: boolean
  readonly query: Query | null
  readonly value: Expr | null
}

export interface CallStatement extends StatementHead {
  readonly kind: 'call'
  readonly name: Name
  readonly args: readonly Expr[]
}

/** EXECUTE IMMEDIATE, sp_executesql, EXEC('…'), PREPARE … FROM '…': `body` when the text is a literal, else null and not known. */
export interface ExecuteStatement extends StatementHead {
  readonly kind: 'execute'
  readonly body: readonly Statement[] | null
  readonly text: Expr | null
}

/** Script containers, in order of writing: BEGIN…END, IF, WHILE, LOOP, FOR, CASE, TRY/CATCH, EXCEPTION, cursors' loops. */
export interface BlockStatement extends StatementHead {
  readonly kind: 'block'
  readonly what: 'block' | 'if' | 'loop' | 'for' | 'try' | 'case'
  readonly conditions: readonly Expr[]
  /** FOR row IN (query): the row variable and its query. */
  readonly variable: Ident | null
  readonly query: Query | null
  /** FOR row IN c: the cursor, or the variable that holds a result. */
  readonly cursor: Ident | null
  readonly body: readonly Statement[]
}

/** EXPLAIN, DESCRIBE query, PREPARE p AS statement, CREATE RULE …: not executed now, or executed as a part. */
export interface WrapStatement extends StatementHead {
  readonly kind: 'wrap'
  readonly what: 'explain' | 'prepare' | 'cursor'
  /** The cursor that OPEN … FOR opens. */
  readonly name: Ident | null
  readonly body: readonly Statement[]
}

/** FETCH c INTO v, w: what the variables hold from here on. */
export interface FetchStatement extends StatementHead {
  readonly kind: 'fetch'
  readonly cursor: Ident
  readonly into: readonly Ident[]
}

/** Known and without lineage: SET options, SHOW, GRANT, COMMIT, VACUUM, GO, … `tables` are those it names, if any. */
export interface OtherStatement extends StatementHead {
  readonly kind: 'other'
  readonly tables: readonly Name[]
}

/** Not understood; a diagnostic says why. `tables` are names seen after FROM, JOIN, INTO, TABLE, UPDATE. */
export interface UnparsedStatement extends StatementHead {
  readonly kind: 'unparsed'
  readonly tables: readonly Name[]
}

export type Statement =
  | QueryStatement
  | InsertStatement
  | UpdateStatement
  | DeleteStatement
  | MergeStatement
  | CreateStatement
  | RoutineStatement
  | CopyStatement
  | AlterStatement
  | DropStatement
  | TruncateStatement
  | UseStatement
  | SetStatement
  | DeclareStatement
  | CallStatement
  | ExecuteStatement
  | BlockStatement
  | WrapStatement
  | FetchStatement
  | OtherStatement
  | UnparsedStatement

// ---------------------------------------------------------------- diagnostics

export type DiagnosticCode =
  | 'SQL_UNTERMINATED_STRING'
  | 'SQL_UNTERMINATED_COMMENT'
  | 'SQL_UNTERMINATED_NAME'
  | 'SQL_CHARACTER_UNEXPECTED'
  | 'SQL_TOO_DEEP'
  | 'SQL_TRUNCATED'
  | 'SQL_EXPRESSION_UNKNOWN'
  | 'SQL_CLAUSE_UNKNOWN'
  | 'SQL_RELATION_UNKNOWN'
  | 'SQL_STATEMENT_UNKNOWN'
  | 'SQL_DYNAMIC'
  | 'SQL_DIALECT_UNKNOWN'
  /** A fault of the engine, not of the text. */
  | 'SQL_INTERNAL'

/** What was not understood, where, and what can be done. */
export interface Diagnostic {
  readonly code: DiagnosticCode
  readonly message: string
  readonly from: number
  readonly to: number
}
