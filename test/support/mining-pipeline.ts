import { putConnection } from '../../catalog/connections.ts'
import { putPipeline } from '../../catalog/pipelines.ts'
import type { RunSummary } from '../../contracts/activities.ts'
import { connectionSchema, pipelineSchema } from '../../contracts/pipeline.ts'
import { KEYS } from './mining.ts'
import type { TestRuntime } from './runtime.ts'
import type { S3Server } from './s3.ts'

export interface MiningPipeline {
  readonly name: string
  readonly bucket: string
  /** Other options of the query log. */
  readonly log?: Record<string, unknown>
  readonly options?: Record<string, unknown>
  readonly sinks?: readonly unknown[]
}

/** A Snowflake connection `shop` and a pipeline that mines a bucket of the S3 server. */
export async function applyMining(
  on: TestRuntime,
  s3: S3Server,
  { name, bucket, log = {}, options = {}, sinks = [] }: MiningPipeline,
): Promise<void> {
  const now = new Date().toISOString()
  const connection = connectionSchema.parse({
    name: 'shop',
    connector: 'snowflake',
    config: { defaultDatabase: 'SHOP', defaultSchema: 'PUBLIC' },
  })
  await putConnection(on.catalog.db, connection, null, now)
  const { endpoint, accessKeyId, secretAccessKey } = s3
  const queryLog = { kind: 's3', bucket: `s3://${bucket}`, endpoint, accessKeyId, secretAccessKey, keys: KEYS, ...log }
  await putPipeline(
    on.catalog.db,
    pipelineSchema.parse({ name, type: 's3QueryMining', connection: 'shop', options: { queryLog, ...options }, sinks }),
    null,
    now,
  )
}

export async function runMining(on: TestRuntime, pipeline: string, input: object = {}): Promise<RunSummary> {
  return await on.client.workflow.execute('s3QueryMining', {
    taskQueue: 'lodeline',
    workflowId: `mining/${pipeline}/${crypto.randomUUID()}`,
    args: [{ pipeline, ...input }],
  })
}
