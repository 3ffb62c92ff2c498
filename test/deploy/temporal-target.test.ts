import { expect, test } from '@jest/globals'
import { temporalTarget } from '../../deploy/temporal-target.ts'

const target = (address: string, env: Readonly<Record<string, string>> = {}) => temporalTarget({ address, namespace: '', env })

test.each([
  ['temporal.internal:7233', 'temporal.internal:7233'],
  ['temporal.internal', 'temporal.internal:7233'],
  ['[::1]:9000', '[::1]:9000'],
  ['', '127.0.0.1:7233'],
])('the address %j means %s', (given, address) => {
  expect(target(given)).toMatchObject({ address, options: { address }, namespace: 'default' })
})

test('no address stays none where the caller has no other', () => {
  expect(temporalTarget({ address: '', namespace: '', env: {}, fallback: '' })).toMatchObject({ address: '' })
})

test.each([
  ['http://temporal.internal:7233', 'perhaps `temporal.internal:7233` is meant'],
  ['https://temporal.internal/web', 'perhaps `temporal.internal` is meant'],
  ['a b', 'is host:port, not `a b`'],
])('the address %j is refused', (given, says) => {
  expect(() => target(given)).toThrow(says)
})

test('what the client would pass over in silence is refused', () => {
  expect(() => target('', { TEMPORAL_TLS: 'yes' })).toThrow('TEMPORAL_TLS is yes')
  expect(() => target('', { TEMPORAL_TLS_CLIENT_CERT_PATH: '/a.pem' })).toThrow('TEMPORAL_TLS_CLIENT_KEY_PATH or _DATA')
})
