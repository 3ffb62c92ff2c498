import type { Asset } from '../../../contracts/assets.ts'
import type { Host } from '../../../contracts/plugin.ts'
import type { AthenaApi, LfTags } from './api.ts'
import { isDenied, isNotFound } from './errors.ts'

/** Lake Formation tags where they are assigned, as `key=value`; what is inherited is derived by whoever needs it. */
interface Tags {
  readonly database: readonly string[]
  readonly table: readonly string[]
  readonly columns: ReadonlyMap<string, readonly string[]>
}

/** Null: not known, because AWS does not let us see them. */
export interface TagReader {
  of(resource: { readonly database: string; readonly table?: string }): Promise<Tags | null>
}

/** After so many denials and nothing else, Lake Formation is not asked again: it would be one call a table for nothing. */
const GIVEN_UP_AFTER = 20

/** A denial costs the tags, never the metadata. */
export function tagReader(api: AthenaApi, host: Host): TagReader {
  let denials = 0
  let answers = 0
  return {
    async of(resource) {
      if (answers === 0 && denials >= GIVEN_UP_AFTER) return null
      try {
        const tags = tagsIn(await api.lfTags(resource))
        answers += 1
        return tags
      } catch (error) {
        host.signal.throwIfAborted()
        if (!isDenied(error) && !isNotFound(error)) throw error
        if (denials === 0)
          host.log('warn', 'Lake Formation tags cannot be read: lakeformation:GetResourceLFTags is denied', { ...resource })
        denials += 1
        host.count('tagsDenied')
        return null
      }
    },
  }
}

function tagsIn(answer: LfTags): Tags {
  return {
    database: flat(answer.LFTagOnDatabase),
    table: flat(answer.LFTagsOnTable),
    columns: new Map((answer.LFTagsOnColumns ?? []).map((column) => [column.Name?.toLowerCase() ?? '', flat(column.LFTags)])),
  }
}

export function withTags(asset: Asset, tags: Tags | null): Asset {
  if (tags === null) return asset
  if (asset.kind === 'schema') return { ...asset, tags: [...tags.database] }
  const columns = asset.columns?.map((column) => {
    const own = tags.columns.get(column.name.toLowerCase())
    return own === undefined || own.length === 0 ? column : { ...column, tags: [...own] }
  })
  return { ...asset, ...(columns === undefined ? {} : { columns }), tags: [...tags.table] }
}

function flat(
  tags: readonly { readonly TagKey?: string | undefined; readonly TagValues?: readonly string[] | undefined }[] | undefined,
): readonly string[] {
  return (tags ?? []).flatMap(({ TagKey, TagValues }) => (TagValues ?? []).map((value) => `${TagKey}=${value}`)).sort()
}
