import { ERRORS, LodelineError } from '../../contracts/errors.ts'
import { EXIT, exitOf } from './exit-codes.ts'
import type { Paint } from './paint.ts'

/** What a user sees of an error: what is wrong, where, what to do. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly evidence?: Readonly<Record<string, unknown>>
  readonly exit: number
  readonly stack?: string
}

export function failureOf(error: unknown): Failure {
  if (error instanceof LodelineError) {
    const { kind, hint } = ERRORS[error.code]
    const stack = error.stack
    return {
      code: error.code,
      message: error.message,
      hint,
      evidence: error.evidence,
      exit: exitOf(kind),
      ...(stack === undefined ? {} : { stack }),
    }
  }
  const known = fileFailure(error)
  if (known !== null) return known
  const message = error instanceof Error ? error.message : String(error)
  const stack = error instanceof Error ? error.stack : undefined
  return { code: 'INTERNAL', message, hint: ERRORS.INTERNAL.hint, exit: EXIT.fault, ...(stack === undefined ? {} : { stack }) }
}

const FILE_TROUBLE: Readonly<Record<string, { readonly says: string; readonly exit: number }>> = {
  ENOENT: { says: 'does not exist', exit: EXIT.missing },
  EISDIR: { says: 'is a directory', exit: EXIT.usage },
  EACCES: { says: 'may not be read or written by this user', exit: EXIT.access },
  ENOTDIR: { says: 'is below something that is no directory', exit: EXIT.usage },
  ENOSPC: { says: 'cannot be written: the disk is full', exit: EXIT.missing },
}

function fileFailure(error: unknown): Failure | null {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return null
  const trouble = FILE_TROUBLE[String(error.code)]
  if (trouble === undefined || !('path' in error || error.code === 'EISDIR')) return null
  const path = 'path' in error ? String(error.path) : 'what was given as a file' // reading a directory fails without a path
  return {
    code: 'FILE_UNUSABLE',
    message: `${path} ${trouble.says}`,
    hint: ERRORS.FILE_UNUSABLE.hint,
    evidence: { reason: String(error.code) },
    exit: trouble.exit,
  }
}

export function failureText(failure: Failure, paint: Paint, verbose: boolean): string {
  const lines = [`${paint.red('error')} ${paint.dim(failure.code)}  ${failure.message}`]
  if (failure.hint !== undefined) lines.push(`  ${paint.cyan('→')} ${failure.hint}`)
  if (verbose && failure.stack !== undefined) lines.push(paint.dim(failure.stack))
  return `${lines.join('\n')}\n`
}
