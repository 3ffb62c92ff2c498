import { z } from 'zod'
import { secret } from '../../../contracts/secret.ts'

const keyValues = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))

/** Key-values of other tools' documents may be anything; those that we know have to make sense. */
const connectionOptions = keyValues
  .refine(({ maxAttempts = 1 }) => Number.isInteger(Number(maxAttempts)) && Number(maxAttempts) >= 1, {
    path: ['maxAttempts'],
    message: 'must be a whole number of at least 1',
  })
  .refine(({ requestTimeoutMs = 1 }) => Number(requestTimeoutMs) > 0, {
    path: ['requestTimeoutMs'],
    message: 'must be a number of milliseconds',
  })
  .refine(({ useFipsEndpoint = true }) => typeof useFipsEndpoint === 'boolean', {
    path: ['useFipsEndpoint'],
    message: 'must be true or false',
  })
  .refine(({ useDualstackEndpoint = true }) => typeof useDualstackEndpoint === 'boolean', {
    path: ['useDualstackEndpoint'],
    message: 'must be true or false',
  })

/** What `connectionOptions` may say to us; other keys change nothing. */
export const CONNECTION_OPTIONS: ReadonlySet<string> = new Set([
  'maxAttempts',
  'requestTimeoutMs',
  'useFipsEndpoint',
  'useDualstackEndpoint',
])

/** Services that can have an endpoint of their own. */
const endpointsSchema = z.strictObject({
  athena: z.url().optional(),
  glue: z.url().optional(),
  lakeFormation: z.url().optional(),
  sts: z.url().optional(),
})

/** Fields follow what users of Athena connectors know; only the region is needed. */
export const athenaConfig = z
  .strictObject({
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region such as eu-west-1')
      .describe('AWS region of the workgroups and of the Glue catalog, e.g. eu-west-1'),
    accessKeyId: z.string().min(1).optional().describe('Access key, with secretAccessKey; the default credential chain when absent'),
    secretAccessKey: secret('Secret of the access key').optional(),
    sessionToken: secret('Session token of temporary credentials').optional(),
    profile: z.string().min(1).optional().describe('Named profile of the AWS configuration files'),
    assumeRoleArn: z
      .string()
      .regex(/^arn:[a-z0-9-]+:iam::\d{12}:role\/.+$/, 'an IAM role ARN, arn:aws:iam::123456789012:role/name')
      .optional()
      .describe('Role to assume, in this or another account'),
    assumeRoleSessionName: z
      .string()
      .regex(/^[\w+=,.@-]{2,64}$/)
      .default('lodeline')
      .describe("Name of the assumed role's session, seen in the account's audit log"),
    assumeRoleSourceIdentity: z
      .string()
      .regex(/^[\w+=,.@-]{2,64}$/)
      .optional()
      .describe('Source identity of the assumed role, seen in CloudTrail'),
    externalId: z.string().min(2).max(1224).optional().describe("External id that the role's trust policy asks for"),
    endpoint: z.url().optional().describe('Endpoint for all services, e.g. of a VPC or a test server'),
    endpoints: endpointsSchema.optional().describe('Endpoints by service; each wins over `endpoint`'),
    database: z.string().min(1).optional().describe('The one Glue database to read; all of them when absent'),
    s3StagingDir: z
      .string()
      .regex(/^s3:\/\/[^/]+(\/.*)?$/, 's3://bucket/prefix/')
      .optional()
      .describe("Where Athena writes query results; the workgroup's own location when absent"),
    workgroup: z.string().min(1).default('primary').describe('Workgroup in which our own queries run'),
    catalogId: z
      .string()
      .regex(/^(\d{12}|s3tablescatalog\/.+|\d{12}:.+)$/, 'an AWS account id or s3tablescatalog/BUCKET')
      .optional()
      .describe('Glue catalog: an account id for another account, `s3tablescatalog/BUCKET` for S3 Tables; the own account when absent'),
    catalogName: z
      .string()
      .min(1)
      .optional()
      .describe(
        "The catalog's name in Athena; AwsDataCatalog unless catalogId says otherwise. Without a catalogId, another name is that of a federated catalog, which Athena lists",
      ),
    connectionOptions: connectionOptions
      .optional()
      .describe('Further settings of the AWS clients: maxAttempts, requestTimeoutMs, useFipsEndpoint, useDualstackEndpoint'),
    connectionArguments: keyValues.optional().describe('Accepted for documents of other tools; kept, not used'),
    requestsPerSecond: z.number().positive().max(100).default(5).describe('Most calls a second to each API that Athena throttles'),
  })
  .refine((config) => (config.accessKeyId === undefined) === (config.secretAccessKey === undefined), {
    path: ['accessKeyId'],
    message: 'accessKeyId and secretAccessKey come together',
  })
  .refine((config) => config.sessionToken === undefined || config.accessKeyId !== undefined, {
    path: ['sessionToken'],
    message: 'sessionToken needs accessKeyId and secretAccessKey',
  })
  .refine(
    (config) => config.assumeRoleArn !== undefined || (config.externalId === undefined && config.assumeRoleSourceIdentity === undefined),
    {
      path: ['externalId'],
      message: 'externalId and assumeRoleSourceIdentity need an assumeRoleArn',
    },
  )
  .meta({ examples: [{ region: 'eu-west-1', workgroup: 'primary', database: 'shop' }] })
export type AthenaConfig = z.infer<typeof athenaConfig>

/** On-demand price in us-east-1 and most regions (https://aws.amazon.com/athena/pricing/); a pipeline can say its own. */
const DEFAULT_PRICE_PER_TB = 5

export const historySettings = z.strictObject({
  workgroups: z.array(z.string()).optional().describe('All enabled workgroups when absent; a disabled one is read only when it is named'),
  pricePerTb: z.number().min(0).default(DEFAULT_PRICE_PER_TB).describe('For the cost of queries'),
})
export type HistorySettings = z.infer<typeof historySettings>

/** Athena's name of the account's own Glue catalog. */
export const OWN_CATALOG = 'AwsDataCatalog'

/** A catalog that Athena alone knows, behind a Lambda function or a metastore of one's own: Glue's lists would be of another catalog. */
export function isFederated({ catalogId, catalogName }: AthenaConfig): boolean {
  return catalogId === undefined && catalogName !== undefined && catalogName.toLowerCase() !== OWN_CATALOG.toLowerCase()
}

/** Whether queries of the account whose history is read mean this catalog by `AwsDataCatalog`: it is that account's own. */
export function isOwnCatalog(config: AthenaConfig): boolean {
  if (config.catalogId === undefined) return !isFederated(config)
  return config.assumeRoleArn?.split(':')[4] === config.catalogId
}

/** First part of every asset's path. */
export function catalogNameOf(config: AthenaConfig): string {
  if (config.catalogName !== undefined) return config.catalogName
  if (config.catalogId?.startsWith('s3tablescatalog/')) return config.catalogId
  return OWN_CATALOG
}
