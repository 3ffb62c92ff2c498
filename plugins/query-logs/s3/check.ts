import { LodelineError } from '../../../contracts/errors.ts'
import { nearest } from '../../../contracts/nearest.ts'
import type { CheckResult, LogObject, Source } from '../../../contracts/plugin.ts'
import { type Compression, compressionOf } from './location.ts'
import { recordKeys, type S3LogOptions } from './options.ts'
import { recordsStep, type Sample } from './sample.ts'
import type { ObjectStore, StoredObject } from './store.ts'

const SAMPLE_LINES = 100
const SAMPLE_BYTES = 4 * 1024 * 1024
/** Objects looked at before the check says how many there are "or more". */
const LISTED = 1000

type Reader = (object: LogObject) => AsyncIterable<Uint8Array>

/** Bucket and region, listing, first object, decryption, first records: the first failure ends it, since the rest needs it. */
export async function* checkLog(source: Source<S3LogOptions>, open: () => Promise<ObjectStore>, read: Reader): AsyncGenerator<CheckResult> {
  const { config, host } = source
  let step = config.bucket.startsWith('file:') ? 'directory' : 'bucket'
  try {
    const store = await open()
    yield* store.check(host.signal)
    step = 'list'
    const listing = await look(store, config, host.signal)
    yield listStep(listing, store.place, config)
    if (listing.first === null) return
    step = 'read'
    const sample = await sampleOf(read(listing.first))
    yield { step, mandatory: true, status: 'passed', message: `read the first object, ${listing.first.key} (${listing.first.bytes} bytes)` }
    step = 'decrypt'
    yield await decryptStep(store, listing.first, host.signal)
    yield recordsStep(sample, recordKeys(config.keys), askedKeys(config), listing.first.key)
  } catch (error) {
    host.signal.throwIfAborted()
    yield failed(step, error)
  }
}

/** Keys whose absence is worth a word: those the user wrote, and of a preset those that decide over names. */
function askedKeys({ keys }: S3LogOptions): ReadonlySet<string> {
  const written = typeof keys === 'string' ? [] : Object.keys(keys).filter((key) => key !== 'sql' && key !== 'preset')
  return new Set(
    typeof keys === 'string' || keys.preset !== undefined ? ['defaultDatabase', 'defaultSchema', 'session', ...written] : written,
  )
}

/** The missing permission belongs to its own step: a KMS refusal seen while reading is a failure to decrypt. */
function failed(step: string, error: unknown): CheckResult {
  if (!(error instanceof LodelineError)) throw error
  return {
    step: error.code === 'S3_KMS_DENIED' ? 'decrypt' : step,
    mandatory: true,
    status: 'failed',
    message: error.message,
    remedy: remedyOf(error),
  }
}

function remedyOf(error: LodelineError): string {
  const { action } = error.evidence
  return typeof action === 'string' && (error.code === 'S3_ACCESS_DENIED' || error.code === 'S3_KMS_DENIED')
    ? `Missing IAM action: ${action}. ${error.hint}`
    : error.hint
}

interface Listing {
  readonly first: (StoredObject & { readonly seekable: boolean }) | null
  readonly matching: number
  readonly more: boolean
  /** Ends of the names that the suffixes leave out, with their numbers. */
  readonly others: ReadonlyMap<string, number>
}

async function look(store: ObjectStore, config: S3LogOptions, signal: AbortSignal): Promise<Listing> {
  let first: Listing['first'] = null
  let [matching, seen] = [0, 0]
  const others = new Map<string, number>()
  for await (const object of store.list(signal)) {
    if (++seen > LISTED && first !== null) return { first, matching, more: true, others }
    const compression = compressionOf(object.key, config.suffixes)
    if (compression !== null) {
      matching += 1
      if (object.bytes > 0) first ??= { ...object, seekable: plain(compression, config) }
    } else if (!object.key.endsWith('/')) others.set(endOf(object.key), (others.get(endOf(object.key)) ?? 0) + 1)
  }
  return { first, matching, more: false, others }
}

const plain = (compression: Compression, config: S3LogOptions): boolean =>
  (config.compression === 'auto' ? compression : config.compression) === 'none'

function endOf(key: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1)
  return name.match(/\.[A-Za-z0-9]{1,8}(\.(gz|zst|zstd|bz2))?$/)?.[0] ?? '(no suffix)'
}

function listStep({ first, matching, more, others }: Listing, place: string, config: S3LogOptions): CheckResult {
  const step = { step: 'list', mandatory: true } as const
  const left = [...others].map(([suffix, count]) => `${count} ending in ${suffix}`).join(', ')
  if (first !== null) {
    return {
      ...step,
      status: 'passed',
      message: `${matching}${more ? ' or more' : ''} objects at ${place}${left === '' ? '' : `; left out: ${left}`}`,
    }
  }
  const [suffix] = nearest(config.suffixes[0] ?? '.json', others.keys(), 1)
  return {
    ...step,
    status: 'failed',
    message:
      matching > 0
        ? `all ${matching} objects at ${place} are empty`
        : `no object at ${place} ends in ${config.suffixes.join(', ')}${left === '' ? '' : `; there are ${left}`}`,
    remedy:
      suffix === undefined ? 'Check `prefix`, or write the query log there.' : `Set \`suffixes: ['${suffix}']\`, or rename the objects.`,
  }
}

async function decryptStep(store: ObjectStore, object: StoredObject, signal: AbortSignal): Promise<CheckResult> {
  const step = { step: 'decrypt', mandatory: true } as const
  const encryption = await store.encryption(object, signal).catch(() => null)
  if (encryption === null) return { ...step, status: 'skipped', message: 'the store does not tell how objects are encrypted' }
  return encryption.kms
    ? { ...step, status: 'passed', message: `decrypted ${object.key} (${encryption.text})` }
    : { ...step, status: 'skipped', message: `no KMS key to ask for (encryption: ${encryption.text})` }
}

/** The first lines of an object; a compressed object that breaks later than that is no matter here. */
async function sampleOf(blocks: AsyncIterable<Uint8Array>): Promise<Sample> {
  const decoder = new TextDecoder('utf-8')
  let text = ''
  for await (const block of blocks) {
    text += decoder.decode(block, { stream: true })
    if (text.length > SAMPLE_BYTES || lineCount(text) > SAMPLE_LINES)
      return { text: text.slice(0, lastLineEnd(text)), whole: false, lines: SAMPLE_LINES }
  }
  return { text: text + decoder.decode(), whole: true, lines: SAMPLE_LINES }
}

const lineCount = (text: string): number => text.split('\n', SAMPLE_LINES + 2).length - 1
const lastLineEnd = (text: string): number => (text.includes('\n') ? text.lastIndexOf('\n') : text.length)
