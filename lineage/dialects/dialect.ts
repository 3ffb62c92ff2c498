import type { Word } from '../tokens/words.ts'

/** How a name is brought to the form by which names are compared. `exact` is as written. */
export type Fold = 'upper' | 'lower' | 'exact'

export interface NameRules {
  readonly unquoted: Fold
  readonly quoted: Fold
}

/** What the tokenizer needs to know. */
export interface LexicalRules {
  /** Characters that open a quoted name: any of `"`, `` ` ``, `[`. */
  readonly nameQuotes: string
  /** `"…"` is a string (BigQuery, Hive, Spark, MySQL). */
  readonly doubleQuotedStrings: boolean
  /** `\'` does not end a string. */
  readonly backslashEscapes: boolean
  /** `'''…'''` and `"""…"""`. */
  readonly tripleQuotes: boolean
  /** `$$…$$` is a string; `tagged` also `$tag$…$tag$`. */
  readonly dollarQuotes: 'none' | 'plain' | 'tagged'
  /** Letters that may stand before a string's quote, in lower case, separated by blanks: `n e b r rb x u& q nq`. */
  readonly stringPrefixes: string
  readonly nestedComments: boolean
  readonly hashComments: boolean
  /** `//` to the end of line. */
  readonly slashComments: boolean
  /** `--` needs a blank behind it to be a comment (MySQL). */
  readonly dashNeedsBlank: boolean
  /** The text of comments that begin `/*!40101` is read (MySQL). */
  readonly executableComments: boolean
  /** `#t` and `##t` are names (SQL Server, Redshift). */
  readonly hashNames: boolean
  /** `@x`: `variable`, `stage` (Snowflake, read by the grammar), or `operator`. */
  readonly at: 'variable' | 'stage' | 'operator'
  /** Characters beside letters, digits and `_` that go on in a word: `$`, `#`, `@`. */
  readonly wordCharacters: string
}

/** Where grammars of dialects contradict each other. What only one dialect has and none contradicts is simply read everywhere. */
export interface GrammarRules {
  /** `a:b.c` is a path into semi-structured data (Snowflake, Databricks). */
  readonly colonPaths: boolean
  /** `a-b` may be a project name in FROM (BigQuery). */
  readonly dashedNames: boolean
  /** `SELECT x = expr` names the column x (SQL Server). */
  readonly assignedAliases: boolean
  /** `FROM t, t.arr` may be an array of t (BigQuery, Redshift). */
  readonly correlatedArrays: boolean
  /** A string may be an alias without AS: `SELECT a 'x'`. */
  readonly stringAliases: boolean
  /** A string in FROM is a file or path (DuckDB, Spark's `format.`path``). */
  readonly fileTables: boolean
  /** `SELECT … INTO t` makes a table (SQL Server, Redshift, Postgres); elsewhere INTO takes variables. */
  readonly selectIntoTable: boolean
  /** `FROM t SELECT …` and Hive's multi-insert. */
  readonly fromFirst: boolean
  /** `x -> expr` is a lambda; else `->` takes a field of JSON. */
  readonly arrowLambdas: boolean
  /** Statements need no `;` between them (SQL Server, Synapse). */
  readonly bareStatements: boolean
  /** `REPLACE VIEW`, `INS`, `SEL`, `UPD`, `DEL`, `LOCKING …` (Teradata). */
  readonly shortStatements: boolean
  /** `a IN t` asks the rows of table t (ClickHouse, SQLite). */
  readonly inTables: boolean
  /** A quoted name with `+`, `*`, `?` or `|` in the select list is a regular expression over columns (Hive). */
  readonly regexColumns: boolean
  /** `WITH` may be followed by expressions: `WITH 1 AS x SELECT x` (ClickHouse). */
  readonly withExpressions: boolean
}

/** What the resolver needs to know of names. */
export interface ResolutionRules {
  readonly tables: NameRules
  readonly columns: NameRules
  /** CTEs, aliases. */
  readonly aliases: NameRules
  /** How many parts a full table name has: 2 (database.table) or 3. */
  readonly nameDepth: 2 | 3
  /** The schema where nothing else is said: `public`, `dbo`, `default`, or none. */
  readonly defaultSchema: string | null
  /** The schema meant by `db..t`. */
  readonly emptySchema: string | null
  /** An alias of the select list can be used by the items after it and in WHERE, GROUP BY, HAVING. */
  readonly lateralAliases: boolean
  /** Aliases of the select list can be used in GROUP BY. */
  readonly groupAliases: boolean
  /** And in HAVING and QUALIFY. */
  readonly havingAliases: boolean
  /** Tables of one row that are no data source: `dual`, `sysibm.sysdummy1`; lower case. */
  readonly dummyTables: ReadonlySet<string>
  /** `f(COLUMNS(*))` is one column for each that COLUMNS stands for (DuckDB). */
  readonly repeatedColumns: boolean
  /** A subquery in FROM sees the relations before it without LATERAL (DuckDB). */
  readonly lateralSubqueries: boolean
  /** Column list of `SELECT *` over VALUES: `column1` (Postgres, Snowflake), `col1` (Spark), `_col0` (Trino). */
  readonly valuesColumns: { readonly prefix: string; readonly first: number }
  /** Names beginning so are temporary: `#` of the session, `##` of all. */
  readonly temporaryPrefix: string | null
  /** Where a temp table lives: `current` schema, which it hides a lasting table of (Snowflake, Hive), or its `own` (Postgres, Redshift, SQL Server, Spark views). */
  readonly temporarySchema: 'current' | 'own'
  /** A CTE may name itself without the word RECURSIVE (SQL Server, Oracle, Snowflake). */
  readonly implicitRecursion: boolean
  /** What PIVOT calls a column of an aggregate with an alias: `value_alias`, or `alias_value` (BigQuery). */
  readonly pivotNames: 'value-alias' | 'alias-value'
  /** `a.b` may be field b of column a; elsewhere an unknown `a` is no column (a record, a trigger's row, a sequence). */
  readonly structFields: boolean
  /** What `USE x` moves where names have three parts. */
  readonly useNames: 'database' | 'schema'
  /** CREATE DATABASE | SCHEMA makes it the current one (Snowflake). */
  readonly createSwitches: boolean
  /** Columns each table has though no schema says so (`_TABLE_SUFFIX`, `ROWID`, `_FILE_NAME`); upper case. */
  readonly pseudoColumns: ReadonlySet<string>
  /** Functions written without parentheses that are no columns: CURRENT_DATE, SYSDATE, USER, …; upper case. */
  readonly bareFunctions: ReadonlySet<string>
  /** Functions that make one value of many rows; upper case. */
  readonly aggregates: ReadonlySet<string>
  /** What may stand behind an aggregate's name: `sumIf`, `uniqMerge`, `countState` (ClickHouse); upper case. */
  readonly aggregateSuffixes: readonly string[]
  /** Functions called on a column, `c.value(…)`: what they give is made from it; upper case, `*` for all. */
  readonly columnMethods: ReadonlySet<string>
  /** Functions that hide the value: MD5, SHA2, HASH, …; upper case. */
  readonly masking: ReadonlySet<string>
}

/** What a dialect's file says. */
export interface DialectSpec {
  readonly name: string
  /** Other names by which it is known. */
  readonly aliases: readonly string[]
  /** The vendor's pages the rules come from. */
  readonly sources: readonly string[]
  readonly lexical: LexicalRules
  readonly grammar: GrammarRules
  readonly resolution: ResolutionRules
  /** Words that cannot be an alias without AS, nor a column where an operand is expected. */
  readonly reserved: ReadonlySet<Word>
}

/** A dialect with the tables made of it for speed. Frozen. */
export interface Dialect extends DialectSpec {
  /** Class, upper case and operator of each character in one number, see tokens/operators.ts. */
  readonly traits: Int32Array
  /** Class of each character, see tokens/characters.ts. */
  readonly characters: Uint8Array
  /** Upper case of each character of ASCII that goes on in a word, else 0. */
  readonly folded: Uint8Array
  readonly stringPrefixes: ReadonlySet<string>
  /** 1 at the id of each reserved word. */
  readonly reservedIds: Uint8Array
}
