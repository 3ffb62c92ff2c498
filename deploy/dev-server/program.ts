import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { LodelineError } from '../../contracts/errors.ts'
import { OLDEST_SERVER } from '../../contracts/temporal.ts'

/** The `temporal` program: its own version, and that of the server inside it. */
export interface TemporalProgram {
  readonly path: string
  readonly from: 'PATH' | 'cache' | 'download' | 'PyPI'
  readonly version: string
  readonly server: string
}

const VERSION_LINE = /temporal version (\S+) \(Server ([0-9.]+)/
const VERSION_TIMEOUT_MS = 10_000
export const EXECUTABLE = process.platform === 'win32' ? 'temporal.exe' : 'temporal'

/** Asks the program who it is. Null where it is not there, does not run, or is some other program of that name. */
export async function inspectProgram(path: string, from: TemporalProgram['from']): Promise<TemporalProgram | null> {
  try {
    await access(path, constants.X_OK)
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: VERSION_TIMEOUT_MS })
    const [, version, server] = VERSION_LINE.exec(stdout) ?? []
    return version === undefined || server === undefined ? null : { path, from, version, server }
  } catch {
    return null
  }
}

export async function programOnPath(path: string | undefined): Promise<TemporalProgram | null> {
  for (const folder of (path ?? '').split(delimiter)) {
    const found = folder === '' ? null : await inspectProgram(join(folder, EXECUTABLE), 'PATH')
    if (found !== null) return found
  }
  return null
}

/** Numbers separated by dots, compared one by one. */
export function isOlder(version: string, than: string): boolean {
  const left = version.split('.').map(Number)
  const right = than.split('.').map(Number)
  for (const [index, wanted] of right.entries()) {
    const have = left[index] ?? 0
    if (have !== wanted) return have < wanted
  }
  return false
}

export function refuseOld(server: string, where: string): void {
  if (!isOlder(server, OLDEST_SERVER)) return
  throw new LodelineError('TEMPORAL_TOO_OLD', `the Temporal server ${where} is ${server}; lodeline needs ${OLDEST_SERVER} or newer`, {
    version: server,
    oldest: OLDEST_SERVER,
  })
}
