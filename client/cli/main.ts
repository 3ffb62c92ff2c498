import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { makeFolder } from '../../catalog/make-folder.ts'
import { homeOf } from '../../deploy/home.ts'

// Sources are stripped of types and compiled once, then taken from the cache: it makes a short command start three times faster.
// The cache lies in our own home, not in a temporary directory that others can write to. Left to make it, Node never ends below /proc.
const cache = join(homeOf(process.env), 'cache', 'compile')
if (isMade(cache)) enableCompileCache(cache)
const { main } = await import('./run.ts')
await main()

/** A command that needs the home says what is wrong with it; the others do without a cache. */
function isMade(folder: string): boolean {
  try {
    makeFolder(folder)
    return true
  } catch {
    return false
  }
}
