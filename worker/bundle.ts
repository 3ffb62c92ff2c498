import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { bundleWorkflowCode, type Logger } from '@temporalio/worker'
import { makeFolder } from '../catalog/make-folder.ts'

export interface Bundle {
  readonly codePath: string
  /** Hash of the sources; the worker's build id. */
  readonly hash: string
}

export interface BundlePlaces {
  /** Root of the program: holds `workflows/`, `contracts/` and perhaps `dist/`. */
  readonly root: string
  /** Where a bundle is kept that had to be built. */
  readonly cache: string
  readonly logger: Logger
}

/** The workflow code as one file: prebuilt in `dist/`, else from the cache, else built (a second) and kept. The name holds the hash of the sources, so a stale one is never used. */
export async function workflowBundle({ root, cache, logger }: BundlePlaces): Promise<Bundle> {
  const hash = sourceHash(root)
  const name = `workflows-${hash.slice(0, 16)}.js`
  const found = [join(root, 'dist'), cache].map((folder) => join(folder, name)).find((path) => existsSync(path))
  if (found !== undefined) return { codePath: found, hash }
  return { codePath: await buildBundle(root, join(cache, name), logger), hash }
}

/** Writes the bundle to `path` at once or not at all: several workers may start together. */
async function buildBundle(root: string, path: string, logger: Logger): Promise<string> {
  const { code } = await bundleWorkflowCode({ workflowsPath: workflowsPath(root), logger })
  makeFolder(dirname(path))
  const draft = `${path}.${process.pid}.tmp`
  writeFileSync(draft, code)
  renameSync(draft, path)
  return path
}

function workflowsPath(root: string): string {
  const source = join(root, 'workflows', 'index.ts')
  return existsSync(source) ? source : join(root, 'workflows', 'index.js')
}

/** Over all code that can be in the bundle, and the SDK's version: a bundle and its worker must come from the same. */
function sourceHash(root: string): string {
  const hash = createHash('sha256')
  for (const folder of ['contracts', 'workflows']) {
    for (const file of readdirSync(join(root, folder))
      .filter((name) => /\.[jt]s$/.test(name))
      .sort()) {
      hash
        .update(`${folder}/${file}\0`)
        .update(readFileSync(join(root, folder, file)))
        .update('\0')
    }
  }
  const sdk: unknown = createRequire(import.meta.url)('@temporalio/worker/package.json')
  hash.update(JSON.stringify(typeof sdk === 'object' && sdk !== null && 'version' in sdk ? sdk.version : ''))
  return hash.digest('hex')
}
