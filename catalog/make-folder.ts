import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { LodelineError } from '../contracts/errors.ts'

/** What is in it is its owner's alone. */
const OWNER_ONLY = 0o700

/**
 * Makes a folder and what is missing above it; FILE_UNUSABLE where it cannot be. Not `mkdir` with `recursive`: below /proc, where
 * a folder cannot be made because "its parent does not exist", Node tries for ever.
 */
export function makeFolder(path: string): void {
  if (isFolder(path)) return
  const above = dirname(path)
  if (above !== path) makeFolder(above)
  try {
    mkdirSync(path, OWNER_ONLY)
  } catch (error) {
    if (reasonOf(error) === 'EEXIST' && isFolder(path)) return // another process made it
    throw unusable(path, reasonOf(error))
  }
}

function isFolder(path: string): boolean {
  try {
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat !== undefined && !stat.isDirectory()) throw unusable(path, 'ENOTDIR')
    return stat !== undefined
  } catch (error) {
    throw error instanceof LodelineError ? error : unusable(path, reasonOf(error))
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOTDIR: 'is a file, not a folder',
  EACCES: 'may not be made by this user',
  EPERM: 'may not be made by this user',
  EROFS: 'cannot be made: the file system is read-only',
  ENOSPC: 'cannot be made: the disk is full',
  ENOENT: 'cannot be made: this file system takes no folders',
}

function unusable(path: string, reason: string): LodelineError {
  return new LodelineError('FILE_UNUSABLE', `${path} ${WHY[reason] ?? `cannot be made (${reason})`}`, { path, reason })
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
