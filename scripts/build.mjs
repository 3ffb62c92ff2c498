// `npm pack` runs this first: the sources as JavaScript and declarations in `dist/`, because Node strips no types below `node_modules`.
// A clone runs from its sources and never looks at what is built here: lib/ and bin/ take `dist/` only where there are no sources.
import { spawnSync } from 'node:child_process'
import { copyFileSync, globSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const { include: FOLDERS } = JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8'))

/** Files that are named, not imported: threads, the worker's main. The compiler rewrites imports alone. */
const NAMED_FILE = /(['"])([\w./-]*[\w-])\.ts\1/g

function main() {
  for (const folder of FOLDERS) rmSync(join(dist, folder), { recursive: true, force: true })
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: ['ignore', 2, 2] })
  if (status !== 0) return status ?? 1
  for (const folder of FOLDERS)
    for (const name of readdirSync(join(dist, folder), { recursive: true })) if (name.endsWith('.js')) nameBuilt(join(dist, folder, name))
  for (const module of globSync('**/*.wasm', { cwd: root, exclude: ['node_modules', 'dist'] }))
    copyFileSync(join(root, module), join(dist, module))
  // The root of the built program: its version, and that its files are modules.
  copyFileSync(join(root, 'package.json'), join(dist, 'package.json'))
  return 0
}

function nameBuilt(file) {
  const text = readFileSync(file, 'utf8')
  const built = text.replace(NAMED_FILE, '$1$2.js$1')
  if (built !== text) writeFileSync(file, built)
}

process.exitCode = main()
