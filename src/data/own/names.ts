import { baseOf, type FileSet } from './fileSet.js'
import { decodeText } from './table.js'

/** Lists of names for identifiers such as WordNet's: an identifier, a space or tab, a name a line. */
const nameLists = ['words.txt', 'LOC_synset_mapping.txt', 'synset_words.txt']

/**
 * Names that a list beside the images has for classes that are called by identifiers.
 * @returns null unless one list has a name for every class; names that two classes share keep their identifiers behind them
 */
export async function readNames(
  set: FileSet,
  ids: readonly string[],
): Promise<{ names: ReadonlyMap<string, string>; note: string } | null> {
  for (const { path } of set.files) {
    if (!nameLists.includes(baseOf(path)) || ids.length === 0) continue
    const text = decodeText(await set.read(path), path, [])
    const known = new Map<string, string>()
    for (const line of text.split(/\r?\n/)) {
      const [, id, name] = /^(\S+)[\t ]+(.+)$/.exec(line) ?? []
      if (id !== undefined) known.set(id, name!.trim())
    }
    if (!ids.every((id) => known.has(id))) continue
    const counts = new Map<string, number>()
    for (const id of ids) counts.set(known.get(id)!, (counts.get(known.get(id)!) ?? 0) + 1)
    const unique = (id: string): string =>
      counts.get(known.get(id)!)! > 1 ? `${known.get(id)} (${id})` : known.get(id)!
    return { names: new Map(ids.map((id) => [id, unique(id)])), note: `names of the classes from ${path}` }
  }
  return null
}
