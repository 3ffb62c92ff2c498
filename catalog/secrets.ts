import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { LodelineError } from '../contracts/errors.ts'
import { SECRET_REFERENCE } from '../contracts/secret.ts'
import { makeFolder } from './make-folder.ts'

/** Secret values at rest: `enc:v1:` and, in base64url, nonce, tag and ciphertext of AES-256-GCM. */

const SCHEME = 'enc:v1:'
const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
/** Sizes that NIST SP 800-38D recommends. */
const NONCE_BYTES = 12
const TAG_BYTES = 16

export interface KeySource {
  /** LODELINE_KEY: 32 bytes as hex or base64. Where it is given, the file is not looked at. */
  readonly value?: string | undefined
  /** Made with a random key, for its owner alone, when it is missing. */
  readonly file: string
}

export function loadSecretKey({ value, file }: KeySource): KeyObject {
  if (value !== undefined && value !== '') return keyOf(value, 'LODELINE_KEY')
  return keyOf(keyFile(file), `the key file ${file}`)
}

function keyFile(file: string): string {
  try {
    makeFolder(dirname(file))
    // `wx`: of two processes that start at once, one makes it and the other reads it.
    writeFileSync(file, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { flag: 'wx', mode: 0o600 })
    chmodSync(file, 0o600)
  } catch (error) {
    if (!isExisting(error)) throw new LodelineError('CONFIG_INVALID', `the key file ${file} cannot be made`, {}, error)
  }
  const { mode } = statSync(file)
  if ((mode & 0o077) !== 0) throw new LodelineError('CONFIG_INVALID', `the key file ${file} can be read by others: chmod 600 it`)
  return readFileSync(file, 'utf8')
}

function isExisting(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST'
}

function keyOf(text: string, from: string): KeyObject {
  const trimmed = text.trim()
  const bytes = Buffer.from(trimmed, /^[0-9a-f]{64}$/i.test(trimmed) ? 'hex' : 'base64')
  if (bytes.length !== KEY_BYTES)
    throw new LodelineError('CONFIG_INVALID', `${from} must be ${KEY_BYTES} bytes as hex or base64, e.g. from \`openssl rand -base64 32\``)
  return createSecretKey(bytes)
}

/** Encrypts a value; references (`env:`, `file:`, `secret:`, `aws-sm:`, `ssm:`) and what is encrypted already stay as they are. */
export function sealSecret(value: string, key: KeyObject): string {
  if (SECRET_REFERENCE.test(value)) return value
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
  const body = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()])
  return SCHEME + Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')
}

/** SECRET_UNRESOLVED where the key is another one, or the text was changed. */
export function openSecret(sealed: string, key: KeyObject): string {
  const bytes = Buffer.from(sealed.slice(SCHEME.length), 'base64url')
  try {
    if (!sealed.startsWith(SCHEME)) throw new Error('not of this form')
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
  } catch {
    // The cause could hold parts of the text.
    throw new LodelineError(
      'SECRET_UNRESOLVED',
      'an encrypted secret cannot be read with this key: LODELINE_KEY or the key file is not the one it was written with',
    )
  }
}

/** Encrypts the values that are not references. A value that is as it was before keeps its ciphertext, so that writing it again changes nothing. */
export function sealSecrets(
  values: Readonly<Record<string, string>>,
  key: KeyObject,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const seal = (name: string, value: string) => {
    const was = before[name]
    return was?.startsWith(SCHEME) && opensTo(was, key, value) ? was : sealSecret(value, key)
  }
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, seal(name, value)]))
}

function opensTo(sealed: string, key: KeyObject, value: string): boolean {
  try {
    return openSecret(sealed, key) === value
  } catch {
    return false // of another key: written anew
  }
}
