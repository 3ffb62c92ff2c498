const BLOCK = 512

/** The content of the entry with that base name in a tar archive; null where there is none. Names and sizes as POSIX ustar has them. */
export function findInTar(archive: Uint8Array, name: string): Uint8Array | null {
  const text = (from: number, length: number) => {
    const bytes = archive.subarray(from, from + length)
    const end = bytes.indexOf(0)
    return Buffer.from(bytes.subarray(0, end === -1 ? length : end)).toString('utf8')
  }
  let at = 0
  while (at + BLOCK <= archive.length) {
    const entry = text(at, 100)
    if (entry === '') return null
    const size = Number.parseInt(text(at + 124, 12).trim() || '0', 8)
    if (!Number.isSafeInteger(size)) return null
    if (entry.split('/').at(-1) === name) return archive.subarray(at + BLOCK, at + BLOCK + size)
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return null
}
