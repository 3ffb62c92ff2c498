import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals'
import { lineageTasks } from '../../activities/lineage/tasks.ts'
import { extractMetadata } from '../../activities/metadata/extract.ts'
import { miningTasks } from '../../activities/mining/tasks.ts'
import type { TaskFunction } from '../../activities/task.ts'
import { assetsNamed } from '../../catalog/assets.ts'
import { exportEdges } from '../../catalog/lineage.ts'
import type { Catalog } from '../../catalog/open.ts'
import { assetUsage } from '../../catalog/usage.ts'
import type { PluginRegistry } from '../../contracts/registry.ts'
import type { Window } from '../../contracts/window.ts'
import { startThreads, type Threads } from '../../worker/threads.ts'
import { type Body, type FakeAws, startFakeAws } from './aws-json.ts'
import { all } from './host.ts'
import { realPlugins, startTaskRun, type TaskRun, type TaskWorld } from './task-context.ts'

export const DAY = { from: '2026-01-05T00:00:00.000Z', to: '2026-01-06T00:00:00.000Z' }
export const NEXT = { from: '2026-01-06T00:00:00.000Z', to: '2026-01-07T00:00:00.000Z' }

/** A lake of Athena for the tests of a file: set up around them, with a fake AWS of its own. `catalog` is for each of them to give. */
export interface Lake {
  aws: FakeAws
  registry: PluginRegistry
  threads: Threads
  folder: string
  catalog: Catalog
}

export function athenaLake() {
  const lake = {} as Lake // filled by the hooks before any test

  beforeAll(async () => {
    lake.aws = await startFakeAws()
    lake.registry = await realPlugins()
    lake.threads = startThreads({ count: 1, memoryMb: 512 })
  })
  afterAll(async () => {
    await lake.threads.close()
    await lake.aws.close()
  })
  beforeEach(async () => {
    lake.aws.allowAll()
    lake.aws.forget()
    lake.aws.world.catalogs.clear()
    lake.aws.world.workGroups.clear()
    lake.aws.world.tags.clear()
    lake.folder = await mkdtemp(join(tmpdir(), 'athena-'))
  })
  afterEach(async () => {
    await rm(lake.folder, { recursive: true })
  })

  function world(now = Date.parse('2026-01-07T12:00:00Z')): TaskWorld {
    const config = {
      region: 'eu-west-1',
      endpoint: lake.aws.endpoint,
      accessKeyId: 'AKIATEST',
      secretAccessKey: 'secret',
      requestsPerSecond: 100,
    }
    return {
      catalog: lake.catalog,
      registry: lake.registry,
      threads: lake.threads,
      connection: { name: 'lake', connector: 'athena', config },
      now: () => now,
    }
  }

  async function steps(run: TaskRun, names: readonly string[]): Promise<TaskRun> {
    for (const name of names) {
      const task: TaskFunction | undefined = lineageTasks[name] ?? miningTasks[name]
      if (task === undefined) throw new Error(`no task ${name}`)
      if (name === 'mine.scan') continue
      const output = await run.run(task)
      if (name !== 'mine.list') continue
      for (const item of run.manifests.get(String(output.manifest)) ?? []) await run.run(miningTasks['mine.scan'] as TaskFunction, { item }) // it is there
    }
    return run
  }

  async function crawl(): Promise<void> {
    await startTaskRun(world(), { name: 'metadata', type: 'metadataIngestion', options: { includeTags: false } }).run(extractMetadata)
  }

  const usage = (window: Window | null = DAY, options: object = {}, now?: number) =>
    steps(startTaskRun(world(now), { name: 'usage', type: 'usageIngestion', options }, {}, window), [
      'history.fetch',
      'mine.list',
      'mine.settle',
      'mine.resolve',
      'mine.usage',
    ])

  const lineage = (window: Window | null = DAY, options: object = {}, now?: number, name = 'lineage') =>
    steps(startTaskRun(world(now), { name, type: 'lineageIngestion', options }, {}, window), [
      'history.fetch',
      'mine.list',
      'mine.settle',
      'lineage.views',
      'mine.resolve',
      'lineage.locations',
      'lineage.report',
    ])

  const history = (...executions: readonly Body[]) =>
    void lake.aws.world.workGroups.set('primary', { State: 'ENABLED', history: executions })

  async function edges(level = 'table'): Promise<readonly string[]> {
    const found = await all(exportEdges(lake.catalog.db, 'lake'))
    const name = (path: readonly string[], column?: string) =>
      [...(path.length > 1 ? path.slice(1) : path), ...(column === undefined ? [] : [column])].join('.')
    return found
      .filter((edge) => edge.level === level)
      .map(({ source, sourceColumn, target, targetColumn }) => `${name(source, sourceColumn)} → ${name(target, targetColumn)}`)
      .sort()
  }

  async function readsOf(name: string) {
    const [head] = await assetsNamed(lake.catalog.db, name)
    if (head === undefined) throw new Error(`no asset ${name}`)
    return await assetUsage(lake.catalog.db, head.id)
  }

  return Object.assign(lake, { crawl, usage, lineage, history, edges, readsOf, steps, world })
}
