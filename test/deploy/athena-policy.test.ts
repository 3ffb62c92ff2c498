import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GetObjectCommand, ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { athenaPolicy } from '../../deploy/iam/athena.ts'
import { type S3Server, startS3 } from '../support/s3.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const policy = athenaPolicy({ region: 'us-east-1', account: '123456789012', stagingDir: 's3://results/lodeline/' })

describe('the policy for Athena', () => {
  it('allows exactly the actions that the connector tries', async () => {
    const api = await readFile(join(ROOT, 'plugins/connectors/athena/api.ts'), 'utf8')
    const tried = new Set([...api.matchAll(/action: '([a-z]+:\w+)'/g)].map(([, action]) => action))
    tried.add('athena:StopQueryExecution') // sent without waiting when a run is stopped
    tried.delete('sts:AssumeRole') // the right of who assumes the role, not of the role
    const allowed = new Set(policy.Statement.flatMap(({ Action }) => Action).filter((action) => !action.startsWith('s3:')))
    expect([...allowed].sort()).toEqual([...tried].sort())
  })

  it('names the databases where only some are read, and refuses what would widen it', () => {
    const [read] = athenaPolicy({ region: 'cn-north-1', account: '123456789012', databases: ['shop'] }).Statement
    expect(read?.Resource).toEqual(
      ['catalog', 'database/shop', 'table/shop/*'].map((resource) => `arn:aws-cn:glue:cn-north-1:123456789012:${resource}`),
    )
    for (const bad of [{ account: '1' }, { region: '*' }, { databases: ['*'] }, { stagingDir: 's3://b/*' }, { workgroup: '*' }]) {
      expect(() => athenaPolicy({ region: 'eu-west-1', account: '123456789012', ...bad })).toThrow(
        expect.objectContaining({ code: 'POLICY_INVALID' }),
      )
    }
  })

  it("is of the catalog that is read: another account's, or S3 Tables in one's own", () => {
    const read = (catalogId: string, databases: readonly string[] = []) =>
      athenaPolicy({ region: 'eu-west-1', account: '123456789012', catalogId, databases }).Statement[0]?.Resource
    const arn = (account: string) => (resource: string) => `arn:aws:glue:eu-west-1:${account}:${resource}`
    expect(read('210987654321')).toEqual(['catalog', 'database/*', 'table/*'].map(arn('210987654321')))
    expect(read('s3tablescatalog/lake', ['shop'])).toEqual(
      [
        'catalog',
        'catalog/s3tablescatalog',
        'catalog/s3tablescatalog/lake',
        'database/s3tablescatalog/lake/shop',
        'table/s3tablescatalog/lake/shop/*',
      ].map(arn('123456789012')),
    )
    expect(() => read('s3tablescatalog/*')).toThrow(expect.objectContaining({ code: 'POLICY_INVALID' }))
  })

  describe('with IAM enforced', () => {
    let s3: S3Server
    beforeAll(async () => {
      s3 = await startS3()
    })
    afterAll(() => s3.stop())

    it('lets results be written and read below the staging directory, and nowhere else', async () => {
      await s3.createBucket('results')
      const user = await s3.createUser('reader', policy)
      await s3.enforceIam(true)
      const client = new S3Client({ endpoint: s3.endpoint, region: 'us-east-1', forcePathStyle: true, credentials: user })
      const put = (key: string) => client.send(new PutObjectCommand({ Bucket: 'results', Key: key, Body: 'x' }))
      try {
        await put('lodeline/one.csv')
        await client.send(new GetObjectCommand({ Bucket: 'results', Key: 'lodeline/one.csv' }))
        await expect(put('other/one.csv')).rejects.toMatchObject({ name: 'AccessDenied' })
        await expect(client.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'AccessDenied' })
      } finally {
        await s3.enforceIam(false)
        client.destroy()
      }
    })
  })
})
