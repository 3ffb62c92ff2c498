import { LodelineError } from '../contracts/errors.ts'

/**
 * Secrets of AWS, by the worker's own credentials and region (the SDK's default chain): `aws-sm:ID` or `aws-sm:ID#key` of a JSON
 * secret in Secrets Manager, `ssm:NAME` in Parameter Store. The SDK is loaded when the first reference is met.
 */
export async function awsSecret(scheme: 'aws-sm' | 'ssm', name: string): Promise<string> {
  const [, id = '', key] = /^([^#]+)(?:#(.+))?$/.exec(name) ?? []
  try {
    const text = scheme === 'ssm' ? await parameter(id) : await secretString(id)
    return key === undefined ? text : memberOf(text, key)
  } catch (error) {
    if (error instanceof LodelineError) throw error
    const reason = error instanceof Error ? error.name : 'unknown error' // the message may quote what it was asked with
    throw new LodelineError(
      'SECRET_UNRESOLVED',
      `${scheme}:${id} cannot be read by the worker (${reason}); it needs ${ACTIONS[scheme]} on it`,
      {},
      error,
    )
  }
}

const ACTIONS = { 'aws-sm': 'secretsmanager:GetSecretValue', ssm: 'ssm:GetParameter, and kms:Decrypt on its key,' }

async function secretString(id: string): Promise<string> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager')
  const client = new SecretsManagerClient({})
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: id }))
    return SecretString ?? missing(`aws-sm:${id} holds bytes, not text`)
  } finally {
    client.destroy()
  }
}

async function parameter(name: string): Promise<string> {
  const { GetParameterCommand, SSMClient } = await import('@aws-sdk/client-ssm')
  const client = new SSMClient({})
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }))
    return Parameter?.Value ?? missing(`ssm:${name} has no value`)
  } finally {
    client.destroy()
  }
}

function memberOf(text: string, key: string): string {
  try {
    const value: unknown = (JSON.parse(text) as Record<string, unknown>)[key] // looked at below
    if (typeof value === 'string' || typeof value === 'number') return String(value)
  } catch {
    missing('the secret is no JSON, so it has no keys')
  }
  return missing(`the secret has no key ${key}`)
}

function missing(what: string): never {
  throw new LodelineError('SECRET_UNRESOLVED', what)
}
