import { LodelineError } from '../../contracts/errors.ts'
import { nearest } from '../../contracts/nearest.ts'

/** What AWS calls a policy document; only the parts that ours use. */
interface PolicyDocument {
  readonly Version: '2012-10-17'
  readonly Statement: readonly PolicyStatement[]
}
interface PolicyStatement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Principal?: { readonly AWS: string }
  readonly Action: string | readonly string[]
  readonly Resource: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

/** The policies one kind of access needs, each with the place it belongs to. */
export interface PolicySet {
  /** For the role or user that reads. */
  readonly identity: PolicyDocument
  /** For the bucket, where reader and bucket are in different accounts; needs the reader's role. */
  readonly bucket: PolicyDocument | null
  /** To be added to the key's policy, where the objects are encrypted with a key of one's own. */
  readonly key: PolicyDocument | null
}

interface S3QueryLogAccess {
  readonly bucket: string
  readonly prefix?: string
  /** The role that reads: lodeline's own, or the one it assumes. */
  readonly roleArn?: string
  /** ARN of the KMS key that encrypts the objects. */
  readonly kmsKey?: string
  /** Account of the bucket: access ends if a bucket of that name comes to be another's. */
  readonly accountId?: string
}

const POLICY_KINDS = ['s3-query-log'] as const

/** Least privilege for one kind of access, with the names filled in and checked. */
export function policy(kind: string, access: S3QueryLogAccess): PolicySet {
  if (kind !== 's3-query-log') {
    throw new LodelineError('NAME_UNKNOWN', `there are no policies for \`${kind}\`; there are ${nearest(kind, POLICY_KINDS).join(', ')}`, {
      name: kind,
    })
  }
  return s3QueryLogPolicies({
    ...access,
    bucket: checked('bucket', access.bucket.replace(/^s3:\/\//, '').replace(/\/+$/, ''), BUCKET),
    prefix: directory(access.prefix ?? ''),
    ...(access.roleArn === undefined ? {} : { roleArn: checked('role-arn', access.roleArn, PRINCIPAL) }),
    ...(access.kmsKey === undefined ? {} : { kmsKey: checked('kms-key', access.kmsKey, KMS_KEY) }),
    ...(access.accountId === undefined ? {} : { accountId: checked('account-id', access.accountId, ACCOUNT) }),
  })
}

interface Form {
  readonly pattern: RegExp
  readonly said: string
}
const BUCKET: Form = { pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, said: 'a bucket name, e.g. acme-query-logs' }
const PRINCIPAL: Form = {
  pattern: /^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/[\w+=,.@/-]+$/,
  said: 'the ARN of a role or user, e.g. arn:aws:iam::123456789012:role/lodeline',
}
/** An alias does not do: AWS evaluates permissions on the key itself. */
const KMS_KEY: Form = {
  pattern: /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/,
  said: 'the ARN of a key (not of an alias), e.g. arn:aws:kms:eu-west-1:123456789012:key/1234abcd-…',
}
const ACCOUNT: Form = { pattern: /^\d{12}$/, said: 'an account id of twelve digits' }

function checked(argument: string, value: string, { pattern, said }: Form): string {
  if (pattern.test(value)) return value
  throw new LodelineError('POLICY_INVALID', `\`${argument}\` must be ${said}, not ${JSON.stringify(value)}`, { argument })
}

/** As the query log reads it: a directory, unless a last `*` says that any key with that start is meant. */
function directory(prefix: string): string {
  const bare = prefix.trim().replace(/^\/+/, '')
  const start = bare.endsWith('*') ? bare.slice(0, -1) : bare.replace(/\/*$/, (end, at: number) => (at === 0 ? end : '/'))
  // In a policy these are wildcards and variables, and would give more than was asked for.
  if (/[*?\p{Cc}]|\$\{/u.test(start)) {
    throw new LodelineError('POLICY_INVALID', `\`prefix\` must have no *, ? or \${ in it, not ${JSON.stringify(prefix)}`, {
      argument: 'prefix',
    })
  }
  return start
}

/** Without checks, so that the files with placeholders are written by the same code. */
export function s3QueryLogPolicies({ bucket, prefix = '', roleArn, kmsKey, accountId }: S3QueryLogAccess): PolicySet {
  const partition = /^arn:([a-z0-9-]+):/.exec(roleArn ?? kmsKey ?? '')?.[1] ?? 'aws'
  const statements = readStatements(`arn:${partition}:s3:::${bucket}`, prefix, accountId)
  const viaS3 = kmsKey === undefined ? null : decryptStatement(kmsKey)
  return {
    identity: document(viaS3 === null ? statements : [...statements, viaS3]),
    bucket: roleArn === undefined ? null : document(statements.map((statement) => principal(statement, roleArn))),
    key: viaS3 === null || roleArn === undefined ? null : document([principal({ ...viaS3, Resource: '*' }, roleArn)]),
  }
}

const document = (statements: readonly PolicyStatement[]): PolicyDocument => ({ Version: '2012-10-17', Statement: statements })

function readStatements(bucketArn: string, prefix: string, accountId: string | undefined): readonly PolicyStatement[] {
  const account = accountId === undefined ? {} : { StringEquals: { 's3:ResourceAccount': accountId } }
  const listed = prefix === '' ? {} : { StringLike: { 's3:prefix': `${prefix}*` } }
  return [
    statement('LocateBucket', 's3:GetBucketLocation', bucketArn, account),
    statement('ListQueryLog', 's3:ListBucket', bucketArn, { ...account, ...listed }),
    statement('ReadQueryLog', 's3:GetObject', `${bucketArn}/${prefix}*`, account),
  ]
}

function statement(Sid: string, Action: string, Resource: string, condition: NonNullable<PolicyStatement['Condition']>): PolicyStatement {
  const base = { Sid, Effect: 'Allow', Action, Resource } as const
  return Object.keys(condition).length === 0 ? base : { ...base, Condition: condition }
}

/** The key may be used for nothing but what S3 asks of it on the reader's behalf. */
function decryptStatement(kmsKey: string): PolicyStatement {
  const [, partition = 'aws', , region = '*'] = kmsKey.split(':')
  const suffix = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
  return statement('DecryptQueryLog', 'kms:Decrypt', kmsKey, { StringEquals: { 'kms:ViaService': `s3.${region}.${suffix}` } })
}

function principal({ Sid, Effect, ...rest }: PolicyStatement, roleArn: string): PolicyStatement {
  return { Sid, Effect, Principal: { AWS: roleArn }, ...rest }
}
