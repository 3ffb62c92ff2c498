import { fileURLToPath } from 'node:url'
import { LodelineError } from '../../../contracts/errors.ts'

/** Where the objects are: a bucket, or a directory of this machine. */
type Location =
  | { readonly store: 's3'; readonly bucket: string; readonly prefix: string }
  | { readonly store: 'file'; readonly directory: string; readonly prefix: string }

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const ACCESS_POINT = /^arn:[a-z0-9-]+:s3:[a-z0-9-]*:\d{12}:accesspoint[/:][a-z0-9-]{3,63}$/

/** Reads `bucket` and `prefix` in the forms people paste them: `s3://logs/`, `s3://logs/shop`, a bucket's ARN, `file:///var/log`. */
export function locate(bucket: string, prefix: string, suffixes: readonly string[]): Location {
  if (bucket.startsWith('file:')) return { store: 'file', directory: directoryOf(bucket), prefix: directoryPrefix(prefix, suffixes) }
  const bare = bucket
    .trim()
    .replace(/^s3a?:\/\//i, '')
    .replace(/^arn:[a-z0-9-]+:s3:::/, '')
  if (ACCESS_POINT.test(bare)) return { store: 's3', bucket: bare, prefix: directoryPrefix(prefix, suffixes) }
  const slash = bare.indexOf('/')
  const name = slash < 0 ? bare : bare.slice(0, slash)
  const path = slash < 0 ? '' : bare.slice(slash + 1)
  if (!BUCKET.test(name)) {
    throw new LodelineError(
      'CONFIG_INVALID',
      `\`bucket\` is no bucket name: ${JSON.stringify(bucket)}; give it as \`s3://name\`, or a directory as \`file:///dir\``,
      { setting: 'bucket' },
    )
  }
  return { store: 's3', bucket: name, prefix: directoryPrefix(joined(path, withoutScheme(prefix, name)), suffixes) }
}

/** What is wrong with a `bucket`, or null. */
export function placeComplaint(bucket: string, prefix: string, suffixes: readonly string[]): string | null {
  try {
    locate(bucket, prefix, suffixes)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** `s3://logs/shop/` given as prefix beside `bucket: logs` means `shop/`. */
function withoutScheme(prefix: string, bucket: string): string {
  const start = `s3://${bucket}/`
  return prefix.startsWith(start) ? prefix.slice(start.length) : prefix
}

function joined(path: string, prefix: string): string {
  const outer = path.replace(/^\/+|\/+$/g, '')
  const inner = prefix.trim().replace(/^\/+/, '')
  if (outer === '') return inner
  return inner === '' ? outer : `${outer}/${inner}`
}

/** A prefix is a directory: `shop` does not mean `shop-old/`. A last `*` or a file's whole name is taken as it stands. */
function directoryPrefix(prefix: string, suffixes: readonly string[]): string {
  const trimmed = prefix.trim().replace(/^\/+/, '')
  if (trimmed.endsWith('*')) return trimmed.slice(0, -1)
  if (trimmed === '' || trimmed.endsWith('/')) return trimmed.replace(/\/+$/, '/')
  return compressionOf(trimmed, suffixes) !== null ? trimmed : `${trimmed}/`
}

function directoryOf(url: string): string {
  try {
    return fileURLToPath(url)
  } catch (error) {
    throw new LodelineError('CONFIG_INVALID', `\`bucket\` is no file URL with an absolute path: ${url}`, { setting: 'bucket' }, error)
  }
}

export type Compression = 'none' | 'gzip' | 'zstd'
const COMPRESSED: readonly (readonly [string, Compression])[] = [
  ['', 'none'],
  ['.gz', 'gzip'],
  ['.zst', 'zstd'],
  ['.zstd', 'zstd'],
]

/** How a name ends: the compression it tells, or null where it is not one of the log's. Case does not count. */
export function compressionOf(name: string, suffixes: readonly string[]): Compression | null {
  const lower = name.toLowerCase()
  for (const [extension, compression] of COMPRESSED) {
    if (suffixes.some((suffix) => lower.endsWith(suffix.toLowerCase() + extension))) return told(lower) ?? compression
  }
  return null
}

/** A suffix may itself say that the object is compressed: `suffixes: ['.gz']`. */
function told(lower: string): Compression | null {
  if (lower.endsWith('.gz')) return 'gzip'
  return lower.endsWith('.zst') || lower.endsWith('.zstd') ? 'zstd' : null
}
