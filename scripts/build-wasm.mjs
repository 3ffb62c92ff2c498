// `npm run build:wasm`: the miner's line reader as WebAssembly, from its source in AssemblyScript. The module is kept in the repository, so that a clone runs
// without this; `--check` fails where it is not what its source gives.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const folder = fileURLToPath(new URL('../activities/mining/threads', import.meta.url))
const module = join(folder, 'line-reader.wasm')
// It allocates nothing, and its functions for vectors are its own.
const FLAGS = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--disableWarning', '112']

async function main() {
  let built = null
  const { error, stderr } = await asc.main(['line-reader/line.ts', '--baseDir', folder, '--outFile', 'line-reader.wasm', ...FLAGS], {
    writeFile: (_name, contents) => {
      built = contents
    },
  })
  if (error !== null || built === null) {
    console.error(stderr.toString())
    return 1
  }
  if (!process.argv.includes('--check')) writeFileSync(module, built)
  else if (!readFileSync(module).equals(built)) {
    console.error('activities/mining/threads/line-reader.wasm is not what its source gives: run `npm run build:wasm`')
    return 1
  }
  return 0
}

process.exitCode = await main()
