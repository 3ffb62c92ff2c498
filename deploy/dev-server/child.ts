import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, statSync, truncateSync } from 'node:fs'

/**
 * A child that ends with us whatever becomes of us. It runs under a small shell in a session of its own, so that Ctrl-C
 * reaches only us and we stop things in order; the shell reads a pipe that we hold, and its end (we exited, or were
 * killed with SIGKILL) makes it ask the child to stop.
 */
export interface Child {
  readonly pid: number
  /** Resolves with the exit code, or null after a signal. */
  readonly ended: Promise<number | null>
  stop(graceMs: number): Promise<void>
}

const SUPERVISOR =
  'exec 3<&0; "$@" </dev/null 3<&- & pid=$!; echo $pid >&4; exec 4>&-; (cat <&3 >/dev/null; kill -TERM $pid 2>/dev/null) >/dev/null 2>&1 & wait $pid; exit $?'
const LARGEST_LOG = 16 * 1024 * 1024

export interface ChildOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Standard output and error go there, after what is in it. */
  readonly log: string
}

export async function startChild(command: readonly string[], { env, log }: ChildOptions): Promise<Child> {
  const file = openLog(log)
  const shell = spawn('/bin/sh', ['-c', SUPERVISOR, 'lodeline-child', ...command], {
    env: { ...env },
    detached: true,
    stdio: ['pipe', file, file, 'ignore', 'pipe'],
  })
  closeSync(file)
  const ended = once(shell, 'exit').then(([code]: (number | null)[]) => {
    shell.stdin?.destroy()
    return code ?? null
  })
  shell.stdin?.on('error', () => undefined) // the shell is gone already; `ended` says so
  const pid = await pidFrom(shell, ended)
  return {
    pid,
    ended,
    async stop(graceMs) {
      shell.stdin?.end()
      const late = setTimeout(() => killQuietly(pid), graceMs)
      await ended
      clearTimeout(late)
    },
  }
}

async function pidFrom(shell: ChildProcess, ended: Promise<number | null>): Promise<number> {
  const pipe = shell.stdio[4]
  if (pipe === null || pipe === undefined || !('on' in pipe)) throw new Error('the child has no pipe for its pid')
  const text = await Promise.race([once(pipe, 'data').then(([chunk]: unknown[]) => String(chunk)), ended.then(() => '')])
  const pid = Number.parseInt(text, 10)
  if (!Number.isInteger(pid)) throw new Error('the child could not be started')
  return pid
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // gone in the meantime
  }
}

function openLog(path: string): number {
  try {
    if (statSync(path).size > LARGEST_LOG) truncateSync(path)
  } catch {
    // there is none yet
  }
  return openSync(path, 'a', 0o600)
}
