import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { CheckResult } from '../../../contracts/plugin.ts'
import { athenaSource, connector, fail } from '../../support/athena-source.ts'
import { addDatabase, execution, glueTable, glueView } from '../../support/athena-world.ts'
import { all } from '../../support/host.ts'
import { type S3Server, startS3 } from '../../support/s3.ts'

const fake = athenaSource()
const { source, read } = fake

describe('Athena connection check', () => {
  const steps = async (config: object = {}) => (await all(connector.check?.(source(config)) ?? fail())) as readonly CheckResult[]
  const results = (list: readonly CheckResult[]) => Object.fromEntries(list.map(({ step, status }) => [step, status]))
  beforeEach(() => {
    addDatabase(fake.aws.world, 'shop', [glueTable('orders'), glueView('v', 'SELECT 1')])
    fake.aws.world.workGroups.set('primary', {
      State: 'ENABLED',
      Configuration: { ResultConfiguration: { OutputLocation: 's3://results/' } },
      history: [execution('SELECT 1')],
    })
  })

  it('goes step by step', async () => {
    expect(results(await steps())).toEqual({
      CheckAccess: 'passed',
      GetSchemas: 'passed',
      GetTables: 'passed',
      GetViews: 'passed',
      QueryHistory: 'passed',
      LakeFormation: 'passed',
      StagingDirectory: 'passed',
    })
  })

  it.each([
    ['CheckAccess', 'athena:StartQueryExecution'],
    ['CheckAccess', 'athena:GetQueryExecution'],
    ['CheckAccess', 'athena:GetQueryResults'],
    ['GetSchemas', 'glue:GetDatabases'],
    ['GetTables', 'glue:GetTables'],
    ['QueryHistory', 'athena:ListWorkGroups'],
    ['QueryHistory', 'athena:ListQueryExecutions'],
    ['QueryHistory', 'athena:BatchGetQueryExecution'],
    ['LakeFormation', 'lakeformation:GetResourceLFTags'],
    ['StagingDirectory', 'athena:GetWorkGroup'],
  ])('OpenMetadata #18781: fails at %s when %s is denied, and names the action', async (step, action) => {
    fake.aws.deny(action)
    const failed = (await steps()).find((one) => one.step === step)
    expect(failed?.status).toBe('failed')
    expect(failed?.remedy).toContain(`Allow ${action}`)
  })

  it('says what is wrong with workgroup and staging directory', async () => {
    expect((await steps({ workgroup: 'none' }))[0]).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('WorkGroup none is not found'),
    })
    fake.aws.world.workGroups.set('primary', { State: 'ENABLED', history: [] })
    expect((await steps()).at(-1)).toMatchObject({ status: 'warning', remedy: expect.stringContaining('s3StagingDir') })
  })

  it('takes an empty listing for a warning: Lake Formation hides tables by listing nothing', async () => {
    fake.aws.world.catalogs.set('', new Map())
    expect(results(await steps())).toMatchObject({ GetSchemas: 'warning', GetTables: 'warning' })
  })
})

describe('Athena connection', () => {
  it('needs the region alone, and says what does not go together', () => {
    expect(connector.config.safeParse({ region: 'eu-west-1' }).success).toBe(true)
    for (const bad of [
      {},
      { region: 'x' },
      { region: 'eu-west-1', accessKeyId: 'a' },
      { region: 'eu-west-1', externalId: 'ext' },
      { region: 'eu-west-1', sessionToken: 't' },
      { region: 'eu-west-1', s3StagingDir: '/tmp' },
      { region: 'eu-west-1', regoin: 'x' },
    ]) {
      expect(connector.config.safeParse(bad).success).toBe(false)
    }
  })

  it('OpenMetadata #24551, #25356, #28929: every call to Glue and Lake Formation names the catalog, of another account or of S3 Tables', async () => {
    const tables = 's3tablescatalog/facts'
    for (const id of ['210987654321', tables])
      addDatabase(fake.aws.world, 'shop', [glueTable('orders'), glueView('v', 'SELECT 1')], { catalog: id })
    expect(
      (await read({ catalogId: '210987654321', catalogName: 'partner' }, { includeTags: true })).assets.map(({ path }) => path.join('.')),
    ).toEqual(['partner', 'partner.shop', 'partner.shop.orders', 'partner.shop.v'])
    expect((await read({ catalogId: tables }, { includeTags: true })).assets[0]?.path).toEqual([tables])
    await connector.exists?.(source({ catalogId: tables }), [tables, 'shop', 'orders'])
    const asked = fake.aws.calls.filter(({ action }) => !action.startsWith('athena:'))
    expect(asked.length).toBeGreaterThan(8)
    expect(asked.filter(({ body }) => body.CatalogId !== '210987654321' && body.CatalogId !== tables)).toEqual([])
  })

  it('signs with the keys of the named profile, with the keys given, or with those of the environment', async () => {
    addDatabase(fake.aws.world, 'shop', [glueTable('orders')])
    const folder = await mkdtemp(join(tmpdir(), 'profiles-'))
    const files = { AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'), AWS_CONFIG_FILE: join(folder, 'config') }
    await writeFile(
      files.AWS_SHARED_CREDENTIALS_FILE,
      '[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = x\n[lake]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = y\n',
    )
    await writeFile(files.AWS_CONFIG_FILE, '[profile lake]\nregion = eu-west-1\n')
    const before = { ...process.env }
    const none = { accessKeyId: undefined, secretAccessKey: undefined }
    const signedBy = async (config: object) => {
      const before = fake.aws.calls.length
      await read(config)
      return [...new Set(fake.aws.calls.slice(before).map(({ accessKey }) => accessKey))]
    }
    try {
      Object.assign(process.env, files)
      expect(await signedBy({ ...none, profile: 'lake' })).toEqual(['AKIAPROFILE'])
      expect(await signedBy(none)).toEqual(['AKIADEFAULT'])
      expect(await signedBy({ profile: 'lake' })).toEqual(['AKIATEST'])
      Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIAENVIRONMENT', AWS_SECRET_ACCESS_KEY: 'z' })
      expect(await signedBy(none)).toEqual(['AKIAENVIRONMENT'])
      expect(await signedBy({ ...none, profile: 'lake' })).toEqual(['AKIAPROFILE'])
      await expect(signedBy({ ...none, profile: 'nobody' })).rejects.toMatchObject({ code: 'ATHENA_CREDENTIALS_INVALID' })
    } finally {
      for (const name of Object.keys(process.env)) if (before[name] === undefined) delete process.env[name]
      await rm(folder, { recursive: true })
    }
  })

  it('says who it is to the role it assumes: session name, source identity and external id', async () => {
    addDatabase(fake.aws.world, 'shop', [glueTable('orders')])
    const asked: URLSearchParams[] = []
    const sts = createServer((request, response) => {
      void text(request).then((body) => {
        asked.push(new URLSearchParams(body))
        response
          .writeHead(200, { 'content-type': 'text/xml' })
          .end(
            `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAASSUMED</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
          )
      })
    }).listen(0, '127.0.0.1')
    await once(sts, 'listening')
    const address = sts.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const role = { assumeRoleArn: 'arn:aws:iam::210987654321:role/reader', endpoints: { sts: `http://127.0.0.1:${port}` } }
    try {
      await read(role)
      await read({ ...role, assumeRoleSessionName: 'nightly', assumeRoleSourceIdentity: 'ann@example.com', externalId: 'lake-1' })
      const said = asked.map((body) => ['RoleArn', 'RoleSessionName', 'SourceIdentity', 'ExternalId'].map((name) => body.get(name)))
      expect(said).toEqual([
        [role.assumeRoleArn, 'lodeline', null, null],
        [role.assumeRoleArn, 'nightly', 'ann@example.com', 'lake-1'],
      ])
      expect(new Set(fake.aws.calls.map(({ accessKey }) => accessKey))).toEqual(new Set(['ASIAASSUMED']))
    } finally {
      sts.closeAllConnections()
      sts.close()
    }
  })

  describe('with a role of another account', () => {
    let moto: S3Server
    beforeAll(async () => {
      moto = await startS3()
    })
    afterAll(() => moto.stop())

    it('assumes it with the external id, and is refused with a wrong one', async () => {
      const role = await moto.createRole('reader', 'ext-1', {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'glue:GetTables', Resource: '*' }],
      })
      const user = await moto.createUser('caller', {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }],
      })
      await moto.enforceIam(true)
      addDatabase(fake.aws.world, 'shop', [glueTable('orders')])
      const config = {
        accessKeyId: user.accessKeyId,
        secretAccessKey: user.secretAccessKey,
        endpoints: { sts: moto.endpoint },
        assumeRoleArn: role,
      }
      try {
        expect((await read({ ...config, externalId: 'ext-1' })).assets).toHaveLength(3)
        expect(new Set(fake.aws.calls.map(({ accessKey }) => accessKey))).not.toContain(user.accessKeyId)
        await expect(read({ ...config, externalId: 'wrong' })).rejects.toMatchObject({
          code: 'ATHENA_ACCESS_DENIED',
          message: expect.stringContaining(`sts:AssumeRole on ${role}`),
        })
      } finally {
        await moto.enforceIam(false)
      }
    })
  })
})
