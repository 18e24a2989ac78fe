import type { FileMetaData } from 'hyparquet'
import { z } from 'zod'
import { DataError } from '../../tensor/errors.js'

/** Which columns hold what. */
export interface Columns {
  image: string
  label: string
  /** Names of the classes by number, where the file says them. */
  classes: readonly string[] | null
}

/** The usual names, likeliest first. */
const imageNames = ['image', 'img', 'images', 'picture', 'jpg', 'png', 'bytes']
const labelNames = ['label', 'labels', 'fine_label', 'class', 'target', 'category', 'y']

/** What the `datasets` library of Hugging Face writes into the key `huggingface`. */
const features = z.record(
  z.string(),
  z.looseObject({ _type: z.string().optional(), names: z.array(z.string()).optional() }).catch({}),
)
const hubMetadata = z.object({ info: z.object({ features }) })

/** @throws DataError if there is no column of images or none of labels, or several and none by a usual name */
export function chooseColumns(metadata: FileMetaData): Columns {
  const described = hubFeatures(metadata)
  const columns = topColumns(metadata)
  const ofType = (type: string) => columns.filter((name) => described[name]?._type === type)
  const image = choose('images', columns, ofType('Image'), imageNames)
  const label = choose('labels', columns, ofType('ClassLabel'), labelNames)
  return { image, label, classes: described[label]?.names ?? null }
}

function choose(what: string, columns: string[], declared: string[], usual: readonly string[]): string {
  const among = declared.length > 0 ? declared : columns
  const chosen = among.length === 1 && declared.length > 0 ? among[0] : usual.find((name) => among.includes(name))
  if (chosen !== undefined) return chosen
  throw new DataError(`expected a column of ${what} (${usual.slice(0, 4).join(', ')} …), got ${columns.join(', ')}`)
}

function hubFeatures({ key_value_metadata: pairs = [] }: FileMetaData): z.output<typeof features> {
  const json = pairs.find(({ key }) => key === 'huggingface')?.value
  if (json === undefined) return {}
  try {
    return hubMetadata.parse(JSON.parse(json)).info.features
  } catch {
    return {} // of another shape: the names of the columns decide
  }
}

/** Names of the columns that are not inside others: the schema lists them behind the root, each before its own. */
function topColumns({ schema }: FileMetaData): string[] {
  const names: string[] = []
  let at = 1
  const skip = (): void => {
    let inner = schema[at++]?.num_children ?? 0
    while (inner-- > 0 && at < schema.length) skip()
  }
  while (at < schema.length) {
    names.push(schema[at]!.name)
    skip()
  }
  return names
}
