import { policy } from '../../../deploy/iam/policy.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'

export const command = defineCommand({
  summary: 'Print the AWS policies that reading a query log needs',
  description:
    'Filled in and ready to paste: for the role that reads, for the bucket (with --role-arn), and for the KMS key (with --kms-key).',
  args: [],
  flags: {
    bucket: { type: 'string', value: 'NAME', description: 'Bucket of the log, with or without s3://', required: true },
    prefix: { type: 'string', value: 'PATH', description: 'Folder of the log in the bucket' },
    roleArn: { type: 'string', value: 'ARN', description: 'Role that reads, where it is of another account than the bucket' },
    kmsKey: { type: 'string', value: 'ARN', description: 'Key that encrypts the objects' },
    account: { type: 'string', value: 'ID', description: "The bucket's account: access ends if the bucket comes to be another's" },
  },
  examples: [
    { line: 'lodeline policy s3-query-log --bucket logs --prefix shop/', says: 'bucket and reader in one account' },
    { line: 'lodeline policy s3-query-log --bucket logs --role-arn arn:aws:iam::111122223333:role/lodeline', says: 'in two accounts' },
  ],
  async run({ bucket, prefix, roleArn, kmsKey, account }, deps) {
    const set = policy('s3-query-log', {
      bucket,
      ...(prefix === undefined ? {} : { prefix }),
      ...(roleArn === undefined ? {} : { roleArn }),
      ...(kmsKey === undefined ? {} : { kmsKey }),
      ...(account === undefined ? {} : { accountId: account }),
    })
    const { bold, dim } = deps.output.paint
    const part = (title: string, document: unknown) => (document === null ? [] : [`${bold(title)}\n${JSON.stringify(document, null, 2)}`])
    const text = [
      ...part('# For the role or user that reads (IAM policy)', set.identity),
      ...part(`# For the bucket (bucket policy)`, set.bucket),
      ...part("# For the key (add to the key's policy)", set.key),
      ...(set.bucket === null ? [dim('# Reader and bucket in two accounts: give --role-arn to get the bucket policy too.')] : []),
    ]
    return { code: EXIT.done, text: text.join('\n\n'), data: set }
  },
})
