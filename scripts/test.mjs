// `npm test`: all that has to hold before a change goes in. Runs on the clone's own Node (npm puts it first in PATH).
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pythonReady } from '../test/support/python.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const checksOnly = process.argv.includes('--checks-only')
const bin = (name) => join(root, 'node_modules', '.bin', name)
const SOURCES = ['contracts', 'lineage', 'catalog', 'plugins', 'workflows', 'activities', 'deploy', 'client', 'worker']

/** What a step came to: how many of its checks held, and what to read where one did not. */
const outcome = (passed, failed, says = '') => ({ passed, failed, says })

function run(command, args, { env = {}, input } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    let out = ''
    const take = (chunk) => (out += chunk)
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', (error) => resolve({ code: 127, out: String(error) }))
    child.on('close', (code) => resolve({ code: code ?? 1, out }))
  })
}

async function simple(command, args) {
  const { code, out } = await run(command, args)
  return code === 0 ? outcome(1, 0) : outcome(0, 1, out)
}

function sourceFiles(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && /\.tsx?$/.test(entry.name),
  ).length
}

/** A cruise that reads too little (a parser that does not fit, say) would pass for nothing. */
async function importDirections() {
  const { code, out } = await run(bin('depcruise'), ['--output-type', 'json', '--config', '.dependency-cruiser.cjs', ...SOURCES, 'test'])
  let report
  try {
    report = JSON.parse(out)
  } catch {
    return outcome(0, 1, out)
  }
  const cruised = report.modules.filter(({ source }) => /\.tsx?$/.test(source) && !source.startsWith('node_modules')).length
  const there = [...SOURCES, 'test'].reduce((sum, folder) => sum + sourceFiles(folder), 0)
  if (cruised < there) return outcome(0, 1, `only ${cruised} of ${there} modules were read`)
  const broken = report.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)
  return code === 0 && broken.length === 0 ? outcome(1, 0) : outcome(0, 1, broken.join('\n'))
}

/** Tests that start Temporal and workers wait more than they compute: one after the other, in a lane of their own. */
const OF_SERVERS = `^${RegExp.escape(root)}test/(worker|end-to-end|client|deploy|chaos)/`

async function jest(name, selection) {
  const report = join(root, '.tools', `jest-${name}.json`)
  mkdirSync(join(root, '.tools'), { recursive: true })
  const started = Date.now()
  const args = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', join(root, 'node_modules', 'jest', 'bin', 'jest.js')]
  const options = ['--runInBand', '--forceExit', '--json', `--outputFile=${report}`, ...selection]
  const { code, out } = await run(process.execPath, [...args, ...options], { env: { FORCE_COLOR: '0' } })
  let result
  try {
    if (statSync(report).mtimeMs < started) throw new Error('no report')
    result = JSON.parse(readFileSync(report, 'utf8'))
  } catch {
    return outcome(0, 1, out)
  }
  // A file that cannot be loaded counts as one failure; a skipped test is one too: what does not run shows nothing.
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites + result.numPendingTests + result.numTodoTests
  const slow = result.testResults
    .map(({ name, startTime, endTime }) => ({ name: name.slice(root.length), seconds: (endTime - startTime) / 1000 }))
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, 5)
  const says =
    failed === 0 && code === 0
      ? `slowest: ${slow.map(({ name, seconds }) => `${name} ${seconds.toFixed(0)} s`).join(', ')}`
      : [...result.testResults.map(failuresOf), out].join('')
  return outcome(result.numPassedTests, failed === 0 && code !== 0 ? 1 : failed, says)
}

/** What failed stands before the long report, and again in one line each at the end of `npm test`: logs of CI are often cut. */
function failuresOf({ name, message, assertionResults }) {
  const failed = assertionResults.filter(({ status }) => status !== 'passed').map(({ fullName, status }) => `${status}: ${fullName}`)
  if (failed.length === 0 && message === '') return ''
  const file = name.slice(root.length)
  for (const test of failed.length > 0 ? failed : ['could not be run']) failures.push(`${file}: ${test}`)
  return `${file}\n${message}\n`
}

const failures = []

/** Two lanes, for two cores: the checks of the text beside the installs, then the tests of servers beside the others. */
const CHECKS = [
  ['type check', () => simple(bin('tsc'), ['-p', '.', '--noEmit'])],
  ['lint and format', () => simple(bin('biome'), ['ci', '--colors=off', '--max-diagnostics=50', '.'])],
  ['import directions', importDirections],
  ['WebAssembly', () => simple(process.execPath, [join(root, 'scripts', 'build-wasm.mjs'), '--check'])],
  ['unused code', () => simple(bin('knip'), ['--no-progress'])],
]

async function install() {
  await pythonReady()
  return outcome(0, 0)
}

async function step(name, work, results) {
  const started = Date.now()
  const result = await work().catch((error) => outcome(0, 1, error instanceof Error ? (error.stack ?? error.message) : String(error)))
  results.push({ name, ...result, seconds: (Date.now() - started) / 1000 })
  const mark = result.failed === 0 ? 'ok    ' : 'FAILED'
  console.log(
    `${mark} ${name.padEnd(18)} ${String(result.passed).padStart(5)} passed ${String(result.failed).padStart(3)} failed  ${((Date.now() - started) / 1000).toFixed(1)} s`,
  )
  if (result.says !== '' && (result.failed > 0 || name.includes('tests'))) console.log(result.says.replace(/^/gm, '       '))
}

/** `npm test -- test/lineage` runs a part. */
async function tests(results) {
  const part = process.argv.slice(2)
  if (part.length > 0) return await step('tests', () => jest('part', part), results)
  await Promise.all([
    step('tests of servers', () => jest('servers', [OF_SERVERS]), results),
    step('other tests', () => jest('others', ['--testPathIgnorePatterns', OF_SERVERS]), results),
  ])
}

async function main() {
  const results = []
  const started = Date.now()
  const checks = (async () => {
    for (const [name, work] of CHECKS) await step(name, work, results)
  })()
  if (checksOnly) await checks
  else {
    await Promise.all([checks, step('test tools', install, results)])
    await tests(results)
  }
  if (!existsSync(join(root, '..', 'shared', 'conformance')))
    console.log('note   ../shared/conformance is not there: its cases were left out')
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0)
  for (const failure of failures) console.log(`FAILED ${failure}`)
  console.log(`\n${((Date.now() - started) / 1000).toFixed(0)} s on Node ${process.versions.node}`)
  console.log(`${total('passed')} passed, ${total('failed')} failed`)
  return total('failed') === 0 && total('passed') > 0 ? 0 : 1
}

process.exitCode = await main()
