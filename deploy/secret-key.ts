import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { loadSecretKey } from '../catalog/secrets.ts'

/** The key that secrets at rest are encrypted with: LODELINE_KEY, else a file under the home that is made when it is missing. */
export function secretKeyOf(env: Readonly<Record<string, string | undefined>>, home: string): KeyObject {
  return loadSecretKey({ value: env['LODELINE_KEY'], file: join(home, 'secret.key') })
}
