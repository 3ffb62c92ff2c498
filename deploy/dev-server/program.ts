import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

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
