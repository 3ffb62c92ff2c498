import { assetsNamed } from '../../catalog/assets.ts'
import { countLineage, lineageOf } from '../../catalog/lineage.ts'
import type { Catalog } from '../../catalog/open.ts'
import { listRuns, type RunSummary } from '../../catalog/runs.ts'
import type { RunCounts } from '../../contracts/runs.ts'
import type { CommandResult } from '../cli/command.ts'
import type { Deps } from '../cli/deps.ts'
import { EXIT } from '../cli/exit-codes.ts'
import type { Paint } from '../cli/paint.ts'
import { deadLettersOf } from '../cli/runs.ts'
import { number, table } from '../cli/table.ts'
import { graphOf } from '../lineage/from-catalog.ts'
import { tree } from '../lineage/tree.ts'
import type { TemporalPart } from './services.ts'

export interface MinedSource {
  readonly pipeline: string
  /** As the catalog has it; null when it was interrupted. */
  readonly run: RunSummary | null
}

/** A mart of the examples that is made of several tables, in several steps. */
const SHOWN = { connection: 'snowflake', asset: 'SHOP.MART.DAILY_REVENUE', depth: 3 }
const RUNS_LOOKED_AT = 50

/** What came out: a line a source, one table's lineage, and where to go on. `temporal` is null where it ends with us. */
export async function demoSummary(
  sources: readonly MinedSource[],
  temporal: TemporalPart | null,
  deps: Deps,
  tookMs: number,
): Promise<CommandResult & { readonly data: object }> {
  const catalog = await deps.catalog()
  const rows = await Promise.all(sources.map((source) => sourceRow(catalog, source)))
  const failed = rows.filter(({ status, edges }) => status !== 'succeeded' || edges === 0)
  const { paint } = deps.output
  const text = [
    '',
    table(
      deps.output,
      ['SOURCE', 'OBJECTS', 'RECORDS', 'STATEMENTS', 'EDGES', 'DEAD LETTERS', 'RECORDS/S', 'STATE'],
      rows.map((row) => [
        row.pipeline,
        row.objects,
        row.records,
        row.statements,
        row.edges,
        row.deadLetters,
        row.recordsPerSecond,
        row.unchanged ? 'nothing new' : row.status,
      ]),
    ),
    paint.dim('RECORDS/S is of the whole run, and with logs this small mostly starting up; `npm run bench:mining` measures mining itself.'),
    '',
    ...(await shownLineage(catalog, deps)),
    '',
    ...failed.map(({ pipeline, error }) => paint.red(`${pipeline} did not succeed: ${error ?? 'no lineage came out'}`)),
    `Done in ${(tookMs / 1000).toFixed(1)} s.${temporal === null ? '' : ` ${whereTemporal(temporal, paint)}`}`,
    temporal === null ? 'Try next:' : 'Try next, in another terminal:',
    ...NEXT.map((line) => `  ${paint.cyan(line)}`),
  ]
  return { code: failed.length === 0 ? EXIT.done : EXIT.outcome, text: text.join('\n'), data: { sources: rows, tookMs } }
}

function whereTemporal({ ui, namespace, described }: TemporalPart, paint: Paint): string {
  return ui === null ? `${described}.` : `Temporal's web pages: ${paint.underline(`${ui}/namespaces/${namespace}/workflows`)}`
}

const NEXT = [
  'npx lodeline lineage show orders.amount --connection snowflake --downstream',
  'npx lodeline usage top',
  "echo 'insert into mart.t select a + b as c from raw.s' | npx lodeline lineage parse -",
] as const

interface SourceRow {
  readonly pipeline: string
  readonly status: string
  readonly objects: number
  readonly records: number
  readonly statements: number
  readonly edges: number
  readonly deadLetters: number
  readonly recordsPerSecond: number | null
  /** The run found nothing that was not mined before; the counts are those of the run that mined it. */
  readonly unchanged: boolean
  readonly error?: string
}

async function sourceRow(catalog: Catalog, { pipeline, run }: MinedSource): Promise<SourceRow> {
  const mined = run === null || (run.counts.objects ?? 0) > 0 ? run : ((await lastMining(catalog, pipeline)) ?? run)
  const counts: RunCounts = mined?.counts ?? {}
  const connection = pipeline.replace(/-history$/, '')
  const { tableEdges, columnEdges, controlEdges } = await countLineage(catalog.db, connection)
  const seconds = mined?.endedAt === undefined ? 0 : (Date.parse(mined.endedAt) - Date.parse(mined.startedAt)) / 1000
  return {
    pipeline,
    status: run?.status ?? 'interrupted',
    objects: counts.objects ?? 0,
    records: counts.records ?? 0,
    statements: counts.statements ?? 0,
    edges: tableEdges + columnEdges + controlEdges,
    deadLetters: deadLettersOf(counts),
    recordsPerSecond: seconds > 0 && counts.records !== undefined ? Math.round(counts.records / seconds) : null,
    unchanged: run !== null && mined?.id !== run.id,
    ...(run?.error === undefined ? {} : { error: `${run.error.message} (${run.error.code})` }),
  }
}

async function lastMining({ db }: Catalog, pipeline: string) {
  const runs = await listRuns(db, { pipeline, status: ['succeeded'], limit: RUNS_LOOKED_AT })
  return runs.find(({ counts }) => (counts.objects ?? 0) > 0)
}

async function shownLineage(catalog: Catalog, deps: Deps): Promise<readonly string[]> {
  const [asset] = await assetsNamed(catalog.db, SHOWN.asset, SHOWN.connection)
  if (asset === undefined) return []
  const graph = await lineageOf(catalog.db, asset.id, { direction: 'upstream', depth: SHOWN.depth, columns: true })
  const lines = tree(graphOf([graph], true), asset.id, { direction: 'upstream', depth: SHOWN.depth, columns: true }, deps.output.paint)
  const { paint } = deps.output
  return [
    `${paint.bold(asset.path.join('.'))} of ${asset.connection}, and where its columns come from:`,
    ...lines,
    paint.dim(`(${number(graph.edges.length)} edges; \`lodeline lineage show ${SHOWN.asset} --columns\`)`),
  ]
}
