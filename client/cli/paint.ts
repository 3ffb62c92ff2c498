import { styleText } from 'node:util'

/** Colours, or none: decided once for the process. */
export interface Paint {
  readonly enabled: boolean
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  blue(text: string): string
  magenta(text: string): string
  cyan(text: string): string
  underline(text: string): string
}

const NAMES = ['bold', 'dim', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'underline'] as const

export function paintOf(enabled: boolean): Paint {
  const painter = (name: (typeof NAMES)[number]) => (text: string) => (enabled ? styleText(name, text, { validateStream: false }) : text)
  const functions = Object.fromEntries(NAMES.map((name) => [name, painter(name)]))
  return { enabled, ...functions } as unknown as Paint // one function for each of NAMES, which are Paint's own
}

/** As terminals and https://no-color.org have it: flags win, then NO_COLOR and FORCE_COLOR, then whether it is a terminal. */
export function wantsColour(
  flags: { readonly color: boolean; readonly noColor: boolean },
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): boolean {
  if (flags.noColor) return false
  if (flags.color) return true
  if ((env['NO_COLOR'] ?? '') !== '') return false
  if ((env['FORCE_COLOR'] ?? '0') !== '0') return true
  return isTerminal && env['TERM'] !== 'dumb'
}
