import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { LodelineError } from '../../../contracts/errors.ts'
import type { ObjectStore, StoredObject } from './store.ts'

const READ_BYTES = 256 * 1024

/** A directory of this machine as an object store: keys are paths below it, with `/`. */
export function fileStore(directory: string, prefix: string): ObjectStore {
  const place = join(directory, prefix)
  return {
    place,
    list: (signal) => list(directory, prefix, signal),
    open: (object, from, to, signal) => read(join(directory, object.key), object, from, to, signal),
    async *check() {
      const found = await stat(directory).catch((error: unknown) => {
        throw unreadable(directory, error)
      })
      if (!found.isDirectory()) throw new LodelineError('LOG_UNREADABLE', `${directory} is no directory`, { path: directory })
      yield { step: 'directory', mandatory: true, status: 'passed', message: `directory ${directory} is there` }
    },
    encryption: async () => null,
  }
}

async function* list(directory: string, prefix: string, signal: AbortSignal): AsyncGenerator<StoredObject> {
  const keys = await keysBelow(directory, prefix)
  for (const key of keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    signal.throwIfAborted()
    const file = await stat(join(directory, key), { bigint: true }).catch(() => null)
    if (file?.isFile() !== true) continue
    yield { key, etag: etagOf(file), bytes: Number(file.size), modifiedAt: new Date(Number(file.mtimeMs)).toISOString() }
  }
}

/** Only the prefix's own directory is walked: the rest may be large, or unreadable. */
async function keysBelow(directory: string, prefix: string): Promise<string[]> {
  const within = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  try {
    const entries = await readdir(join(directory, within), { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((key) => key.startsWith(prefix))
  } catch (error) {
    if (within !== '' && (error as NodeJS.ErrnoException).code === 'ENOENT' && (await stat(directory).catch(() => null)) !== null) return []
    throw unreadable(join(directory, within), error)
  }
}

const etagOf = (file: { readonly size: bigint; readonly mtimeNs: bigint }): string =>
  `${file.mtimeNs.toString(36)}-${file.size.toString(36)}`

async function* read(path: string, object: StoredObject, from: number, to: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const file = await open(path).catch((error: unknown) => {
    throw unreadable(path, error, object.key)
  })
  try {
    await sameAsListed(file, object)
    const end = Math.min(to, object.bytes)
    for (let at = from; at < end; ) {
      signal.throwIfAborted()
      const buffer = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, end - at)) // what is not filled is cut off
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at)
      if (bytesRead === 0) break
      yield bytesRead === buffer.length ? buffer : buffer.slice(0, bytesRead)
      at += bytesRead
    }
    await sameAsListed(file, object)
  } finally {
    await file.close()
  }
}

async function sameAsListed(file: FileHandle, object: StoredObject): Promise<void> {
  if (etagOf(await file.stat({ bigint: true })) === object.etag) return
  throw new LodelineError('LOG_OBJECT_CHANGED', `${object.key} was replaced since it was listed`, { key: object.key })
}

function unreadable(path: string, error: unknown, key?: string): LodelineError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unreadable' // what node:fs throws has a code
  if (key !== undefined && code === 'ENOENT')
    return new LodelineError('LOG_OBJECT_GONE', `${key} was removed since it was listed`, { key }, error)
  return new LodelineError('LOG_UNREADABLE', `cannot read ${path} (${code})`, { path }, error)
}
