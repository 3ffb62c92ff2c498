/** In `process_needs`, in the place of an asset: a name that no default completes, and (as the hash) the asset that was taken for it. */
export const PARTIAL = 'partial:'
