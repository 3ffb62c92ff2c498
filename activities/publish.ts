import { nextChanges, recordDelivery, sinkCursor } from '../catalog/outbox.ts'
import { LodelineError } from '../contracts/errors.ts'
import type { Sink, Source } from '../contracts/plugin.ts'
import type { TaskContext, TaskFunction } from './task.ts'

const PROCESSES_A_BATCH = 100

/** Publishes to one of the pipeline's sinks what changed since it was last there: at least once, in order. `with.sink` is its position. */
export const publish: TaskFunction = async (context) => {
  const { catalog, pipeline, connection, signal, host } = context
  if (connection === null)
    throw new LodelineError('DOCUMENT_INVALID', `pipeline ${pipeline.name} names no connection`, { pipeline: pipeline.name })
  if (context.input.dryRun === true) return { skipped: true }
  const { sink, source, name } = await sinkOf(context)
  const texts = pipeline.options['queryText'] !== 'none' // an option of those that read queries; others have only views' texts
  const key = { pipeline: pipeline.name, sink: name }
  let delivered = 0
  let refused = 0
  for (let after = await sinkCursor(catalog.db, key); ; ) {
    signal.throwIfAborted()
    const page = await nextChanges(catalog.db, { ...batchOf(context), after, limit: PROCESSES_A_BATCH, texts })
    if (page === null) break
    const result = await sink.publish(source, page.batch)
    const now = new Date(host.now()).toISOString()
    await recordDelivery(catalog, { ...key, from: after, to: page.next, batch: page.batch, refused: result.refused, now })
    delivered += result.delivered
    refused += result.refused.length
    after = page.next
    context.count('published', result.delivered)
    if (result.refused.length > 0) context.count('refusedBySinks', result.refused.length)
    context.heartbeat()
  }
  if (refused > 0) context.warn(`${name} refused ${refused} statements for good; they are kept with its reasons.`)
  return { delivered, refused }
}

async function sinkOf(context: TaskContext): Promise<{ readonly sink: Sink; readonly source: Source<unknown>; readonly name: string }> {
  const { pipeline, connection, registry, host, call } = context
  const position = Number(call.with['sink'] ?? 0)
  const wanted = pipeline.sinks[position]
  if (wanted === undefined)
    throw new LodelineError('DOCUMENT_INVALID', `pipeline ${pipeline.name} has no sink ${position}`, { pipeline: pipeline.name })
  const sink = registry.sinks.get(wanted.sink)
  if (sink === undefined) throw new LodelineError('PLUGIN_NOT_INSTALLED', `no plugin has the sink ${wanted.sink}`, { sink: wanted.sink })
  const config = sink.config.parse(await context.resolveSecrets(wanted.config))
  // Two sinks of one kind have cursors of their own.
  return { sink, source: { connection: connection?.document.name ?? '', config, host }, name: `${position}:${wanted.sink}` }
}

function batchOf({ connection }: TaskContext): {
  readonly connection: string
  readonly namespace: string
  readonly omittedLevels?: number
} {
  const document = connection?.document
  const connector = connection?.connector
  const name = document?.name ?? ''
  const { omittedLevels } = connector?.names ?? {}
  return {
    connection: name,
    namespace: connector?.namespace?.(connection?.config, name) ?? name,
    ...(omittedLevels === undefined ? {} : { omittedLevels }),
  }
}
