import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CheckResult, Sink, SinkRefusal } from '../../../contracts/plugin.ts'
import { configSchema, type OpenLineageConfig } from './config.ts'
import { eventOf } from './events.ts'
import { appendEvents, filePath } from './file.ts'
import { endpointOf, httpDelivery } from './http.ts'

export const openlineage: Sink<OpenLineageConfig> = {
  name: 'openlineage',
  title: 'OpenLineage events, by HTTP or to a file',
  config: configSchema,
  async *check({ config, host }) {
    host.signal.throwIfAborted()
    if (config.file !== undefined) yield await fileStep(config.file)
    if (config.url !== undefined) yield await urlStep(config, config.url, host.signal)
  },
  async publish({ config, host }, batch) {
    const events = batch.processes.map((process) => ({ process: process.id, event: eventOf(process, batch, config, host.now()) }))
    if (config.file !== undefined) {
      await appendEvents(
        config.file,
        events.map(({ event }) => event),
      )
      return { delivered: events.length, refused: [] }
    }
    const deliver = httpDelivery(config, config.url ?? '')
    const refused: SinkRefusal[] = []
    for (const { process, event } of events) {
      host.signal.throwIfAborted()
      const reason = await deliver(event, host.signal)
      if (reason !== null) refused.push({ process, reason })
    }
    return { delivered: events.length - refused.length, refused }
  },
}

async function fileStep(file: string): Promise<CheckResult> {
  const path = filePath(file)
  const step = { step: 'file', mandatory: true } as const
  const writable = await access(dirname(path), constants.W_OK).then(
    () => true,
    () => false,
  )
  return writable
    ? { ...step, status: 'passed', message: `events go to ${path}` }
    : {
        ...step,
        status: 'warning',
        message: `the directory of ${path} is not there yet, or not writable`,
        remedy: 'It is made if it can be; check the rights of the worker.',
      }
}

/** Says hello without an event: OpenLineage has no request for that, so any answer that is no refusal of us counts. */
async function urlStep(config: OpenLineageConfig, url: string, signal: AbortSignal): Promise<CheckResult> {
  const endpoint = endpointOf(url)
  const step = { step: 'receiver', mandatory: true } as const
  try {
    const headers = config.apiKey === undefined ? {} : { authorization: `Bearer ${config.apiKey}` }
    const response = await fetch(endpoint, {
      method: 'OPTIONS',
      headers,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(config.timeoutMs)]),
    })
    await response.body?.cancel()
    if (response.status === 401 || response.status === 403) {
      return {
        ...step,
        status: 'failed',
        message: `${endpoint.origin} refuses the key (HTTP ${response.status})`,
        remedy: 'Check `apiKey`.',
      }
    }
    return { ...step, status: 'passed', message: `${endpoint.origin} answers (HTTP ${response.status})` }
  } catch {
    signal.throwIfAborted()
    return { ...step, status: 'failed', message: `${endpoint.origin} does not answer`, remedy: 'Check `url` and that the receiver is up.' }
  }
}
