import type { ErrorSpec } from '../../contracts/errors.ts'

/** Exit codes of every command; docs/cli.md lists them from here. */
export const EXITS = {
  0: 'Done.',
  1: 'A fault in lodeline itself.',
  2: 'The command line, a document or a name in it is wrong; the message says where.',
  3: 'It was carried out, and the outcome is bad: the run failed, a check failed, a line could not be taken.',
  4: 'Something needed is not there: no Temporal, no catalog, no file.',
  5: 'Access was refused, or a secret could not be resolved.',
  6: 'A server is busy or away for the moment; the same command may work later.',
  130: 'Interrupted (Ctrl-C).',
} as const

export const EXIT = { done: 0, fault: 1, usage: 2, outcome: 3, missing: 4, access: 5, busy: 6, interrupted: 130 } as const

export function exitOf(kind: ErrorSpec['kind']): number {
  const codes = { input: EXIT.usage, auth: EXIT.access, missing: EXIT.missing, busy: EXIT.busy, data: EXIT.outcome, internal: EXIT.fault }
  return codes[kind]
}
