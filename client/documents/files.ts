import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { LodelineError } from '../../contracts/errors.ts'

export interface SourceFile {
  /** As messages name it: relative where the user gave it so. */
  readonly name: string
  /** What relative paths in it are relative to. */
  readonly folder: string
  readonly text: string
}

const DOCUMENT = /\.(ya?ml|json)$/i

/** The documents behind `-f`: files, whole folders (in order of names), or `-` for standard input. */
export async function readSources(paths: readonly string[], cwd: string, stdin: () => Promise<string>): Promise<readonly SourceFile[]> {
  const files: SourceFile[] = []
  for (const path of paths) {
    if (path === '-') files.push({ name: 'standard input', folder: cwd, text: await stdin() })
    else files.push(...(await readPath(path, cwd)))
  }
  return files
}

async function readPath(path: string, cwd: string): Promise<readonly SourceFile[]> {
  const at = resolve(cwd, path)
  if (!(await stat(at)).isDirectory()) return [await readOne(path, at)]
  const entries = await readdir(at, { recursive: true, withFileTypes: true })
  const names = entries
    .filter((entry) => entry.isFile() && DOCUMENT.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(at.length + 1))
  if (names.length === 0) throw new LodelineError('DOCUMENT_INVALID', `${path} holds no .yaml, .yml or .json file`, { path })
  return await Promise.all(names.sort().map((name) => readOne(join(path, name), join(at, name))))
}

async function readOne(name: string, at: string): Promise<SourceFile> {
  return { name, folder: dirname(at), text: (await readFile(at, 'utf8')).replace(/^\uFEFF/, '') }
}
