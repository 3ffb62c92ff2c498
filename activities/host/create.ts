import { Context } from '@temporalio/activity'
import { addWarning, readList } from '../../catalog/run-progress.ts'
import { endRun, findRun, recordRun } from '../../catalog/run-state.ts'
import { getRun } from '../../catalog/runs.ts'
import type { Activities } from '../../contracts/activities.ts'
import { beginRun } from './begin-run.ts'
import { callbackBody, postCallback } from './callbacks.ts'
import type { HostDeps } from './deps.ts'
import { toFailure } from './failures.ts'
import { guardPayload } from './payload.ts'
import { type Redact, redactor } from './redact.ts'
import { runTask } from './run-task.ts'
import { resolveSecrets } from './secrets.ts'

/** The activities of a worker. Here, and nowhere else, an error becomes what Temporal keeps of it. */
export function createActivities(deps: HostDeps): Activities {
  return {
    beginRun: (input) => guarded('beginRun', () => beginRun(deps, input)),
    runTask: (call) => guarded(`task ${call.task}`, () => runTask(deps, call)),
    readItems: ({ run, manifest, from, count }) => guarded('readItems', () => readList(deps, run, manifest, from, count)),
    recordRun: (record) => guarded('recordRun', () => recordRun(deps, record)),
    requestCancel: ({ workflowId }) => guarded('requestCancel', () => deps.temporal.cancel(workflowId)),
    endRun: (input) => guarded('endRun', () => endRun(deps, input)),
    callBack: (input) => guarded('callBack', () => callBack(deps, input)),
  }
}

async function guarded<Result>(what: string, act: () => Promise<Result>): Promise<Result> {
  const redact: Redact = redactor(new Set())
  try {
    return guardPayload(await act(), `The result of ${what}`)
  } catch (error) {
    throw toFailure(error, redact)
  }
}

/** At the last attempt a receiver that stays away becomes a warning of the run. */
async function callBack(deps: HostDeps, { run, on, index }: Parameters<Activities['callBack']>[0]): Promise<void> {
  const found = await findRun(deps, run)
  const webhook = found?.dag[on]?.[index]?.webhook
  const shown = await getRun(deps.catalog.db, run)
  if (webhook === undefined || shown === null) return
  const { signal, info } = callContext()
  const secrets = new Set<string>()
  try {
    await postCallback(await resolveSecrets(webhook, deps.secrets, secrets), callbackBody(shown), signal)
  } catch (error) {
    if (info.attempt >= CALLBACK_ATTEMPTS) await addWarning(deps, run, `${on}: the webhook number ${index + 1} could not be delivered`)
    throw toFailure(error, redactor(secrets)) // the address of a webhook may be the secret
  }
}

/** As the interpreter's policy says. */
const CALLBACK_ATTEMPTS = 6

function callContext(): { readonly signal: AbortSignal; readonly info: { readonly attempt: number } } {
  const { cancellationSignal: signal, info } = Context.current()
  return { signal, info }
}
