import { registerHooks } from 'node:module'

/** What a plugin may import without installing it: the contract, and the zod that its schemas are read with. */
const LENT = /^(lodeline\/plugin|zod(\/.*)?)$/

/**
 * A plugin dropped into a folder has no node_modules: what it may count on is resolved from this program. What it has itself
 * wins. For the whole process; registering it again changes nothing, since the first that resolves is taken.
 */
export function lendPackages(): void {
  const parentURL = import.meta.url
  registerHooks({
    resolve(specifier, context, next) {
      if (!LENT.test(specifier) || context.parentURL === parentURL) return next(specifier, context)
      try {
        return next(specifier, context)
      } catch (error) {
        if (!isNotFound(error)) throw error
        return next(specifier, { ...context, parentURL })
      }
    },
  })
}

function isNotFound(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
}
