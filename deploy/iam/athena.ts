import { LodelineError } from '../../contracts/errors.ts'

/** What the Athena pipelines ask of AWS, and nothing else. */
export interface AthenaAccess {
  readonly region: string
  readonly account: string
  /** Workgroup of our own queries. */
  readonly workgroup?: string
  /** Where results of our own queries go, s3://bucket/prefix. */
  readonly stagingDir?: string
  /** Glue databases that are read; all when none is named. */
  readonly databases?: readonly string[]
}

export interface AthenaStatement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: readonly string[]
}

export interface AthenaPolicy {
  readonly Version: '2012-10-17'
  readonly Statement: readonly AthenaStatement[]
}

const FORMS = {
  region: [/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region, e.g. eu-west-1'],
  account: [/^\d{12}$/, 'an account id of twelve digits'],
  workgroup: [/^[A-Za-z0-9._-]{1,128}$/, 'the name of a workgroup'],
  database: [/^[A-Za-z0-9_-]{1,255}$/, 'the name of a Glue database'],
  'staging-dir': [/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[^*?$]*)?$/, 's3://bucket/prefix without wildcards'],
} as const

/** Least privilege: Glue for metadata, Athena for histories and our own small queries, S3 for their results, Lake Formation for tags. */
export function athenaPolicy(access: AthenaAccess): AthenaPolicy {
  const region = checked('region', access.region)
  const account = checked('account', access.account)
  const workgroup = checked('workgroup', access.workgroup ?? 'primary')
  const databases = (access.databases ?? []).map((name) => checked('database', name))
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
  const glue = (resource: string) => `arn:${partition}:glue:${region}:${account}:${resource}`
  const athena = (resource: string) => `arn:${partition}:athena:${region}:${account}:${resource}`
  const read =
    databases.length === 0
      ? [glue('database/*'), glue('table/*')]
      : databases.flatMap((name) => [glue(`database/${name}`), glue(`table/${name}/*`)])
  return {
    Version: '2012-10-17',
    Statement: [
      allow('ReadMetadata', ['glue:GetDatabases', 'glue:GetDatabase', 'glue:GetTables', 'glue:GetTable'], [glue('catalog'), ...read]),
      allow(
        'ReadMetadataWhereGlueHasNone',
        ['athena:ListDatabases', 'athena:GetDatabase', 'athena:ListTableMetadata', 'athena:GetTableMetadata'],
        [athena('datacatalog/*')],
      ),
      allow('ReadTags', ['lakeformation:GetResourceLFTags'], ['*']),
      allow('ListWorkgroups', ['athena:ListWorkGroups'], ['*']),
      allow('ReadHistory', ['athena:GetWorkGroup', 'athena:ListQueryExecutions', 'athena:BatchGetQueryExecution'], [athena('workgroup/*')]),
      allow(
        'RunOwnQueries',
        ['athena:StartQueryExecution', 'athena:GetQueryExecution', 'athena:GetQueryResults', 'athena:StopQueryExecution'],
        [athena(`workgroup/${workgroup}`)],
      ),
      ...(access.stagingDir === undefined ? [] : stagingStatements(partition, checked('staging-dir', access.stagingDir))),
    ],
  }
}

function stagingStatements(partition: string, directory: string): readonly AthenaStatement[] {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(directory) ?? []
  const arn = `arn:${partition}:s3:::${bucket}`
  return [
    allow('FindResultBucket', ['s3:GetBucketLocation', 's3:ListBucket'], [arn]),
    allow(
      'WriteAndReadResults',
      ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      [`${arn}/${prefix === '' ? '' : `${prefix}/`}*`],
    ),
  ]
}

const allow = (Sid: string, Action: readonly string[], Resource: readonly string[]): AthenaStatement => ({
  Sid,
  Effect: 'Allow',
  Action,
  Resource,
})

function checked(argument: keyof typeof FORMS, value: string): string {
  const [pattern, said] = FORMS[argument]
  if (pattern.test(value)) return value
  throw new LodelineError('POLICY_INVALID', `\`${argument}\` must be ${said}, not ${JSON.stringify(value)}`, { argument })
}
