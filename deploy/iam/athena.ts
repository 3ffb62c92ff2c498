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
  /** The connection's `catalogId`: another account's catalog, or S3 Tables; the account's own when absent. */
  readonly catalogId?: string
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
  'catalog-id': [
    /^(\d{12}|s3tablescatalog\/[a-z0-9][a-z0-9-]{1,61}[a-z0-9])$/,
    'an account id of twelve digits, or s3tablescatalog/BUCKET',
  ],
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
  const { owner, catalog, inside } = catalogOf(access.catalogId === undefined ? account : checked('catalog-id', access.catalogId), account)
  const glue = (resource: string) => `arn:${partition}:glue:${region}:${owner}:${resource}`
  const athena = (resource: string) => `arn:${partition}:athena:${region}:${account}:${resource}`
  const read =
    databases.length === 0
      ? [glue(`database/${inside}*`), glue(`table/${inside}*`)]
      : databases.flatMap((name) => [glue(`database/${inside}${name}`), glue(`table/${inside}${name}/*`)])
  return {
    Version: '2012-10-17',
    Statement: [
      allow('ReadMetadata', ['glue:GetDatabases', 'glue:GetDatabase', 'glue:GetTables', 'glue:GetTable'], [...catalog.map(glue), ...read]),
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

/** Whose catalog it is, the catalogs on the way to its databases, and what stands before their names: S3 Tables are catalogs in the account's own. */
function catalogOf(id: string, account: string): { readonly owner: string; readonly catalog: readonly string[]; readonly inside: string } {
  if (!id.includes('/')) return { owner: id, catalog: ['catalog'], inside: '' }
  const [parent = ''] = id.split('/')
  return { owner: account, catalog: ['catalog', `catalog/${parent}`, `catalog/${id}`], inside: `${id}/` }
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
