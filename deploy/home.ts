import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve, sep } from 'node:path'

/** Where lodeline stands and where it keeps its state. */
export const PACKAGE_ROOT = resolve(import.meta.dirname, '..')

/** `LODELINE_HOME`; in a clone its own `.lodeline`, so that clones do not share state; else `~/.lodeline`. */
export function homeOf(env: Readonly<Record<string, string | undefined>>, root: string = PACKAGE_ROOT): string {
  const named = env['LODELINE_HOME']
  if (named !== undefined && named !== '') return resolve(named)
  return isClone(root) ? join(root, '.lodeline') : join(homedir(), '.lodeline')
}

function isClone(root: string): boolean {
  return !root.includes(`${sep}node_modules${sep}`) && existsSync(join(root, 'package-lock.json'))
}
