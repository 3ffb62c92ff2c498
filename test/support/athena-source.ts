import { afterAll, beforeAll, beforeEach } from '@jest/globals'
import type { Asset } from '../../contracts/assets.ts'
import type { Checkpoint, Connector, Listed, MetadataOptions } from '../../contracts/plugin.ts'
import { plugin } from '../../plugins/connectors/athena/plugin.ts'
import { type FakeAws, startFakeAws } from './aws-json.ts'
import { all, testHost } from './host.ts'

export const connector = plugin.connectors?.[0] as Connector // the plugin has this one

export const everything: MetadataOptions = { includeTables: true, includeViews: true, includeTags: false, threads: 4, accepts: () => true }

export function fail(): never {
  throw new Error('the connector has no such capability')
}

export const named = (assets: readonly Asset[], name: string): Asset => assets.find(({ path }) => path.at(-1) === name) ?? fail()
export const columnsOf = (asset: Asset) =>
  asset.columns?.map(({ name, type, partitionKey }) => [name, type, ...(partitionKey ? ['key'] : [])])

/** The connector over a fake AWS of its own, emptied before each test. */
export function athenaSource() {
  const fake = {} as { aws: FakeAws } // filled by the hook before any test

  beforeAll(async () => {
    fake.aws = await startFakeAws()
  })
  afterAll(() => fake.aws.close())
  beforeEach(() => {
    fake.aws.allowAll()
    fake.aws.forget()
    fake.aws.world.catalogs.clear()
    fake.aws.world.catalogs.set('', new Map())
    fake.aws.world.workGroups.clear()
    fake.aws.world.workGroups.set('primary', { State: 'ENABLED', history: [] })
    fake.aws.world.tags.clear()
  })

  const base = () => ({
    region: 'eu-west-1',
    endpoint: fake.aws.endpoint,
    accessKeyId: 'AKIATEST',
    secretAccessKey: 'secret',
    requestsPerSecond: 100,
  })

  function source(config: object = {}) {
    const host = testHost()
    return { connection: 'lake', config: connector.config.parse({ ...base(), ...config }), host }
  }

  async function read(config: object = {}, options: Partial<MetadataOptions> = {}, from?: unknown) {
    const given = source(config)
    const yielded = await all(connector.metadata?.(given, { ...everything, ...options }, from) ?? fail())
    return {
      assets: yielded.filter((one): one is Asset => 'path' in one),
      listed: yielded.filter((one): one is Listed => 'listed' in one),
      checkpoints: yielded.filter((one): one is Checkpoint => 'checkpoint' in one),
      host: given.host,
    }
  }

  return Object.assign(fake, { base, source, read })
}
