import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { loadSecretKey, openSecret, sealSecret, sealSecrets } from '../../catalog/secrets.ts'

describe('secrets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lodeline-secrets-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const hex = '00112233445566778899aabbccddeeff'.repeat(2)
  const key = loadSecretKey({ value: hex, file: '/nowhere' })

  test('are unreadable at rest, and come back only under the same key', () => {
    const sealed = sealSecret('pässword', key)
    expect(sealed).toMatch(/^enc:v1:/)
    expect(sealed).not.toContain('word')
    expect(openSecret(sealed, key)).toBe('pässword')
    expect(openSecret(sealed, loadSecretKey({ value: Buffer.from(hex, 'hex').toString('base64'), file: '/nowhere' }))).toBe('pässword')
    const other = loadSecretKey({ value: 'f'.repeat(64), file: '/nowhere' })
    expect(() => openSecret(sealed, other)).toThrow(expect.objectContaining({ code: 'SECRET_UNRESOLVED' }))
  })

  test('that were changed by a single bit are refused', () => {
    const bytes = Buffer.from(sealSecret('x', key).slice('enc:v1:'.length), 'base64url')
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(() => openSecret(`enc:v1:${changed.toString('base64url')}`, key)).toThrow(
        expect.objectContaining({ code: 'SECRET_UNRESOLVED' }),
      )
    }
  })

  test('stay references where they are, and keep their ciphertext while they are the same', () => {
    const values = { a: 'env:TOKEN', b: 'file:/x', c: 'aws-sm:id', d: 'plain', e: 'new' }
    const first = sealSecrets(values, key)
    expect(first).toMatchObject({ a: 'env:TOKEN', b: 'file:/x', c: 'aws-sm:id' })
    const again = sealSecrets({ ...values, e: 'newer' }, key, first)
    expect(again['d']).toBe(first['d'])
    expect(again['e']).not.toBe(first['e'])
    expect(sealSecret(first['d'] ?? '', key)).toBe(first['d'])
  })

  test('have a key file of their own where no key is given, for its owner alone', () => {
    const file = join(folder, 'keys', 'secret.key')
    const made = loadSecretKey({ file })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(openSecret(sealSecret('x', made), loadSecretKey({ file }))).toBe('x')
    chmodSync(file, 0o644)
    expect(() => loadSecretKey({ file })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('chmod 600') }),
    )
    expect(() => loadSecretKey({ value: 'short', file })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})
