import type { Asset } from '../../../contracts/assets.ts'
import type { Host } from '../../../contracts/plugin.ts'
import type { AthenaApi } from './api.ts'
import { isDenied, isNotFound } from './errors.ts'

/** Lake Formation tags where they are assigned, as `key=value`; what is inherited is derived by whoever needs it. */
export interface Tags {
  readonly database: readonly string[]
  readonly table: readonly string[]
  readonly columns: ReadonlyMap<string, readonly string[]>
}

const NONE: Tags = { database: [], table: [], columns: new Map() }

/** A denial costs the tags, said once a resource, and never the metadata. */
export async function tagsOf(api: AthenaApi, host: Host, resource: { readonly database: string; readonly table?: string }): Promise<Tags> {
  try {
    const answer = await api.lfTags(resource)
    return {
      database: flat(answer.LFTagOnDatabase),
      table: flat(answer.LFTagsOnTable),
      columns: new Map((answer.LFTagsOnColumns ?? []).map((column) => [column.Name?.toLowerCase() ?? '', flat(column.LFTags)])),
    }
  } catch (error) {
    host.signal.throwIfAborted()
    if (!isDenied(error) && !isNotFound(error)) throw error
    host.count('tagsDenied')
    host.log('debug', 'Lake Formation tags cannot be read', { ...resource })
    return NONE
  }
}

export function withTags(asset: Asset, tags: Tags): Asset {
  const columns = asset.columns?.map((column) => {
    const own = tags.columns.get(column.name.toLowerCase())
    return own === undefined || own.length === 0 ? column : { ...column, tags: [...own] }
  })
  return { ...asset, ...(columns === undefined ? {} : { columns }), ...(tags.table.length === 0 ? {} : { tags: [...tags.table] }) }
}

function flat(
  tags: readonly { readonly TagKey?: string | undefined; readonly TagValues?: readonly string[] | undefined }[] | undefined,
): readonly string[] {
  return (tags ?? []).flatMap(({ TagKey, TagValues }) => (TagValues ?? []).map((value) => `${TagKey}=${value}`)).sort()
}
