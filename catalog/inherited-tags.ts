import { type AssetDetails, assetDetails, assetsByKey } from './assets.ts'
import type { Db } from './transaction.ts'

const SEPARATOR = '\u001f'

/** Tags that an asset has from the schema and database around it: a tag that is assigned nearer with the same key wins. Derived, never stored. */
export async function inheritedTags(db: Db, { connection, key, tags }: AssetDetails): Promise<readonly string[]> {
  const keys = new Set(tags.map(keyOf))
  const inherited: string[] = []
  const parts = key.split(SEPARATOR)
  for (let depth = parts.length - 1; depth > 0; depth--) {
    const place = parts.slice(0, depth).join(SEPARATOR)
    const id = (await assetsByKey(db, connection, [place])).get(place)?.id
    const around = id === undefined ? null : await assetDetails(db, id)
    const fresh = (around?.tags ?? []).filter((tag) => !keys.has(keyOf(tag)))
    for (const tag of fresh) keys.add(keyOf(tag))
    inherited.push(...fresh)
  }
  return inherited
}

/** Tags are `key=value`; a key may have several values. */
function keyOf(tag: string): string {
  const at = tag.indexOf('=')
  return at < 0 ? tag : tag.slice(0, at)
}
