import { LodelineError } from '../../contracts/errors.ts'
import type { SecretSource } from './deps.ts'

/** Every string that is a secret reference is replaced by its value, at any depth; each value is added to `seen`, for redaction. */
export async function resolveSecrets<Value>(value: Value, source: SecretSource, seen: Set<string>): Promise<Value> {
  if (typeof value === 'string') return (await resolveText(value, source, seen)) as Value // a string for a string
  if (Array.isArray(value)) return (await Promise.all(value.map((one) => resolveSecrets(one, source, seen)))) as Value // as above
  if (value === null || typeof value !== 'object') return value
  const entries = await Promise.all(Object.entries(value).map(async ([key, one]) => [key, await resolveSecrets(one, source, seen)]))
  return Object.fromEntries(entries) as Value // the same keys
}

async function resolveText(text: string, source: SecretSource, seen: Set<string>): Promise<string> {
  const [, scheme, name = ''] = /^(env|file|secret|enc|aws-sm|ssm):(.*)$/s.exec(text) ?? []
  if (scheme === undefined) return text
  if (scheme === 'file' && name.startsWith('//')) return text // file:///… is a place, not a secret
  const secret = await look(scheme, name, source)
  seen.add(secret)
  return secret
}

async function look(scheme: string, name: string, { env, readFile, stored, aws, open }: SecretSource): Promise<string> {
  if (scheme === 'env') {
    const value = env[name]
    if (value === undefined) throw new LodelineError('SECRET_UNRESOLVED', `The environment variable ${name} is not set in the worker`)
    return value
  }
  if (scheme === 'file') {
    try {
      return (await readFile(name)).trim()
    } catch (error) {
      throw new LodelineError('SECRET_UNRESOLVED', `The secret file ${name} cannot be read by the worker`, {}, error)
    }
  }
  if (scheme === 'secret') {
    const sealed = await stored(name)
    if (sealed === null)
      throw new LodelineError('SECRET_UNRESOLVED', `There is no secret ${name} in the catalog: \`lodeline secret set ${name}\` makes it`)
    return open(sealed)
  }
  if (scheme === 'enc') return open(`enc:${name}`)
  return aws(scheme === 'ssm' ? 'ssm' : 'aws-sm', name)
}
