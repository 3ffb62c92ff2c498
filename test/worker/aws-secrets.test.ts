import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { awsSecret } from '../../worker/aws-secrets.ts'
import { type S3Server, startS3 } from '../support/s3.ts'

/** moto serves Secrets Manager and Parameter Store at the address of its S3. */
let aws: S3Server
const before = { ...process.env }

beforeAll(async () => {
  aws = await startS3()
})
afterAll(() => aws.stop())
beforeEach(() => {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  })
})
afterEach(() => {
  process.env = { ...before }
})

describe('secrets of AWS', () => {
  test('a text, a key of a JSON text, and an encrypted parameter', async () => {
    const manager = new SecretsManagerClient({})
    await manager.send(new CreateSecretCommand({ Name: 'plain', SecretString: 's3cret' }))
    await manager.send(new CreateSecretCommand({ Name: 'warehouse', SecretString: '{"user":"miner","password":"pw-1"}' }))
    await new SSMClient({}).send(new PutParameterCommand({ Name: '/lodeline/key', Value: 'parameter-1', Type: 'SecureString' }))
    expect(await awsSecret('aws-sm', 'plain')).toBe('s3cret')
    expect(await awsSecret('aws-sm', 'warehouse#password')).toBe('pw-1')
    expect(await awsSecret('ssm', '/lodeline/key')).toBe('parameter-1')
  })

  test('what is not there is named with the action that reading needs, and no value', async () => {
    await expect(awsSecret('aws-sm', 'nothing')).rejects.toMatchObject({
      code: 'SECRET_UNRESOLVED',
      message: expect.stringMatching(/aws-sm:nothing .*secretsmanager:GetSecretValue/),
    })
    await expect(awsSecret('ssm', '/nothing')).rejects.toMatchObject({
      code: 'SECRET_UNRESOLVED',
      message: expect.stringMatching(/ParameterNotFound.*ssm:GetParameter/),
    })
    await new SecretsManagerClient({}).send(new CreateSecretCommand({ Name: 'other', SecretString: '{"a":"hidden-value"}' }))
    const failure = await awsSecret('aws-sm', 'other#b').catch((error: unknown) => String(error))
    expect(failure).toContain('has no key b')
    expect(failure).not.toContain('hidden-value')
  })
})
