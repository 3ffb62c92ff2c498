import { describe, expect, test } from '@jest/globals'
import { classify } from '../../activities/host/failures.ts'
import { substituteItem } from '../../activities/host/items.ts'
import { guardPayload } from '../../activities/host/payload.ts'
import { redactor } from '../../activities/host/redact.ts'
import { resolveSecrets } from '../../activities/host/secrets.ts'
import { nestCounts } from '../../catalog/run-counts.ts'
import { readParams } from '../../contracts/dag-params.ts'
import { LodelineError } from '../../contracts/errors.ts'

const plain = (text: string): string => text

describe('errors are classified where they are alive', () => {
  const aws = (status: number) => Object.assign(new Error('from AWS'), { $metadata: { httpStatusCode: status } })
  const rows: readonly (readonly [string, unknown, string, boolean])[] = [
    ['our own, by the table', new LodelineError('ASSETS_MISSING', 'x'), 'ASSETS_MISSING', false],
    ['our own that may pass', new LodelineError('CATALOG_CONFLICT', 'x'), 'CATALOG_CONFLICT', true],
    ['AWS: denied', aws(403), 'ACCESS_DENIED', false],
    ['AWS: throttled', aws(429), 'SOURCE_BUSY', true],
    ['AWS: broken', aws(503), 'SOURCE_BUSY', true],
    ['Postgres: connection lost', Object.assign(new Error('x'), { code: '08006' }), 'SOURCE_UNREACHABLE', true],
    ['Postgres: deadlock', Object.assign(new Error('x'), { code: '40P01' }), 'SOURCE_UNREACHABLE', true],
    ['a refused connection', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'SOURCE_UNREACHABLE', true],
    ['a busy SQLite file', Object.assign(new Error('database is locked'), { errcode: 5 }), 'CATALOG_CONFLICT', true],
    [
      'what caused it counts',
      new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) }),
      'SOURCE_UNREACHABLE',
      true,
    ],
    ['anything else', new Error('a driver says no'), 'INTERNAL', true],
  ]
  for (const [name, error, code, retry] of rows) test(name, () => expect(classify(error, plain)).toMatchObject({ code, retry }))

  test('a fault in the program is tried once more, and no further', () => {
    const fault = new TypeError('x is not a function')
    expect([1, 2, 20].map((attempt) => classify(fault, plain, attempt).retry)).toEqual([true, false, false])
  })

  test('a server that says when to come again is heard', () => {
    expect(classify(new LodelineError('SOURCE_BUSY', 'slow down', { retryAfterMs: 5000 }), plain).retryAfterMs).toBe(5000)
  })
})

describe('redaction', () => {
  const redact = redactor(new Set(['s3cr3t-value', 'abc']))
  const rows: readonly (readonly [string, string])[] = [
    ['connect s3cr3t-value now', 'connect *** now'],
    ['postgres://user:pa55@host/db', 'postgres://user:***@host/db'],
    ['Authorization: Bearer abcdefghijklmnop', 'Authorization: ***'],
    ['{"password":"x y","a":1}', '{"password":"*** y","a":1}'],
    ['key AKIAABCDEFGHIJKLMNOP used', 'key *** used'],
    ['Basic dXNlcjpzM2NyM3QtdmFsdWU=', 'Basic dXNlcjp***U='],
    ['https://h/?p=s3cr3t-value&q=%22', 'https://h/?p=***&q=%22'],
    ['the alphabet abc stays', 'the alphabet abc stays'],
  ]
  for (const [text, clean] of rows) test(clean, () => expect(redact(text)).toBe(clean))
  test('a long message is cut', () => expect(redact('x'.repeat(10_000)).length).toBeLessThan(2100))
})

describe('secrets', () => {
  const source = {
    env: { TOKEN: 'from-env' },
    readFile: async (path: string) => (path === '/run/key' ? 'from-file\n' : Promise.reject(new Error('ENOENT'))),
    stored: async (name: string) => (name === 'kept' ? 'enc:kept' : null),
    aws: async (scheme: string, name: string) => `${scheme} of ${name}`,
    open: async (sealed: string) => `opened ${sealed}`,
  }
  test('references are replaced at any depth, and remembered for redaction', async () => {
    const seen = new Set<string>()
    const config = {
      a: 'env:TOKEN',
      b: ['file:/run/key', { c: 'enc:xyz' }],
      d: 'secret:kept',
      e: 'ssm:/shop/key',
      url: 'file:///data',
      n: 1,
    }
    expect(await resolveSecrets(config, source, seen)).toEqual({
      a: 'from-env',
      b: ['from-file', { c: 'opened enc:xyz' }],
      d: 'opened enc:kept',
      e: 'ssm of /shop/key',
      url: 'file:///data',
      n: 1,
    })
    expect([...seen].sort()).toEqual(['from-env', 'from-file', 'opened enc:kept', 'opened enc:xyz', 'ssm of /shop/key'])
  })
  test('a missing one is named, without a value', async () => {
    await expect(resolveSecrets({ a: 'env:NOPE' }, source, new Set())).rejects.toMatchObject({
      code: 'SECRET_UNRESOLVED',
      message: expect.stringContaining('NOPE'),
    })
    await expect(resolveSecrets({ a: 'secret:nope' }, source, new Set())).rejects.toMatchObject({ code: 'SECRET_UNRESOLVED' })
    await expect(resolveSecrets({ a: 'file:/nope' }, source, new Set())).rejects.toMatchObject({ code: 'SECRET_UNRESOLVED' })
  })
})

describe('small parts', () => {
  test('counts nest by their dot', () => {
    expect(nestCounts({ records: 3, 'deadLetters.BAD_JSON': 1, 'deadLetters.MISSING_SQL': 2 })).toEqual({
      records: 3,
      deadLetters: { BAD_JSON: 1, MISSING_SQL: 2 },
    })
  })
  test('items fill the input', () => {
    expect(
      substituteItem({ key: '$item.key', all: '$item', none: '$item.x.y', text: '$items', deep: [{ k: '$item.key' }] }, { key: 'a' }),
    ).toEqual({
      key: 'a',
      all: { key: 'a' },
      none: null,
      text: '$items',
      deep: [{ k: 'a' }],
    })
  })
  test('parameters have defaults and types', () => {
    const schema = { day: { type: 'string' as const, default: 'monday' }, n: { type: 'number' as const }, any: { type: 'json' as const } }
    expect(readParams(schema, { n: 1, any: [1] })).toEqual({ day: 'monday', n: 1, any: [1] })
    expect(() => readParams(schema, { n: 'x' })).toThrow('params.n must be a number, not a string')
    expect(() => readParams(schema, { dya: 'x' })).toThrow('params.dya: the pipeline has no such parameter; there are day')
  })
  test('a payload is what a history holds', () => {
    expect(guardPayload({ a: undefined, d: new Date(0) } as object, 'x')).toEqual({ d: '1970-01-01T00:00:00.000Z' })
    expect(() => guardPayload('x'.repeat(300_000), 'it')).toThrow('it is 300002 bytes; at most 262144 may pass through Temporal')
  })
})
