import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { LodelineError } from '../../../contracts/errors.ts'
import type { OpenLineageConfig } from './config.ts'
import { digestOf, type JobEvent } from './events.ts'

const compress = promisify(gzip)
const DEFAULT_PATH = '/api/v1/lineage'
const FIRST_WAIT_MS = 500
/** A longer Retry-After is left to the runtime, which does not hold a worker's slot meanwhile. */
const LONGEST_WAIT_MS = 10_000
const REASON_CHARS = 300

/** Null: taken. Else why the receiver will never take this event. Throws when it is busy, away, or refuses us altogether. */
type Deliver = (event: JobEvent, signal: AbortSignal) => Promise<string | null>

export function endpointOf(url: string): URL {
  const endpoint = new URL(url)
  if (endpoint.pathname === '/') endpoint.pathname = DEFAULT_PATH
  return endpoint
}

export function httpDelivery(config: OpenLineageConfig, url: string): Deliver {
  const endpoint = endpointOf(url)
  return async (event, signal) => {
    const request = await requestOf(event, config)
    for (let tried = 1; ; tried++) {
      const answer = await post(endpoint, request, config.timeoutMs, signal)
      if (answer.taken) return null
      if (answer.refused !== null) return answer.refused
      const wait = answer.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (tried - 1)
      if (tried >= config.tries || wait > LONGEST_WAIT_MS) throw busy(endpoint, answer.why, wait)
      await delay(wait, undefined, { signal })
    }
  }
}

interface Request {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array<ArrayBuffer> | string
}

async function requestOf(event: JobEvent, config: OpenLineageConfig): Promise<Request> {
  const json = JSON.stringify(event)
  return {
    headers: {
      'content-type': 'application/json',
      // The same event has the same key, for receivers that drop repeats by it; all others replace the job by its name.
      'idempotency-key': digestOf(json),
      ...(config.apiKey === undefined ? {} : { authorization: `Bearer ${config.apiKey}` }),
      ...(config.gzip ? { 'content-encoding': 'gzip' } : {}),
    },
    body: config.gzip ? new Uint8Array(await compress(json)) : json,
  }
}

interface Answer {
  readonly taken: boolean
  readonly refused: string | null
  readonly why: string
  readonly retryAfterMs: number | null
}

async function post(endpoint: URL, { headers, body }: Request, timeoutMs: number, signal: AbortSignal): Promise<Answer> {
  const late = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(endpoint, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.any([signal, late]) })
    const text = (await response.text()).slice(0, REASON_CHARS)
    return judged(response, text, endpoint)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof LodelineError) throw error
    const why = late.aborted ? `no answer within ${timeoutMs} ms` : `no connection (${causeOf(error)})`
    return { taken: false, refused: null, why, retryAfterMs: null }
  }
}

function judged({ status, headers }: Response, text: string, endpoint: URL): Answer {
  const none = { taken: false, refused: null, retryAfterMs: null }
  if (status >= 200 && status < 300) return { ...none, taken: true, why: '' }
  const why = `HTTP ${status}`
  if (status === 429 || status === 408 || status === 425 || status >= 500)
    return { ...none, why, retryAfterMs: retryAfterMs(headers.get('retry-after')) }
  // These speak of the endpoint or the key, so every event would be refused alike.
  if (status < 400 || status === 401 || status === 403 || status === 404 || status === 405) {
    throw new LodelineError('SINK_REJECTED', `${endpoint.origin}${endpoint.pathname} answered ${why}`, {
      status,
      url: endpoint.origin + endpoint.pathname,
    })
  }
  return { ...none, why, refused: text === '' ? why : `${why}: ${text}` }
}

/** Seconds, or a date, as HTTP allows. */
function retryAfterMs(header: string | null): number | null {
  if (header === null) return null
  const seconds = Number(header)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : null
}

function busy(endpoint: URL, why: string, waitMs: number): LodelineError {
  const url = endpoint.origin + endpoint.pathname
  return new LodelineError('SINK_BUSY', `${url} does not take events now: ${why}`, { url, retryAfterMs: waitMs })
}

function causeOf(error: unknown): string {
  const cause = (error as { readonly cause?: { readonly code?: unknown } }).cause // fetch puts the socket's error there
  return typeof cause?.code === 'string' ? cause.code : 'failed'
}
