import { join } from 'node:path'
import { DefaultLogger } from '@temporalio/worker'
import { workflowBundle } from './bundle.ts'

/** Builds the workflow bundle into `dist/`, for images whose file system is read-only. Prints where it is. */
const root = join(import.meta.dirname, '..')
const { codePath } = await workflowBundle({ root, cache: join(root, 'dist'), logger: new DefaultLogger('WARN') })
process.stdout.write(`${codePath}\n`)
