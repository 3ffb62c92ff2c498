import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { SecretSource } from '../activities/host/deps.ts'
import type { Catalog } from '../catalog/open.ts'
import { openSecret } from '../catalog/secrets.ts'
import { getStoredSecret } from '../catalog/stored-secrets.ts'
import { secretKeyOf } from '../deploy/secret-key.ts'
import { awsSecret } from './aws-secrets.ts'

/** Where references of this process lead: its environment, files of this machine, AWS by its credentials, and what was encrypted with its key. */
export function secretSource(
  env: Readonly<Record<string, string | undefined>>,
  home: string,
  catalog: () => Promise<Catalog>,
): SecretSource {
  return {
    env,
    readFile: (path) => readFile(resolve(path), 'utf8'),
    stored: async (name) => getStoredSecret((await catalog()).db, name),
    aws: awsSecret,
    open: async (sealed) => openSecret(sealed, secretKeyOf(env, home)),
  }
}
