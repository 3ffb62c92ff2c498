import { type ExportedEdge, exportEdges, processesById } from '../../../catalog/lineage.ts'
import type { Catalog } from '../../../catalog/open.ts'
import { jobEvent, type OpenLineageEdge } from '../../lineage/openlineage.ts'
import { pathText } from '../assets.ts'
import { defineCommand } from '../command.ts'
import type { Deps } from '../deps.ts'
import { EXIT } from '../exit-codes.ts'
import { requireConnection } from '../lookup.ts'

export const command = defineCommand({
  summary: 'Write out every edge of the catalog',
  description: `One edge of one process a line, however many there are:
  ndjson       {"level":"table|column|control","source","target","kind","process","confidence","connection"}, names as paths below the connection;
               "sourcePaths" tells the fields inside the source column, where only they are taken
  csv          the same as columns, with a head
  openlineage  one job event a process, with its column lineage`,
  args: [],
  flags: {
    connection: { type: 'string', value: 'NAME', description: 'Only of this connection' },
    format: {
      type: 'choice',
      choices: ['ndjson', 'openlineage', 'csv'],
      value: 'FORMAT',
      description: 'How it is written',
      default: 'ndjson',
    },
  },
  examples: [
    { line: 'lodeline lineage export --connection snowflake > edges.ndjson', says: 'for a program' },
    { line: 'lodeline lineage export --format csv > edges.csv', says: 'for a spreadsheet' },
  ],
  async run({ connection, format }, deps) {
    const catalog = await deps.catalog()
    if (connection !== undefined) await requireConnection(catalog, connection)
    const edges = exportEdges(catalog.db, connection)
    if (format === 'openlineage') await writeEvents(catalog, edges, deps)
    else
      await writeLines(
        edges,
        format === 'csv' ? csvLine : ndjsonLine,
        format === 'csv' ? 'level,source,target,kind,process,confidence,connection\n' : '',
        deps,
      )
    return { code: deps.signal.aborted ? EXIT.interrupted : EXIT.done, text: '' }
  },
})

const LINES_AT_ONCE = 500

async function writeLines(
  edges: AsyncIterable<ExportedEdge>,
  line: (edge: ExportedEdge) => string,
  head: string,
  { output, signal }: Deps,
): Promise<void> {
  await output.write(head)
  const lines: string[] = []
  for await (const edge of edges) {
    lines.push(line(edge))
    if (lines.length < LINES_AT_ONCE) continue
    await output.write(lines.splice(0).join(''))
    if (signal.aborted) return
  }
  await output.write(lines.join(''))
}

const nameOf = (path: readonly string[], column: string | undefined) =>
  column === undefined ? pathText(path) : `${pathText(path)}.${column}`

function ndjsonLine({ source, sourceColumn, sourcePaths, target, targetColumn, ...edge }: ExportedEdge): string {
  const { level, kind, process, confidence, connection } = edge
  const names = { source: nameOf(source, sourceColumn), target: nameOf(target, targetColumn) }
  const paths = sourcePaths === undefined ? {} : { sourcePaths }
  return `${JSON.stringify({ level, ...names, kind, process, confidence, connection, ...paths })}\n`
}

/** RFC 4180: quotes where they are needed. */
function csvLine({ level, source, sourceColumn, target, targetColumn, kind, process, confidence, connection }: ExportedEdge): string {
  const cells = [level, nameOf(source, sourceColumn), nameOf(target, targetColumn), kind, process, String(confidence), connection]
  return `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\n`
}

/** Edges come process by process. */
async function writeEvents(catalog: Catalog, edges: AsyncIterable<ExportedEdge>, deps: Deps): Promise<void> {
  let together: ExportedEdge[] = []
  for await (const edge of edges) {
    if (together.length > 0 && together[0]?.process !== edge.process) {
      await writeEvent(catalog, together, deps)
      together = []
      if (deps.signal.aborted) return
    }
    together.push(edge)
  }
  if (together.length > 0) await writeEvent(catalog, together, deps)
}

async function writeEvent(catalog: Catalog, edges: readonly ExportedEdge[], { output, now }: Deps): Promise<void> {
  const [first] = edges
  if (first === undefined) return
  const process = (await processesById(catalog.db, [first.process])).get(first.process)
  const names = (side: 'source' | 'target') => [...new Set(edges.map((edge) => pathText(edge[side])))].sort()
  const event = jobEvent({
    namespace: first.connection,
    job: first.process,
    eventTime: process?.lastRunAt ?? new Date(now()).toISOString(),
    ...(process === undefined ? {} : { sql: process.sql, dialect: process.dialect }),
    inputs: names('source'),
    outputs: names('target'),
    edges: edges.flatMap(columnEdge),
  })
  await output.write(`${JSON.stringify(event)}\n`)
}

function columnEdge({ source, sourceColumn, target, targetColumn, kind }: ExportedEdge): readonly OpenLineageEdge[] {
  if (sourceColumn === undefined) return []
  return [
    { source: pathText(source), sourceColumn, target: pathText(target), kind, ...(targetColumn === undefined ? {} : { targetColumn }) },
  ]
}
