import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { LodelineError } from '../../../contracts/errors.ts'
import type { CheckResult, LogObject, QueryLog } from '../../../contracts/plugin.ts'
import { plugin } from '../../../plugins/query-logs/s3/plugin.ts'
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.ts'
import { all, type TestHost, testHost } from '../../support/host.ts'
import { ownMs } from '../../support/own-time.ts'
import { type S3Server, startS3 } from '../../support/s3.ts'

const [log] = plugin.queryLogs as [QueryLog]
const MIB = 1024 * 1024
const lines = (count: number, sql = 'select 1') =>
  Array.from(
    { length: count },
    (_, index) => `${JSON.stringify({ QUERY_TEXT: `${sql} -- ${index}`, DATABASE_NAME: 'SHOP', SCHEMA_NAME: null, SESSION_ID: 's' })}\n`,
  ).join('')

let s3: S3Server
let proxy: FaultProxy
let host: TestHost

beforeAll(async () => {
  s3 = await startS3()
  proxy = await startFaultProxy(s3.endpoint)
  await s3.createBucket('logs')
})
afterAll(async () => {
  await proxy?.stop()
  await s3?.stop()
})
afterEach(() => proxy.clear())

function source(options: Record<string, unknown> = {}) {
  host = testHost()
  const access = { endpoint: proxy.endpoint, accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey, region: 'us-east-1' }
  return { connection: 'shop', config: log.options.parse({ bucket: 'logs', ...access, ...options }), host }
}

async function list(options?: Record<string, unknown>): Promise<LogObject[]> {
  return all(log.list(source(options)))
}

async function only(prefix: string): Promise<LogObject> {
  const [object] = await list({ prefix })
  if (object === undefined) throw new Error(`nothing under ${prefix}`)
  return object
}

/** What was read, and the error that ended it. */
async function read(object: LogObject, range: { from: number; to?: number } = { from: 0 }, options: Record<string, unknown> = {}) {
  const blocks: Uint8Array[] = []
  try {
    for await (const block of log.read(source(options), object, range)) blocks.push(block)
    return { text: Buffer.concat(blocks).toString(), blocks, error: null }
  } catch (error) {
    if (!(error instanceof LodelineError)) throw error
    return { text: Buffer.concat(blocks).toString(), blocks, error }
  }
}

/** Bytes of buffers that are still held by something: what is only not collected yet says when the collector ran. */
async function heldBytes(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  collect()
  await pause(1) // buffers are given back beside the program
  collect()
  return process.memoryUsage().arrayBuffers
}

const check = (options: Record<string, unknown>): Promise<CheckResult[]> =>
  log.check === undefined ? Promise.reject(new Error('no check')) : all(log.check(source(options)))

describe('listing', () => {
  it('finds the objects of the directory and the suffixes, over pages, in the order of their keys', async () => {
    await Promise.all(
      Array.from({ length: 1100 }, (_, index) => s3.put('logs', `pages/${String((index * 7919) % 10007).padStart(5, '0')}.json`, '{}')),
    )
    await s3.put('logs', 'pages-old/1.json', '{}')
    await s3.put('logs', 'pages/notes.txt', 'x')
    const keys = (await list({ bucket: 's3://logs/', prefix: '/pages/' })).map(({ key }) => key)
    expect(keys).toHaveLength(1100)
    expect(keys).toEqual([...keys].sort())
    expect(host.counts.get('ignoredObjects')).toBe(1)
    expect((await list({ prefix: 'pages' })).length).toBe(1100)
    expect((await list({ bucket: 's3://logs/pages' })).length).toBe(1100)
    expect((await list({ prefix: 'pages*' })).length).toBe(1101)
  })

  it('knows which objects can be read from the middle', async () => {
    for (const name of ['a.json', 'b.json.gz', 'c.JSON.zst', 'd.jsonl']) await s3.put('logs', `kinds/${name}`, 'x')
    expect((await list({ prefix: 'kinds' })).map(({ key, seekable }) => [key, seekable])).toEqual([
      ['kinds/a.json', true],
      ['kinds/b.json.gz', false],
      ['kinds/c.JSON.zst', false],
    ])
    expect((await list({ prefix: 'kinds', suffixes: ['.jsonl'] })).map(({ key }) => key)).toEqual(['kinds/d.jsonl'])
  })
})

describe('reading', () => {
  it('gives the bytes of any range, plain or compressed, in blocks that own their memory', async () => {
    const text = lines(20_000)
    await s3.put('logs', 'read/1.json', text)
    await s3.put('logs', 'read/2.json.gz', gzipSync(text))
    await s3.put(
      'logs',
      'read/3.json.zst',
      Buffer.concat([zstdCompressSync(text.slice(0, 700_000)), zstdCompressSync(text.slice(700_000))]),
    )
    for (const object of await list({ prefix: 'read' })) {
      const whole = await read(object)
      expect(whole.text === text).toBe(true)
      expect(whole.blocks.every((block) => block.byteLength === block.buffer.byteLength)).toBe(true)
      for (const [from, to] of [
        [0, 10],
        [333_333, 999_999],
        [text.length - 5, text.length + 50],
        [text.length, undefined],
      ] as const) {
        const part = await read(object, to === undefined ? { from } : { from, to })
        expect(part.text === text.slice(from, to)).toBe(true)
      }
    }
  })

  it('goes on from the last byte when the connection breaks or the body ends early', async () => {
    const text = lines(30_000)
    await s3.put('logs', 'reset/1.json', text)
    await s3.put('logs', 'reset/2.json.gz', gzipSync(text))
    for (const object of await list({ prefix: 'reset' })) {
      proxy.clear()
      proxy.fail(/^GET .*reset\/\d/, { kind: 'reset', afterBytes: 50_000 })
      proxy.fail(/^GET .*reset\/\d/, { kind: 'short', afterBytes: 30_000 })
      expect((await read(object)).text === text).toBe(true)
      const ranges = proxy.requests.filter((line) => line.includes('reset/')).map((line) => line.match(/bytes=(\d+)/)?.[1])
      expect(ranges).toEqual(['0', '50000', '80000'])
    }
  })

  it('gives up, for the runtime to retry, when no byte comes any more', async () => {
    await s3.put('logs', 'dead/1.json', lines(10_000))
    const object = await only('dead')
    proxy.fail(/^GET .*dead\/1/, { kind: 'reset', afterBytes: 0 }, 100)
    const { error } = await read(object)
    expect(error?.code).toBe('S3_UNAVAILABLE')
    expect(error?.evidence['retryAfterMs']).toBeGreaterThan(0)
  })

  it.each([
    ['gzip', 'json.gz', gzipSync, (part: Buffer) => gunzipSync(part, { finishFlush: constants.Z_SYNC_FLUSH })],
    ['zstd', 'json.zst', zstdCompressSync, (part: Buffer) => zstdDecompressSync(part, { finishFlush: constants.ZSTD_e_continue })],
  ] as const)('gives all that a truncated %s object holds, then says so', async (_kind, suffix, compress, readable) => {
    const text = lines(30_000, `select ${Math.E}`)
    const whole = compress(text)
    const part = whole.subarray(0, Math.floor(whole.length * 0.8))
    await s3.put('logs', `cut-${suffix}/1.${suffix}`, part)
    const { text: got, error } = await read(await only(`cut-${suffix}`))
    expect(error?.code).toBe('LOG_OBJECT_TRUNCATED')
    expect(got.length).toBeGreaterThan(text.length / 2)
    expect(got === readable(part).toString()).toBe(true)
  })

  it('does not take gzip under a plain name for lines', async () => {
    await s3.put('logs', 'masked/1.json', gzipSync(lines(3)))
    expect((await read(await only('masked'))).error?.code).toBe('LOG_OBJECT_CORRUPT')
    expect((await read(await only('masked'), { from: 0 }, { compression: 'gzip' })).text).toBe(lines(3))
  })

  it('reads an empty object as nothing, without asking for it', async () => {
    await s3.put('logs', 'empty/1.json', '')
    expect(await read(await only('empty'))).toMatchObject({ text: '', error: null })
    expect(proxy.requests.some((line) => line.includes('empty/1'))).toBe(false)
  })

  it('notices an object that is replaced between listing and reading, and within a broken read', async () => {
    await s3.put('logs', 'swap/1.json', lines(30_000))
    const object = await only('swap')
    proxy.fail(/^GET .*swap\/1/, { kind: 'reset', afterBytes: 400_000 })
    proxy.before(/^GET .*swap\/1/, () => s3.put('logs', 'swap/1.json', lines(30_000, 'select 2')))
    const during = await read(object)
    expect(during.error?.code).toBe('LOG_OBJECT_CHANGED')
    expect(lines(30_000).startsWith(during.text)).toBe(true)
    expect((await read(object)).error?.code).toBe('LOG_OBJECT_CHANGED')
    expect((await read(await only('swap'))).error).toBeNull()
  })

  it('stops within a second when told to, even while S3 is silent', async () => {
    await s3.put('logs', 'hang/1.json', lines(10))
    const object = await only('hang')
    proxy.fail(/^GET .*hang\/1/, { kind: 'hang' })
    const before = proxy.requests.length
    const reading = read(object).catch((error: unknown) => error)
    while (proxy.requests.length === before) await pause(5)
    host.abort()
    expect(await ownMs(reading)).toBeLessThan(1000)
    expect(await reading).toMatchObject({ message: 'stopped by the test' })
  })

  it('keeps no more of a large object than a few blocks', async () => {
    await s3.put('logs', 'large/1.json.gz', gzipSync(Buffer.alloc(256 * MIB, 32)))
    const object = await only('large')
    const before = await heldBytes()
    let [bytes, looked, most] = [0, 0, 0]
    for await (const block of log.read(source(), object, { from: 0 })) {
      bytes += block.length
      if (bytes - looked < 8 * MIB) continue
      looked = bytes
      most = Math.max(most, await heldBytes())
    }
    expect(bytes).toBe(256 * MIB)
    expect(most - before).toBeLessThan(48 * MIB) // what 16 KiB inflate to is 16 MiB at most; it is held as it came and as it is handed on
  })
})

describe('errors are told by name and status', () => {
  const cases = [
    [{ status: 503, code: 'SlowDown' }, 'S3_THROTTLED'],
    [{ status: 500, code: 'InternalError' }, 'S3_UNAVAILABLE'],
    [{ status: 403, code: 'AccessDenied' }, 'S3_ACCESS_DENIED'],
    [{ status: 400, code: 'KMS.DisabledException' }, 'S3_KMS_DENIED'],
    [{ status: 404, code: 'NoSuchKey' }, 'LOG_OBJECT_GONE'],
    [{ status: 403, code: 'InvalidObjectState' }, 'LOG_OBJECT_ARCHIVED'],
    [{ status: 403, code: 'SignatureDoesNotMatch' }, 'S3_CREDENTIALS_INVALID'],
    [{ status: 400, code: 'AuthorizationHeaderMalformed' }, 'S3_WRONG_REGION'],
  ] as const
  it.each(cases)('%j is %s', async (answer, code) => {
    await s3.put('logs', 'errors/1.json', lines(10))
    const object = await only('errors')
    proxy.fail(/^GET .*errors\/1/, { kind: 'error', ...answer }, 20)
    const { error } = await read(object)
    expect(error?.code).toBe(code)
    if (code === 'S3_ACCESS_DENIED') expect(error?.message).toContain('s3:GetObject')
  })

  it('a busy moment costs nothing', async () => {
    await s3.put('logs', 'busy/1.json', lines(10))
    const object = await only('busy')
    proxy.fail(/^GET .*busy\/1/, { kind: 'error', status: 503, code: 'SlowDown' }, 2)
    expect((await read(object)).text).toBe(lines(10))
  })

  it('a refused object that KMS encrypts is a refusal of its key', async () => {
    await s3.put('logs', 'kms/1.json', lines(10), {
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: 'arn:aws:kms:us-east-1:123456789012:key/k1',
    })
    const object = await only('kms')
    proxy.fail(/^GET .*kms\/1/, { kind: 'error', status: 403, code: 'AccessDenied' }, 2)
    const { error } = await read(object)
    expect(error?.code).toBe('S3_KMS_DENIED')
    expect(error?.message).toContain('key/k1')
  })

  it('a missing bucket is said plainly', async () => {
    await expect(list({ bucket: 'no-such-bucket' })).rejects.toMatchObject({ code: 'S3_BUCKET_MISSING' })
  })

  it('no place to connect to is a matter for a retry', async () => {
    await expect(list({ endpoint: 'http://127.0.0.1:1' })).rejects.toMatchObject({ code: 'S3_UNAVAILABLE' })
  })
})

describe('region', () => {
  it('is found when absent, and followed when wrong', async () => {
    await s3.createBucket('far-logs', 'eu-central-1')
    await s3.put('far-logs', 'a/1.json', lines(1))
    expect(await list({ bucket: 'far-logs', region: undefined })).toHaveLength(1)
    expect(await list({ bucket: 'far-logs', region: 'ap-south-1' })).toHaveLength(1)
    expect(host.lines.join()).toContain('eu-central-1')
    const [bucket] = await check({ bucket: 'far-logs', region: 'ap-south-1' })
    expect(bucket).toMatchObject({ step: 'bucket', status: 'warning', remedy: expect.stringContaining('eu-central-1') })
  })

  it('a redirect on the way is followed', async () => {
    await s3.put('logs', 'moved/1.json', lines(2))
    const object = await only('moved')
    proxy.fail(/^GET .*moved\/1/, {
      kind: 'error',
      status: 301,
      code: 'PermanentRedirect',
      headers: { 'x-amz-bucket-region': 'eu-west-1' },
    })
    expect((await read(object)).text).toBe(lines(2))
  })
})

describe('check', () => {
  const statuses = (results: readonly CheckResult[]) => results.map(({ step, status }) => `${step} ${status}`)

  it('passes step by step', async () => {
    await s3.put('logs', 'fine/1.json', lines(500))
    expect(statuses(await check({ prefix: 'fine' }))).toEqual([
      'bucket passed',
      'list passed',
      'read passed',
      'decrypt skipped',
      'records passed',
    ])
  })

  it('names the keys that are there, nearest first, for a key that is not', async () => {
    await s3.put('logs', 'keys/1.json', lines(5))
    const wrong = (await check({ prefix: 'keys', keys: { sql: 'QUERYTEXT' } })).at(-1)
    expect(wrong).toMatchObject({ step: 'records', status: 'failed', message: expect.stringMatching(/keys there: QUERY_TEXT, /) })
    const partly = (await check({ prefix: 'keys', keys: { sql: 'QUERY_TEXT', session: 'SESSIONID' } })).at(-1)
    expect(partly).toMatchObject({ status: 'warning', message: expect.stringContaining('keys.session (SESSIONID); near: SESSION_ID') })
  })

  it('names the profile that the AWS configuration does not have', async () => {
    const last = (await check({ prefix: 'shop', profile: 'nobody', accessKeyId: undefined, secretAccessKey: undefined })).at(-1)
    expect(last).toMatchObject({
      step: 'bucket',
      status: 'failed',
      message: expect.stringContaining('no credentials for the profile nobody'),
    })
  })

  it.each([
    ['pretty', JSON.stringify({ QUERY_TEXT: 'select 1', SCHEMA_NAME: 'x' }, null, 2), /span lines/],
    ['commas', '{"QUERY_TEXT":"a"},\n{"QUERY_TEXT":"b"},\n', /commas/],
    ['utf-16', Buffer.from('\uFEFF{"QUERY_TEXT":"a"}\n', 'utf16le'), /UTF-16/],
    ['text', 'select 1;\nselect 2;\n', /no line .* JSON object/],
  ])('says what is wrong with the shape of the file: %s', async (name, body, message) => {
    await s3.put('logs', `shape-${name}/1.json`, body)
    expect((await check({ prefix: `shape-${name}` })).at(-1)).toMatchObject({ status: 'failed', message: expect.stringMatching(message) })
  })

  it('understands an array, and an object with a byte order mark', async () => {
    await s3.put('logs', 'array/1.json', JSON.stringify([{ QUERY_TEXT: 'a' }, { QUERY_TEXT: 'b' }]))
    await s3.put('logs', 'bom/1.json', `\uFEFF{"QUERY_TEXT":"a"}\r\n\r\n{"QUERY_TEXT":"b"}\r\n`)
    for (const prefix of ['array', 'bom']) {
      expect((await check({ prefix, keys: { sql: 'QUERY_TEXT' } })).at(-1)).toMatchObject({
        status: 'passed',
        message: expect.stringContaining('2 of 2'),
      })
    }
  })

  it('says which suffixes there are when none matches', async () => {
    await s3.put('logs', 'other/1.ndjson', lines(5))
    expect((await check({ prefix: 'other' })).at(-1)).toMatchObject({
      step: 'list',
      status: 'failed',
      remedy: expect.stringContaining(".ndjson'"),
    })
  })

  it.each([
    ['list', /^GET \/logs\/?\?list/, { status: 403, code: 'AccessDenied' }, 's3:ListBucket'],
    ['read', /^GET .*denied\/1/, { status: 403, code: 'AccessDenied' }, 's3:GetObject'],
    ['decrypt', /^GET .*denied\/1/, { status: 403, code: 'KMS.AccessDeniedException' }, 'kms:Decrypt'],
  ] as const)('names the IAM action that is missing to %s', async (step, matches, answer, action) => {
    await s3.put('logs', 'denied/1.json', lines(5))
    proxy.fail(matches, { kind: 'error', ...answer }, 9)
    expect((await check({ prefix: 'denied' })).at(-1)).toMatchObject({ step, status: 'failed', remedy: expect.stringContaining(action) })
  })
})
