import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
} from '@aws-sdk/client-s3'
import { pythonProgram } from './python.ts'

/** A real S3 server (moto) on loopback, with IAM and STS, for one test file. */
export interface S3Server {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly client: S3Client
  createBucket(name: string, region?: string): Promise<void>
  put(bucket: string, key: string, body: string | Uint8Array, more?: Partial<PutObjectCommandInput>): Promise<void>
  remove(bucket: string, key: string): Promise<void>
  /** From now on requests are allowed only by IAM policies, or again all are. */
  enforceIam(on: boolean): Promise<void>
  /** A user with this one policy, and its key. */
  createUser(name: string, policy: object): Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string }>
  /** A role that any principal may assume who says the external id, with this one policy; gives its ARN. */
  createRole(name: string, externalId: string, policy: object): Promise<string>
  stop(): Promise<void>
}

const START_TRIES = 1_200

export async function startS3(): Promise<S3Server> {
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const child = spawn(await pythonProgram('moto_server'), ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  await answering(endpoint, child)
  const [accessKeyId, secretAccessKey] = ['testing', 'testing-secret']
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } })
  return {
    endpoint,
    accessKeyId,
    secretAccessKey,
    client,
    async createBucket(name, region = 'us-east-1') {
      const elsewhere =
        region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } }
      await client.send(new CreateBucketCommand({ Bucket: name, ...elsewhere }))
    },
    async put(bucket, key, body, more = {}) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentLength: Buffer.byteLength(body), ...more }))
    },
    async remove(bucket, key) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
    },
    async enforceIam(on) {
      await fetch(`${endpoint}/moto-api/reset-auth`, { method: 'POST', body: on ? '0' : 'inf' })
    },
    async createUser(name, policy) {
      await iam(endpoint, { Action: 'CreateUser', UserName: name })
      await iam(endpoint, { Action: 'PutUserPolicy', UserName: name, PolicyName: 'only', PolicyDocument: JSON.stringify(policy) })
      const answer = await iam(endpoint, { Action: 'CreateAccessKey', UserName: name })
      return { accessKeyId: element(answer, 'AccessKeyId'), secretAccessKey: element(answer, 'SecretAccessKey') }
    },
    async createRole(name, externalId, policy) {
      const trust = {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: '*' },
            Action: 'sts:AssumeRole',
            Condition: { StringEquals: { 'sts:ExternalId': externalId } },
          },
        ],
      }
      const answer = await iam(endpoint, { Action: 'CreateRole', RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) })
      await iam(endpoint, { Action: 'PutRolePolicy', RoleName: name, PolicyName: 'only', PolicyDocument: JSON.stringify(policy) })
      return element(answer, 'Arn')
    },
    async stop() {
      client.destroy()
      await stopped(child)
    },
  }
}

/** IAM by its query protocol, unsigned: moto asks for signatures only while IAM is enforced. */
async function iam(endpoint: string, parameters: Record<string, string>): Promise<string> {
  const body = new URLSearchParams({ ...parameters, Version: '2010-05-08' })
  const headers = {
    authorization: 'AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0',
  }
  const answer = await fetch(endpoint, { method: 'POST', body, headers })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${parameters['Action']}: ${answer.status} ${text}`)
  return text
}

function element(xml: string, name: string): string {
  const value = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
  if (value === undefined) throw new Error(`no ${name} in the answer`)
  return value
}

async function answering(endpoint: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < START_TRIES; tries++) {
    if (child.exitCode !== null) throw new Error(`moto_server ended with code ${child.exitCode}`)
    const answer = await fetch(`${endpoint}/moto-api/`).catch(() => null)
    await answer?.body?.cancel()
    if (answer?.ok === true) return
    await delay(100)
  }
  child.kill('SIGKILL')
  throw new Error('moto_server did not start')
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000)
  await ended
  clearTimeout(timer)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
