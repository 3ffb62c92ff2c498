import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parse, parseAllDocuments } from 'yaml'
import { WORKER_ALLOCATOR, WORKER_FLAGS } from '../../deploy/worker-process.ts'
import { ROOT } from '../support/cli.ts'
import { helmProgram } from '../support/helm.ts'
import { pythonProgram } from '../support/python.ts'

/** The image is built and run by `npm run test:image`; here its files are held against the tools that will read them. */
const run = promisify(execFile)
const DEPLOY = join(ROOT, 'deploy')
const CHART = join(DEPLOY, 'helm', 'lodeline')
const KUBERNETES = '1.31'
/** Custom resources have no schema in Kubernetes itself. */
const CUSTOM = new Set(['ScaledObject', 'PodMonitor'])

let folder: string
let helm: string | null

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lodeline-chart-'))
  helm = await helmProgram()
  if (helm === null) console.log('helm: neither it nor Go is here; only the values of the chart are read')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the image', () => {
  test('has a Dockerfile without a complaint', async () => {
    expect((await run(await pythonProgram('hadolint'), [join(DEPLOY, 'docker', 'Dockerfile')])).stdout).toBe('')
  })

  test('runs as a user of its own, takes plugins from /plugins, and holds everything that it imports', () => {
    const text = readFileSync(join(DEPLOY, 'docker', 'Dockerfile'), 'utf8')
    expect(text).toMatch(/^USER 10001:10001$/m)
    expect(text).toContain('LODELINE_PLUGINS=/plugins')
    const copied = [...text.matchAll(/^COPY (\w+) \1$/gm)].map(([, name]) => name)
    expect(copied).toEqual(
      expect.arrayContaining([
        'contracts',
        'lineage',
        'catalog',
        'plugins',
        'workflows',
        'activities',
        'deploy',
        'client',
        'worker',
        'lib',
      ]),
    )
  })
})

describe('the worker in the image', () => {
  test('is started as `lodeline up` starts it', () => {
    const text = readFileSync(join(DEPLOY, 'docker', 'Dockerfile'), 'utf8')
    for (const flag of WORKER_FLAGS) expect(text).toContain(`"${flag}"`)
    for (const [name, value] of Object.entries(WORKER_ALLOCATOR)) expect(text).toContain(` ${name}=${value}`)
  })
})

describe('compose', () => {
  const file = join(DEPLOY, 'compose', 'compose.yaml')
  const compose = async (environment: string) => {
    writeFileSync(join(folder, 'env'), environment)
    return run(await pythonProgram('docker-compose'), ['-f', file, '--env-file', join(folder, 'env'), 'config'])
  }

  test('is valid once the passwords and the key are set, and says so while they are not', async () => {
    await expect(compose('')).rejects.toThrow('CATALOG_PASSWORD is missing a value')
    const { stdout } = await compose('CATALOG_PASSWORD=a\nTEMPORAL_PASSWORD=b\nLODELINE_KEY=c\n')
    const { services }: { services: Record<string, { read_only?: boolean; cap_drop?: string[]; stop_grace_period?: string }> } =
      parse(stdout)
    expect(Object.keys(services).sort()).toEqual(['catalog', 'control', 'temporal', 'temporal-db', 'temporal-ui', 'workers'])
    for (const name of ['control', 'workers'])
      expect(services[name]).toMatchObject({ read_only: true, cap_drop: ['ALL'], stop_grace_period: '1m0s' })
  })
})

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: { readonly template?: { readonly spec: PodSpec }; readonly replicas?: number }
}
interface PodSpec {
  readonly terminationGracePeriodSeconds: number
  readonly containers: readonly {
    readonly securityContext: object
    readonly env: readonly { readonly name: string; readonly value?: string }[]
  }[]
}

describe('the chart', () => {
  const render = async (program: string, sets: readonly string[]): Promise<{ text: string; manifests: readonly Manifest[] }> => {
    const args = ['template', 'shop', CHART, '--kube-version', `${KUBERNETES}.0`, ...sets.flatMap((set) => ['--set', set])]
    const { stdout } = await run(program, args)
    return {
      text: stdout,
      manifests: parseAllDocuments(stdout).flatMap((one) => ('toJS' in one && one.toJS() !== null ? [one.toJS() as Manifest] : [])),
    }
  }
  const validate = async (manifests: readonly Manifest[]) => {
    const file = join(folder, 'rendered.yaml')
    writeFileSync(
      file,
      manifests
        .filter(({ kind }) => !CUSTOM.has(kind))
        .map((one) => JSON.stringify(one))
        .join('\n---\n'),
    )
    await run(await pythonProgram('kubernetes-validate'), ['--strict', '-k', KUBERNETES, file])
  }

  test('passes helm lint', async () => {
    const values: unknown = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8'))
    expect(values).toMatchObject({ catalog: { urlSecret: expect.any(String) }, keySecret: expect.any(String) })
    if (helm !== null) expect((await run(helm, ['lint', '--strict', CHART])).stdout).toContain('0 chart(s) failed')
  })

  const variants: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['as it is', [], []],
    [
      'scaled on the backlog of the queues',
      ['workers.autoscaling.enabled=true', 'podMonitor.enabled=true'],
      ['PodMonitor', 'ScaledObject'],
    ],
    [
      'with Temporal Cloud, plugins and secrets',
      ['temporal.apiKeySecret=cloud', 'pluginsConfigMap=more', 'environmentSecrets={aws,sinks}', 'networkPolicy.enabled=false'],
      [],
    ],
    [
      'with certificates and a role',
      ['temporal.tlsSecret=mtls', 'serviceAccount.annotations.eks\\.amazonaws\\.com/role-arn=arn:aws:iam::123456789012:role/r'],
      [],
    ],
  ]
  test.each(variants)('renders what Kubernetes takes: %s', async (_title, sets, custom) => {
    if (helm === null) return
    const { manifests } = await render(helm, sets)
    expect(
      manifests
        .map(({ kind }) => kind)
        .filter((kind) => CUSTOM.has(kind))
        .sort(),
    ).toEqual(custom)
    await validate(manifests)
    const pods = manifests.flatMap(({ kind, spec }) => (kind === 'Deployment' && spec.template !== undefined ? [spec.template.spec] : []))
    expect(pods).toHaveLength(2)
    for (const { terminationGracePeriodSeconds, containers } of pods) {
      expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(60)
      expect(containers[0]?.securityContext).toMatchObject({ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false })
      // No secret stands in a manifest: they come from Secrets.
      const inClear = containers[0]?.env.filter(({ name, value }) => value !== undefined && /KEY$|PASSWORD|CATALOG_URL/.test(name))
      expect(inClear).toEqual([])
    }
  })

  test('what Kubernetes would not take is found', async () => {
    if (helm === null) return
    const { manifests } = await render(helm, [])
    const broken = manifests.map((one) => (one.kind === 'Deployment' ? { ...one, spec: { ...one.spec, replicas: 'two' } } : one))
    await expect(validate(broken as unknown as readonly Manifest[])).rejects.toThrow()
  })
})
