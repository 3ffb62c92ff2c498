import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { QueryLog } from '../../contracts/plugin.ts'
import { type PolicySet, policy, s3QueryLogPolicies } from '../../deploy/iam/policy.ts'
import { plugin } from '../../plugins/query-logs/s3/plugin.ts'
import { all, testHost } from '../support/host.ts'
import { pythonProgram } from '../support/python.ts'
import { type S3Server, startS3 } from '../support/s3.ts'

const run = promisify(execFile)
const ROLE = 'arn:aws:iam::123456789012:role/lodeline'
const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const FOLDER = join(import.meta.dirname, '..', '..', 'deploy', 'iam', 's3-query-log')

describe('policies', () => {
  it('give listing and reading below the prefix, and nothing else', () => {
    const { identity, bucket, key } = policy('s3-query-log', { bucket: 's3://logs/', prefix: '/shop' })
    expect(identity.Statement).toEqual([
      { Sid: 'LocateBucket', Effect: 'Allow', Action: 's3:GetBucketLocation', Resource: 'arn:aws:s3:::logs' },
      {
        Sid: 'ListQueryLog',
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::logs',
        Condition: { StringLike: { 's3:prefix': 'shop/*' } },
      },
      { Sid: 'ReadQueryLog', Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::logs/shop/*' },
    ])
    expect([bucket, key]).toEqual([null, null])
  })

  it('name the reader in the policies of bucket and key', () => {
    const { identity, bucket, key } = policy('s3-query-log', {
      bucket: 'logs',
      prefix: 'shop/',
      roleArn: ROLE,
      kmsKey: KEY,
      accountId: '123456789012',
    })
    expect(bucket?.Statement.every(({ Principal }) => Principal?.AWS === ROLE)).toBe(true)
    expect(key?.Statement).toEqual([
      {
        Sid: 'DecryptQueryLog',
        Effect: 'Allow',
        Principal: { AWS: ROLE },
        Action: 'kms:Decrypt',
        Resource: '*',
        Condition: { StringEquals: { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' } },
      },
    ])
    expect(identity.Statement.at(-1)).toMatchObject({ Action: 'kms:Decrypt', Resource: KEY })
    expect(identity.Statement[1]?.Condition).toEqual({
      StringEquals: { 's3:ResourceAccount': '123456789012' },
      StringLike: { 's3:prefix': 'shop/*' },
    })
  })

  it.each([
    [{ bucket: 'Logs_1' }, 'bucket'],
    [{ bucket: 'logs', prefix: 'a*/b' }, 'prefix'],
    [{ bucket: 'logs', prefix: '${aws:username}' }, 'prefix'],
    [{ bucket: 'logs', roleArn: '*' }, 'role-arn'],
    [{ bucket: 'logs', kmsKey: 'arn:aws:kms:eu-west-1:123456789012:alias/logs' }, 'kms-key'],
    [{ bucket: 'logs', accountId: '1' }, 'account-id'],
  ])('refuse %j', (access, argument) => {
    expect(() => policy('s3-query-log', access)).toThrow(expect.objectContaining({ code: 'POLICY_INVALID', evidence: { argument } }))
  })

  it.each([
    ['shop', ['shop/', 'shop/2026/'], ['', 'other/', 'shop-old/', 'sho']],
    ['shop/2026-*', ['shop/2026-', 'shop/2026-01'], ['shop/', 'shop/2025-01']],
  ])('let nothing be listed but %s', (prefix, allowed, refused) => {
    // The S3 server of these tests does not evaluate conditions; AWS's StringLike has the wildcards * and ?.
    const { identity } = policy('s3-query-log', { bucket: 'logs', prefix })
    const like = identity.Statement.find(({ Action }) => Action === 's3:ListBucket')?.Condition?.['StringLike']?.['s3:prefix']
    const pattern = new RegExp(
      `^${String(like)
        .replace(/[.+^$()|[\]\\{}]/g, '\\$&')
        .replaceAll('*', '.*')}$`,
    )
    expect(allowed.filter((asked) => !pattern.test(asked))).toEqual([])
    expect(refused.filter((asked) => pattern.test(asked))).toEqual([])
  })

  it('know no other kind', () => {
    expect(() => policy('s3-query-logs', { bucket: 'logs' })).toThrow(/s3-query-log/)
  })

  it('are the same in the files with placeholders', async () => {
    const set = s3QueryLogPolicies({
      bucket: '<bucket>',
      prefix: '<prefix>/',
      roleArn: '<role-arn>',
      kmsKey: 'arn:aws:kms:<region>:<account-id>:key/<key-id>',
    })
    for (const [name, document] of Object.entries(set)) {
      expect(JSON.parse(await readFile(join(FOLDER, `${name}-policy.json`), 'utf8'))).toEqual(document)
    }
  })

  it('satisfy parliament, the linter for IAM', async () => {
    const { identity } = policy('s3-query-log', { bucket: 'logs', prefix: 'shop', roleArn: ROLE, kmsKey: KEY })
    const parliament = await pythonProgram('parliament')
    const lint = (document: PolicySet['identity']) =>
      run(parliament, ['--string', JSON.stringify(document)]).then(
        ({ stdout }) => stdout,
        ({ stdout }) => String(stdout),
      )
    expect(await lint(identity)).toBe('')
    expect(await lint({ ...identity, Statement: [{ Sid: 'Bad', Effect: 'Allow', Action: 's3:ReadEverything', Resource: '*' }] })).toContain(
      'Unknown action',
    )
  })
})

describe('a user with exactly this policy', () => {
  const [log] = plugin.queryLogs as [QueryLog]
  let s3: S3Server
  type Key = { readonly accessKeyId: string; readonly secretAccessKey: string }
  let [key, assumer, role]: [Key, Key, string] = [{ accessKeyId: '', secretAccessKey: '' }, { accessKeyId: '', secretAccessKey: '' }, '']

  beforeAll(async () => {
    s3 = await startS3()
    for (const bucket of ['logs', 'elsewhere']) await s3.createBucket(bucket)
    for (const name of ['shop/1.json', 'other/1.json']) await s3.put('logs', name, '{"QUERY_TEXT":"select 1"}\n')
    const { identity } = policy('s3-query-log', { bucket: 'logs', prefix: 'shop' })
    key = await s3.createUser('reader', identity)
    role = await s3.createRole('log-reader', 'acme-1', identity)
    const assume = { Sid: 'Assume', Effect: 'Allow', Action: 'sts:AssumeRole', Resource: role }
    assumer = await s3.createUser('assumer', { Version: '2012-10-17', Statement: [assume] })
    await s3.enforceIam(true)
  })
  afterAll(async () => {
    await s3?.enforceIam(false)
    await s3?.stop()
  })

  const options = (more: object) => log.options.parse({ bucket: 'logs', endpoint: s3.endpoint, region: 'us-east-1', ...key, ...more })
  const source = (prefix: string) => ({ connection: 'shop', config: options({ prefix }), host: testHost() })

  it('lists and reads the prefix', async () => {
    const objects = await all(log.list(source('shop')))
    expect(objects.map(({ key: name }) => name)).toEqual(['shop/1.json'])
    const [object] = objects
    if (object === undefined) throw new Error('nothing listed')
    expect(Buffer.concat(await all(log.read(source('shop'), object, { from: 0 }))).toString()).toContain('select 1')
    if (log.check === undefined) throw new Error('no check')
    expect((await all(log.check(source('shop')))).map(({ step, status }) => `${step} ${status}`)).toEqual([
      'bucket passed',
      'list passed',
      'read passed',
      'decrypt skipped',
      'records warning',
    ])
  })

  it('neither lists nor reads anything else', async () => {
    await expect(all(log.list({ ...source(''), config: options({ bucket: 'elsewhere' }) }))).rejects.toMatchObject({
      code: 'S3_ACCESS_DENIED',
      evidence: { action: 's3:ListBucket' },
    })
    const [object] = await all(log.list(source('shop')))
    if (object === undefined) throw new Error('nothing listed')
    await expect(all(log.read(source('shop'), { ...object, key: 'other/1.json' }, { from: 0 }))).rejects.toMatchObject({
      code: 'S3_ACCESS_DENIED',
      message: expect.stringContaining('s3:GetObject'),
    })
  })

  it('may be a role that is assumed with its external id', async () => {
    const assuming = (externalId: string) => ({
      ...source('shop'),
      config: options({ prefix: 'shop', ...assumer, roleArn: role, externalId, stsEndpoint: s3.endpoint }),
    })
    expect(await all(log.list(assuming('acme-1')))).toHaveLength(1)
    await expect(all(log.list(assuming('other-2')))).rejects.toMatchObject({
      code: 'S3_CREDENTIALS_INVALID',
      message: expect.stringContaining('sts:AssumeRole'),
    })
  })

  it('is told apart from wrong keys', async () => {
    const wrong = { ...source('shop'), config: options({ accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' }) }
    await expect(all(log.list(wrong))).rejects.toMatchObject({ code: 'S3_CREDENTIALS_INVALID' })
  })
})
