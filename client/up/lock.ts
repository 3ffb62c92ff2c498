import { open, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../../catalog/make-folder.ts'
import { LodelineError } from '../../contracts/errors.ts'
import { isAlive } from '../../deploy/dev-server/running.ts'

/** One `lodeline up` a home: two would write to one Temporal file. The lock of a process that is gone counts for nothing. */
export async function lockHome(home: string): Promise<{ release(): Promise<void> }> {
  makeFolder(home)
  const path = join(home, 'up.pid')
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = await open(path, 'wx', 0o600)
      await file.close()
      await writeFile(path, String(process.pid))
      return { release: () => rm(path, { force: true }) }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    const pid = Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10)
    if (Number.isInteger(pid) && pid !== process.pid && isAlive(pid)) {
      throw new LodelineError('ALREADY_UP', `lodeline is up already on ${home}, as pid ${pid}`, { home, pid })
    }
    await rm(path, { force: true })
  }
  throw new LodelineError('ALREADY_UP', `another \`lodeline up\` is starting on ${home}`, { home })
}
