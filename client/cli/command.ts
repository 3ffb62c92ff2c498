import type { Deps } from './deps.ts'

/**
 * A command is a value: what it takes, and a function from that to a result. Parsing, printing, `--json` and the exit
 * code are in run.ts, so a command is tested by calling `run`, and help and docs/cli.md come from the same list.
 */
export interface Command<Args extends ArgSpecs = ArgSpecs, Flags extends FlagSpecs = FlagSpecs> {
  readonly summary: string
  readonly description?: string
  readonly args: Args
  readonly flags: Flags
  readonly examples: readonly Example[]
  /** Exit codes beside the common ones of exit-codes.ts, in words. */
  readonly exits?: Readonly<Record<number, string>>
  run(given: Given<Args, Flags>, deps: Deps): Promise<CommandResult>
}

export interface CommandResult {
  readonly code: number
  /** What `--json` prints; absent where the command has written its own stream. */
  readonly data?: unknown
  readonly text: string
}

export interface Example {
  readonly line: string
  readonly says: string
}

export interface ArgSpec {
  readonly name: string
  readonly description: string
  readonly optional?: boolean
  readonly many?: boolean
}
export type ArgSpecs = readonly ArgSpec[]

export type FlagSpec = {
  readonly description: string
  /** Shown in help for the value, e.g. `FROM/TO`. */
  readonly value?: string
  readonly short?: string
  readonly required?: boolean
  readonly hidden?: boolean
} & (
  | { readonly type: 'boolean' }
  | { readonly type: 'string'; readonly default?: string }
  | { readonly type: 'strings' }
  | { readonly type: 'number'; readonly default?: number; readonly min?: number; readonly max?: number }
  | { readonly type: 'choice'; readonly choices: readonly string[]; readonly default?: string }
)
export type FlagSpecs = Readonly<Record<string, FlagSpec>>

type FlagValue<Spec extends FlagSpec> = Spec extends { type: 'boolean' }
  ? boolean
  : Spec extends { type: 'strings' }
    ? readonly string[]
    : Optional<
        Spec,
        Spec extends { type: 'number' } ? number : Spec extends { type: 'choice'; choices: readonly (infer Choice)[] } ? Choice : string
      >
type Optional<Spec extends FlagSpec, Value> = Spec extends { default: unknown } | { required: true } ? Value : Value | undefined

type ArgValue<Spec extends ArgSpec> = Spec extends { many: true }
  ? readonly string[]
  : Spec extends { optional: true }
    ? string | undefined
    : string

/** Values by name; a flag `--max-depth` is `maxDepth`. */
export type Given<Args extends ArgSpecs, Flags extends FlagSpecs> = {
  readonly [Name in keyof Flags]: FlagValue<Flags[Name]>
} & { readonly [Spec in Args[number] as Spec['name']]: ArgValue<Spec> }

export function defineCommand<const Args extends ArgSpecs, const Flags extends FlagSpecs>(command: Command<Args, Flags>): Command {
  return command as unknown as Command // parse.ts gives `run` exactly the values that the specs describe
}

/** `maxDepth` → `--max-depth`. */
export function flagName(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
