import { z } from 'zod'

/**
 * References that are resolved in the worker, where they are used: `env:NAME`, `file:/path`, `secret:NAME` (in the catalog, by
 * `lodeline secret set`), `aws-sm:id`, `ssm:name`, or `enc:…` encrypted at rest.
 */
export const SECRET_REFERENCE = /^(env|file|secret|aws-sm|ssm|enc):/

/** Marks a config field as secret: shown as `***`, encrypted at rest unless it is a reference. */
export function secret(description: string): z.ZodString {
  return z.string().min(1).describe(description).meta({ secret: true })
}
