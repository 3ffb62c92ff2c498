import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What `lodeline up` writes down about the server it started, so that commands in other terminals find it. */
export interface RunningServer {
  readonly pid: number
  readonly address: string
  readonly ui: string
  readonly version: string
}

export function serverFile(home: string): string {
  return join(home, 'temporal', 'server.json')
}

/** The dev server of this home, if one runs now. */
export async function runningServer(home: string): Promise<RunningServer | null> {
  try {
    const server: RunningServer = JSON.parse(await readFile(serverFile(home), 'utf8'))
    return isAlive(server.pid) ? server : null
  } catch {
    return null
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM' // there, but another user's
  }
}
