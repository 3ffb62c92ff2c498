// Runs before `npm start` and `npm test`, on whatever Node the machine has (20 or newer): plain JavaScript, no package.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const OLDEST_NODE = 20
const root = fileURLToPath(new URL('..', import.meta.url))

/** The first package of the lock file that is not installed in its version; null when all are. */
function missingPackage() {
  const installedFile = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installedFile)) return 'node_modules'
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages
  for (const [path, { version, optional, devOptional, link }] of Object.entries(wanted)) {
    if (path === '' || optional || devOptional || link) continue // optional ones are left out on other platforms
    if (installed[path]?.version !== version || !existsSync(join(root, path, 'package.json'))) return path
  }
  return null
}

function main() {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    console.error(`lodeline: this is Node ${process.versions.node}; install Node ${OLDEST_NODE} or newer (https://nodejs.org), with npm`)
    return 4
  }
  const missing = missingPackage()
  if (missing === null) return 0
  console.error(`Installing packages (${missing} is not there or of another version); a minute on the first start …`)
  const npm = process.env.npm_execpath
  const options = { cwd: root, stdio: ['ignore', 2, 2] } // standard output belongs to the command that follows
  const flags = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const run = npm === undefined ? spawnSync('npm', flags, options) : spawnSync(process.execPath, [npm, ...flags], options)
  if (run.status === 0) return 0
  console.error('lodeline: `npm ci` failed; its message is above. A network or registry that does not answer is the usual cause.')
  return 4
}

process.exitCode = main()
