import type { SessionState, StatementLineage, TableName } from '../contracts/lineage.ts'
import type { BatchAnswer, BatchRequest, BatchStatement } from '../contracts/lineage-batch.ts'
import { analyze, type Buffers, createBuffers } from './analyze.ts'
import { NEW_SESSION } from './session.ts'

/** What a batch carries from line to line: the session of the lines in a row that have one id. */
export interface BatchState {
  readonly sessionId: string | null
  readonly session: SessionState
}

export const NEW_BATCH: BatchState = { sessionId: null, session: NEW_SESSION }

/** One line of NDJSON in, one out (without line breaks); `buffers` are reused from line to line. What is no request is an answer with an error; nothing throws. */
export function answerLine(
  line: string,
  state: BatchState,
  buffers: Buffers = createBuffers(),
): { readonly line: string; readonly state: BatchState } {
  let request: BatchRequest
  try {
    const parsed: unknown = JSON.parse(line)
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return failed(null, 'not a JSON object', state)
    request = parsed
  } catch {
    return failed(null, 'not JSON', state)
  }
  return answer(request, state, buffers)
}

function answer(request: BatchRequest, before: BatchState, buffers: Buffers): { readonly line: string; readonly state: BatchState } {
  const sessionId = textOf(request.sessionId)
  const state = sessionId !== null && sessionId === before.sessionId ? before : { sessionId, session: NEW_SESSION }
  if (typeof request.sql !== 'string') return failed(request.id ?? null, 'sql is missing or no string', state)
  const { statements, session } = analyze(request.sql, {
    dialect: textOf(request.dialect) ?? 'ansi',
    defaults: { database: textOf(request.defaultDatabase), schema: textOf(request.defaultSchema) },
    schemas: schemaOf(request.schema),
    session: state.session,
    buffers,
  })
  const given: BatchAnswer = { id: request.id ?? null, statements: statements.map(statementOf), error: null }
  return { line: JSON.stringify(given), state: { sessionId, session } }
}

function failed(id: unknown, error: string, state: BatchState): { readonly line: string; readonly state: BatchState } {
  const given: BatchAnswer = { id, statements: [], error }
  return { line: JSON.stringify(given), state }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : null
}

/** Entries that are no lists of names are left out: a schema is a help, not a condition. */
function schemaOf(value: unknown): Readonly<Record<string, readonly string[]>> {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string[]] => Array.isArray(entry[1]) && entry[1].every((name) => typeof name === 'string'),
    ),
  )
}

function statementOf(lineage: StatementLineage): BatchStatement {
  return {
    index: lineage.index,
    kind: lineage.kind,
    inputs: lineage.inputs.map(nameOf),
    outputs: lineage.outputs.map(nameOf),
    columns: lineage.columns.map(({ output, inputs }) => ({
      output: { table: output.table?.name ?? null, column: output.column },
      inputs: inputs.map((input) => ({
        table: input.table?.name ?? null,
        column: input.path === undefined ? input.column : `${input.column}.${input.path}`,
        transformation: input.transformation,
        ...(input.candidates ? { candidates: input.candidates.map(nameOf) } : {}),
      })),
    })),
    indirect: lineage.indirect.map(({ table, column, kind }) => ({ table: table?.name ?? null, column, kind })),
    confidence: lineage.confidence,
    diagnostics: lineage.diagnostics.map(({ code, message, start, end }) => ({ code, message, start, end })),
  }
}

function nameOf(table: TableName): string {
  return table.name
}
