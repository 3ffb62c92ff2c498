import { z } from 'zod'
import type { LogFormat } from '../../../contracts/plugin.ts'
import type { RecordKeys } from '../../../contracts/query-record.ts'
import { secret } from '../../../contracts/secret.ts'
import { KEY_PRESET_NAMES, KEY_PRESETS } from './key-presets.ts'
import { placeComplaint } from './location.ts'

const MIB = 1024 * 1024
const key = (what: string) => z.string().min(1).optional().describe(`JSON key of ${what}; dots go into nested objects`)

const recordKeysSchema = z.strictObject({
  preset: z.enum(KEY_PRESET_NAMES).optional().describe('Keys of a source to start from; the ones given beside it win'),
  sql: key('the SQL text, e.g. QUERY_TEXT'),
  defaultDatabase: key('the default database, e.g. DATABASE_NAME'),
  defaultSchema: key('the default schema, e.g. SCHEMA_NAME'),
  session: key('the session id, e.g. SESSION_ID'),
  user: key('the user'),
  startTime: key('the start: ISO, or epoch seconds, milliseconds'),
  endTime: key('the end, likewise'),
  durationMs: key('the duration in milliseconds'),
  rows: key('the number of rows'),
  bytes: key('the bytes scanned'),
  cost: key('the cost, in whatever the source counts'),
  status: key('the outcome; failed queries give no lineage'),
  id: key("the source's id of the execution"),
})

export const optionsSchema = z
  .strictObject({
    kind: z.literal('s3').default('s3'),
    bucket: z
      .string()
      .min(1)
      .describe(
        'Bucket name, with or without `s3://`; or `file:///dir` for files of this machine (relative ones count from the YAML file)',
      ),
    prefix: z.string().default('').describe('Directory within the bucket, e.g. query-history/; a last `*` takes every key that begins so'),
    region: z.string().min(1).optional().describe("The bucket's region, e.g. eu-west-1; found by itself when absent"),
    endpoint: z.url().optional().describe('Endpoint of an S3-compatible store, e.g. http://127.0.0.1:9000'),
    pathStyle: z.boolean().optional().describe('Bucket in the path, not in the host name; by default true where an endpoint is given'),
    suffixes: z
      .array(z.string().min(1))
      .min(1)
      .default(['.json'])
      .describe('Ends of the names that are read, e.g. .json, .ndjson, .jsonl; each also with .gz or .zst after it'),
    format: z
      .enum(['ndjson', 'csv'])
      .default('ndjson')
      .describe('`csv`: the first line has the names, which `keys` then means; e.g. suffixes [.csv] and keys openmetadata'),
    compression: z.enum(['auto', 'none', 'gzip', 'zstd']).default('auto').describe('`auto`: by the end of the name'),
    keys: z
      .union([z.enum(KEY_PRESET_NAMES), recordKeysSchema])
      .default({ sql: 'QUERY_TEXT', defaultDatabase: 'DATABASE_NAME', defaultSchema: 'SCHEMA_NAME', session: 'SESSION_ID' })
      .describe('JSON keys of the records, or the name of a source whose own keys are meant'),
    failedStatuses: z
      .array(z.string())
      .default([])
      .describe('Values of `status` that mean failure, beside the well-known ones of the seven sources'),
    maxLineBytes: z
      .number()
      .int()
      .min(1024)
      .max(512 * MIB)
      .default(64 * MIB)
      .describe('Longer lines are dead letters; bytes'),
    profile: z.string().min(1).optional().describe('Profile of the AWS configuration files'),
    accessKeyId: z.string().min(1).optional().describe('Access key, with secretAccessKey; the default credential chain when absent'),
    secretAccessKey: secret('Secret of the access key').optional(),
    sessionToken: secret('Session token of temporary credentials').optional(),
    roleArn: z
      .string()
      .regex(/^arn:[a-z0-9-]+:iam::\d{12}:role\/.+$/, 'an IAM role ARN, arn:aws:iam::123456789012:role/name')
      .optional()
      .describe('Role to assume with those credentials'),
    externalId: z.string().min(2).optional().describe("External id that the role's trust policy asks for"),
    roleSessionName: z
      .string()
      .regex(/^[\w+=,.@-]{2,64}$/)
      .default('lodeline')
      .describe("Name of the session, seen in the account's audit log"),
    stsEndpoint: z.url().optional().describe('Endpoint of STS, where it is not that of AWS'),
  })
  .superRefine(({ bucket, prefix, suffixes }, context) => {
    const complaint = placeComplaint(bucket, prefix, suffixes)
    if (complaint !== null) context.addIssue({ code: 'custom', path: ['bucket'], message: complaint })
  })
  .refine((options) => (options.accessKeyId === undefined) === (options.secretAccessKey === undefined), {
    path: ['accessKeyId'],
    message: 'accessKeyId and secretAccessKey come together',
  })
  .refine((options) => options.externalId === undefined || options.roleArn !== undefined, {
    path: ['externalId'],
    message: 'externalId needs a roleArn',
  })
  .meta({
    examples: [
      { bucket: 's3://acme-query-logs', prefix: 'snowflake/', keys: 'snowflake' },
      {
        bucket: 'acme-query-logs',
        region: 'eu-west-1',
        keys: { sql: 'QUERY_TEXT', defaultDatabase: 'DATABASE_NAME' },
        roleArn: 'arn:aws:iam::123456789012:role/query-log-reader',
        externalId: 'acme-1',
      },
      { bucket: 'file:///var/lib/query-logs', suffixes: ['.ndjson'], keys: { preset: 'redshift', sql: 'querytxt' } },
    ],
  })

export type S3LogOptions = z.infer<typeof optionsSchema>

/** The keys in force: a preset, a preset with some replaced, or just those given. */
export function recordKeys(keys: S3LogOptions['keys']): RecordKeys {
  if (typeof keys === 'string') return KEY_PRESETS[keys]
  const { preset, ...given } = keys
  const base: RecordKeys = preset === undefined ? { sql: 'QUERY_TEXT' } : KEY_PRESETS[preset]
  return { ...base, ...definedOf(given) }
}

export function logFormat(options: S3LogOptions): LogFormat {
  return {
    format: 'ndjson',
    keys: recordKeys(options.keys),
    maxLineBytes: options.maxLineBytes,
    failedStatuses: options.failedStatuses.map((status) => status.toLowerCase()),
  }
}

/** Without the members that are undefined, which exactOptionalPropertyTypes keeps apart from absent ones. */
function definedOf<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  } // fromEntries forgets the keys
}
