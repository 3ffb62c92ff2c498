import { LodelineError } from '../../contracts/errors.ts'
import { type OnceHost, quietHost } from './check.ts'

/** The bytes of an object in S3, or of all objects below a prefix one after the other, decompressed; with the credentials of the machine. */
export async function* readObjects(host: OnceHost, url: string): AsyncGenerator<Uint8Array> {
  const log = host.registry.queryLogs.get('s3')
  if (log === undefined) throw new LodelineError('PLUGIN_NOT_INSTALLED', 'Reading from S3 needs the query log `s3`, which is not installed')
  const [, bucket = '', key = ''] = /^s3a?:\/\/([^/]+)\/?(.*)$/.exec(url) ?? []
  const suffixes = ['.csv', '.ndjson', '.jsonl', '.json', '.txt', '.tsv']
  const endpoint = process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL']
  const parsed = log.options.safeParse({ kind: 's3', bucket, prefix: key, suffixes, ...(endpoint === undefined ? {} : { endpoint }) })
  if (!parsed.success) throw new LodelineError('CONFIG_INVALID', `${url}: ${parsed.error.issues.map(({ message }) => message).join('; ')}`)
  const source = { connection: '', config: parsed.data, host: quietHost(host.signal) }
  let found = 0
  for await (const object of log.list(source)) {
    found++
    yield* log.read(source, object, { from: 0 })
  }
  if (found === 0)
    throw new LodelineError(
      'LOG_UNREADABLE',
      `There is no object at ${url} whose name ends with ${suffixes.join(', ')} (or such with .gz, .zst)`,
    )
}
