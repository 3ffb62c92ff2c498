// `npm run test:image`: builds the worker's image with buildah and runs it against a Temporal dev server. By hand: it takes minutes, and root.
// Where no registry answers, the base is made here: Debian by mmdebstrap, Node from npm. LODELINE_BUILD_FLAGS goes to `buildah bud` as it is.
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { pythonProgram } from '../test/support/python.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const BASE = 'docker.io/library/node:24-bookworm-slim'
const IMAGE = 'localhost/lodeline-worker:test'
const READY_WITHIN_MS = 60_000
const folder = mkdtempSync(join(tmpdir(), 'lodeline-image-'))
const run = (program, args, options = {}) =>
  execFileSync(program, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 28, ...options }).trim()
const buildah = (...args) => run('buildah', ['--storage-driver', 'vfs', ...args])
const succeeds = (act) => {
  try {
    act()
    return true
  } catch {
    return false
  }
}

function makeBase() {
  if (succeeds(() => buildah('inspect', '--type', 'image', BASE)) || succeeds(() => buildah('pull', BASE))) return
  console.log('no registry answers: making the base image')
  run('mmdebstrap', ['--variant=minbase', '--include=ca-certificates', 'bookworm', join(folder, 'base.tar')])
  run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', 'node@24', 'npm@11'])
  const tree = join(folder, 'tree', 'usr', 'local')
  mkdirSync(join(tree, 'bin'), { recursive: true })
  mkdirSync(join(tree, 'lib', 'node_modules'), { recursive: true })
  cpSync(join(folder, 'node_modules', 'node', 'bin', 'node'), join(tree, 'bin', 'node'))
  cpSync(join(folder, 'node_modules', 'npm'), join(tree, 'lib', 'node_modules', 'npm'), { recursive: true })
  for (const name of ['npm', 'npx']) symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(tree, 'bin', name))
  const container = buildah('from', 'scratch')
  buildah('add', container, join(folder, 'base.tar'), '/')
  buildah('add', container, join(folder, 'tree'), '/')
  buildah('config', '--env', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', '--cmd', 'node', container)
  buildah('commit', '--rm', container, BASE)
}

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}

async function untilReady(url, child) {
  for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline && child.exitCode === null; await pause(250)) {
    const answer = await fetch(url).catch(() => null)
    if (answer?.ok) return await answer.json()
  }
  throw new Error('the worker in the container did not become ready')
}

async function runImage() {
  const [temporalPort, healthPort] = [await freePort(), await freePort()]
  const dev = ['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(temporalPort), '--log-level', 'never']
  const temporal = spawn(await pythonProgram('temporal'), dev, { stdio: 'ignore' })
  const container = buildah('from', '--pull-never', IMAGE)
  const env = { TEMPORAL_ADDRESS: `127.0.0.1:${temporalPort}`, LODELINE_HEALTH_PORT: String(healthPort) }
  const flags = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  // As the image's entry point says; `exec` so that the signal reaches the worker itself.
  const command = ['run', '--isolation', 'chroot', ...flags, container, '--', 'sh', '-c', 'echo "pid $$"; exec node worker/main.ts']
  const worker = spawn('buildah', ['--storage-driver', 'vfs', ...command], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  worker.stdout.setEncoding('utf8').on('data', (text) => (said += text))
  const ended = new Promise((done) => worker.on('close', done))
  try {
    console.log('ready:', JSON.stringify(await untilReady(`http://127.0.0.1:${healthPort}/readyz`, worker)))
    const user = run('ps', ['-o', 'uid=', '-p', pidIn(said)])
    process.kill(Number(pidIn(said)), 'SIGTERM')
    const code = await ended
    console.log(`ran as uid ${user}, stopped with exit code ${code}`)
    if (code !== 0 || user !== '10001') throw new Error('the image does not run as it should')
  } finally {
    if (worker.exitCode === null && said !== '') succeeds(() => process.kill(Number(pidIn(said)), 'SIGKILL'))
    temporal.kill()
    buildah('rm', container)
  }
}

/** In a chroot the pids are the machine's. */
const pidIn = (said) => /pid (\d+)/.exec(said)?.[1] ?? ''

try {
  run('buildah', ['--version'])
  makeBase()
  const flags = (process.env.LODELINE_BUILD_FLAGS ?? '').split(' ').filter((flag) => flag !== '')
  buildah(
    'bud',
    '--isolation',
    'chroot',
    '--pull-never',
    '--layers=false',
    '--format',
    'docker',
    ...flags,
    '-f',
    'deploy/docker/Dockerfile',
    '-t',
    IMAGE,
    '.',
  )
  const [{ size }] = JSON.parse(buildah('images', '--json', IMAGE))
  console.log(`built ${IMAGE}, ${size}`)
  await runImage()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
