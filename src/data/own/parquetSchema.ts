import type { FileMetaData } from 'hyparquet'
import { z } from 'zod'
import { ConfigError, DataError } from '../../tensor/errors.js'
import type { ColumnNames } from './columns.js'

/** Which columns hold what. */
export interface Columns {
  image: string
  label: string
  /** Names of the classes by number, where the file says them. */
  classes: readonly string[] | null
  /** Which columns were chosen. */
  note: string
}

/** The usual names, likeliest first. */
const imageNames = [
  'image',
  'img',
  'images',
  'picture',
  'photo',
  'jpg',
  'jpeg',
  'png',
  'webp',
  'bytes',
  'image_bytes',
  'pixel_values',
]
const labelNames = [
  'label',
  'labels',
  'fine_label',
  'class',
  'target',
  'category',
  'cls',
  'class_name',
  'label_name',
  'coarse_label',
  'y',
]

/** What the `datasets` library of Hugging Face writes into the key `huggingface`. */
const features = z.record(
  z.string(),
  z.looseObject({ _type: z.string().optional(), names: z.array(z.string()).optional() }).catch({}),
)
const hubMetadata = z.object({ info: z.object({ features }) })

/**
 * @throws DataError if there is no column of images or none of labels, or several and none by a usual name; ConfigError if the one that the
 * user named is not there
 */
export function chooseColumns(metadata: FileMetaData, { imageColumn, labelColumn }: ColumnNames = {}): Columns {
  const described = hubFeatures(metadata)
  const columns = topColumns(metadata)
  const ofType = (type: string) => columns.filter((name) => described[name]?._type === type)
  const image = named(imageColumn, columns) ?? choose('images', columns, ofType('Image'), imageNames)
  const label = named(labelColumn, columns) ?? choose('labels', columns, ofType('ClassLabel'), labelNames)
  const rivals = columns.filter(
    (name) => name !== label && (labelNames.includes(name) || ofType('ClassLabel').includes(name)),
  )
  const also = rivals.length > 0 ? ` (there is "${rivals.join('", "')}" too: --label-column chooses)` : ''
  return {
    image,
    label,
    classes: described[label]?.names ?? null,
    note: `images by "${image}", labels by "${label}"${also}`,
  }
}

function named(column: string | undefined, columns: readonly string[]): string | null {
  if (column === undefined || columns.includes(column)) return column ?? null
  throw new ConfigError(`expected a column "${column}", got ${columns.join(', ')}`)
}

function choose(what: string, columns: string[], declared: string[], usual: readonly string[]): string {
  const among = declared.length > 0 ? declared : columns
  const chosen = among.length === 1 && declared.length > 0 ? among[0] : usual.find((name) => among.includes(name))
  const found = chosen ?? declared[0]
  if (found !== undefined) return found
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
