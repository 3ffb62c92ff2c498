import { LodelineError } from '../../contracts/errors.ts'
import type { Run } from '../../contracts/runs.ts'

/** What a webhook of `onSuccess` or `onFailure` is sent: `text` is what Slack and those like it show, the rest is for programs. */
export function callbackBody(run: Run): Readonly<Record<string, unknown>> {
  const took = run.endedAt === undefined ? '' : ` after ${Math.round((Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000)} s`
  const why = run.error === undefined ? '' : `: ${run.error.code}: ${run.error.message}`
  return {
    text: `Pipeline ${run.pipeline} ${run.status}${took}${why}`,
    run: run.id,
    pipeline: run.pipeline,
    type: run.type,
    status: run.status,
    startedAt: run.startedAt,
    endedAt: run.endedAt ?? null,
    counts: run.counts,
    error: run.error ?? null,
  }
}

const TIMEOUT_MS = 20_000

/** Throws CALLBACK_FAILED, which is retried, unless the receiver says 2xx. The URL may be a secret: it is not told. */
export async function postCallback(url: string, body: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void> {
  const answer = await post(url, JSON.stringify(body), AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]))
  await answer.body?.cancel()
  if (!answer.ok) throw new LodelineError('CALLBACK_FAILED', `The webhook answered ${answer.status}`, { status: answer.status })
}

async function post(url: string, body: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal, redirect: 'error' })
  } catch (error) {
    throw new LodelineError('CALLBACK_FAILED', 'The webhook could not be reached', {}, error)
  }
}
