import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ERRORS, type ErrorCode, type Evidence, LodelineError } from '../../contracts/errors.ts'
import type { OnceRequest } from '../../contracts/once.ts'
import { PACKAGE_ROOT } from '../../deploy/home.ts'
import type { Deps } from './deps.ts'
import { lineGroups } from './lines.ts'

/**
 * Asks a process that has the worker's plugins and settings (worker/once.ts): the command line itself loads no plugin,
 * so that it starts fast and a broken plugin breaks nothing else.
 */
export async function* askPlugins<Answer>(request: OnceRequest, deps: Pick<Deps, 'env' | 'home' | 'signal'>): AsyncGenerator<Answer> {
  for await (const lines of lineGroups(pluginBytes(request, deps))) {
    for (const line of lines) if (line !== '') yield JSON.parse(line) as Answer // the answer of this request, see contracts/once.ts
  }
}

export async function askPluginsOnce<Answer>(request: OnceRequest, deps: Pick<Deps, 'env' | 'home' | 'signal'>): Promise<Answer> {
  for await (const answer of askPlugins<Answer>(request, deps)) return answer
  throw new LodelineError('INTERNAL', `worker/once.ts gave no answer to ${request.action}`)
}

export async function* pluginBytes(
  request: OnceRequest,
  { env, home, signal }: Pick<Deps, 'env' | 'home' | 'signal'>,
): AsyncGenerator<Uint8Array> {
  const cache = join(home, 'cache', 'compile') // as main.ts made it, or could not
  const child = spawn(process.execPath, [join(PACKAGE_ROOT, 'worker', 'once.ts')], {
    env: { ...env, LODELINE_HOME: home, ...(existsSync(cache) ? { NODE_COMPILE_CACHE: cache } : {}) },
    stdio: ['pipe', 'pipe', 'pipe'],
    signal,
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.stdin.on('error', () => undefined) // it ended already; its exit code says why
  child.stdin.end(JSON.stringify(request))
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  ended.catch(() => undefined) // awaited below, unless whoever reads stops first
  try {
    for await (const chunk of child.stdout) yield chunk as Uint8Array // no encoding is set
    if ((await ended) !== 0) throw failureFrom(said)
  } finally {
    child.kill()
  }
}

/** The last line is the error as JSON; anything else is a fault of the process itself. */
function failureFrom(said: string): Error {
  const last = said.trim().split('\n').at(-1) ?? ''
  try {
    const { code, message, evidence }: { code: string; message: string; evidence: Evidence } = JSON.parse(last)
    if (code in ERRORS) return new LodelineError(code as ErrorCode, message, evidence) // checked in the same line
  } catch {
    // not ours
  }
  return new LodelineError('INTERNAL', `the process that holds the plugins ended: ${last}`)
}
