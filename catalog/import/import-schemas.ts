import type { AssetColumn } from '../../contracts/assets.ts'
import { LodelineError } from '../../contracts/errors.ts'
import { assetId, type Fold, foldCase, pathKey } from '../asset-keys.ts'
import { candidateColumns } from '../asset-schemas.ts'
import { upsertAssets } from '../asset-writes.ts'
import { assetsByKey } from '../assets.ts'
import type { Catalog } from '../open.ts'
import { countStale } from '../stale.ts'
import { lazyRevision, transaction } from '../transaction.ts'
import { fieldsOf, formOf, KNOWN_FORMS } from './fields.ts'
import { readExport } from './rows.ts'
import { assetOf, type ImportNames, rowReader, type ToldTable } from './table-groups.ts'

export interface ImportOptions {
  readonly now: string
  readonly fold?: Fold
  /** Columns held in memory before tables are written; a table's rows that come after that are added to it. */
  readonly columnsHeld?: number
  /** Called now and then with what was read so far. */
  readonly onProgress?: (read: { readonly rows: number; readonly tables: number }) => void
  readonly signal?: AbortSignal
}

export interface ImportResult {
  /** What the header says the export is. */
  readonly form: string
  readonly rows: number
  readonly tables: number
  readonly columns: number
  /** Assets, levels above tables included, that are new or different. */
  readonly changed: number
  readonly unchanged: number
  /** Rows left out: how many, and the first hundred. */
  readonly skippedRows: number
  readonly skipped: readonly { readonly line: number; readonly reason: string }[]
  /** Processes that were resolved with other columns and are resolved again by the next run of the miner. */
  readonly stale: number
}

const RANK = 'imported'
const ORIGIN = 'import'
const COLUMNS_HELD = 20_000
const SKIPPED_SHOWN = 100
const ROWS_A_PROGRESS = 10_000

/**
 * Takes in an export of schemas (forms: ./fields.ts), as it streams in. What it tells of a table replaces what an import told before;
 * tables that it doesn't tell of stay. The same again changes nothing. IMPORT_INVALID for a file that is no such export.
 */
export async function importSchemas(
  catalog: Catalog,
  connection: string,
  names: ImportNames,
  stream: AsyncIterable<Uint8Array | string>,
  options: ImportOptions,
): Promise<ImportResult> {
  const file = await readExport(stream)
  if (file === null) throw new LodelineError('IMPORT_INVALID', 'the file is empty')
  const form = formOf(file.header)
  if (form === null) {
    throw new LodelineError('IMPORT_INVALID', `${headerText(file.header)} of none of the known exports: ${KNOWN_FORMS.join('; ')}`)
  }
  const reader = rowReader(form, fieldsOf(file.header), names)
  const held = tableHolder(catalog, connection, names, options)
  const skipped: { line: number; reason: string }[] = []
  let [rows, skippedRows] = [0, 0]
  for await (const row of file.rows) {
    options.signal?.throwIfAborted()
    rows++
    const reason = 'values' in row ? reader.take(row, held.tell) : row.problem
    if (reason !== null) {
      skippedRows++
      if (skipped.length < SKIPPED_SHOWN) skipped.push({ line: row.line, reason })
    }
    if (held.isFull()) await held.writeOthers()
    if (rows % ROWS_A_PROGRESS === 0) options.onProgress?.({ rows, tables: held.sums.tables })
  }
  if (rows > 0 && skippedRows === rows)
    throw new LodelineError('IMPORT_INVALID', `no row of the file can be taken; line ${skipped[0]?.line}: ${skipped[0]?.reason}`)
  await held.writeAll()
  return { form, rows, ...held.sums, skippedRows, skipped, stale: await countStale(catalog.db, connection) }
}

interface TableHolder {
  tell(path: readonly string[]): ToldTable
  isFull(): boolean
  /** All but the table that the last row told of: it may go on. */
  writeOthers(): Promise<void>
  writeAll(): Promise<void>
  readonly sums: { readonly tables: number; readonly columns: number; readonly changed: number; readonly unchanged: number }
}

/** Collects rows into tables and writes them some at a time. */
function tableHolder(
  catalog: Catalog,
  connection: string,
  { levels }: ImportNames,
  { now, fold = foldCase, columnsHeld = COLUMNS_HELD }: ImportOptions,
): TableHolder {
  let held = new Map<string, ToldTable>()
  let newest = ''
  let newestKey = ''
  let columnsOfOthers = 0
  /** Ordinals of the columns of tables that were written already. */
  const written = new Map<string, readonly (number | undefined)[]>()
  const sums = { tables: 0, columns: 0, changed: 0, unchanged: 0 }
  const origin = { connection, levels, rank: RANK, origin: ORIGIN, position: '', fold } as const

  async function write(tables: ReadonlyMap<string, ToldTable>): Promise<void> {
    const result = await transaction(catalog, async (tx) => {
      const again = [...tables.keys()].filter((key) => written.has(key))
      const told = await candidateColumns(
        tx,
        again.map((key) => assetId(connection, key)),
        RANK,
        ORIGIN,
      )
      const known = await assetsByKey(tx, connection, tables.keys())
      const assets = [...tables].map(([key, table]) => {
        const before = (told.get(assetId(connection, key)) ?? []).map((column, index) => withOrdinal(column, written.get(key)?.[index]))
        return assetOf({ ...table, columns: [...before, ...table.columns] }, known.get(key)?.kind)
      })
      return { assets, ...(await upsertAssets(catalog, tx, origin, assets, { now, revision: lazyRevision(tx) })) }
    })
    for (const [index, key] of [...tables.keys()].entries()) {
      if (!written.has(key)) sums.tables++
      sums.columns += tables.get(key)?.columns.length ?? 0
      written.set(key, ordinalsOf(result.assets[index]?.columns ?? []))
    }
    sums.changed += result.changed.length
    sums.unchanged += result.unchanged
  }

  return {
    sums,
    tell(path) {
      const name = path.join('\u001f')
      if (name !== newest) {
        columnsOfOthers += held.get(newestKey)?.columns.length ?? 0
        newest = name
        newestKey = pathKey(path, fold)
        columnsOfOthers -= held.get(newestKey)?.columns.length ?? 0
      }
      const known = held.get(newestKey)
      if (known !== undefined) return known
      const table: ToldTable = { path, kind: null, columns: [] }
      held.set(newestKey, table)
      return table
    },
    isFull: () => columnsOfOthers + held.size > columnsHeld,
    async writeOthers() {
      const [all, open] = [held, held.get(newestKey)]
      all.delete(newestKey)
      held = new Map(open === undefined ? [] : [[newestKey, open]])
      columnsOfOthers = 0
      await write(all)
    },
    async writeAll() {
      const all = held
      held = new Map()
      await write(all)
    },
  }
}

function withOrdinal(column: AssetColumn, ordinal: number | undefined): AssetColumn {
  const { ordinal: _index, ...rest } = column
  return ordinal === undefined ? rest : { ...rest, ordinal }
}

/** In the order in which the columns are kept. */
function ordinalsOf(columns: readonly AssetColumn[]): readonly (number | undefined)[] {
  const ordinals = columns.map(({ ordinal }) => ordinal)
  return ordinals.every((ordinal) => ordinal !== undefined) ? [...ordinals].sort((one, other) => (one ?? 0) - (other ?? 0)) : ordinals
}

/** The beginning of a header, that of a file that is no text included, as a terminal can take it. */
function headerText(header: readonly string[]): string {
  const names = header.slice(0, 20).map((name) => name.replaceAll(/[^\x20-\x7e\u00a0-\uffef]/g, '').slice(0, 40))
  return /[\0\ufffd]/.test(header.join('')) ? 'this is no text in UTF-8 or UTF-16, and' : `the columns ${names.join(', ')} are`
}
