import { ConfigError } from '../../tensor/errors.js'
import { splitOf } from './source.js'
import type { Table } from './table.js'

/** Which columns of a list hold what, as indexes. */
export interface ListColumns {
  path: number
  /** One column of labels; several, of which each row has a 1 in one, named by their heads; none. */
  label: number | readonly number[] | null
  split: number | null
  /** What was chosen. */
  note: string
}

/** Columns by name, given by the user. */
export interface ColumnNames {
  imageColumn?: string | undefined
  labelColumn?: string | undefined
}

/** The usual names, likeliest first, in small letters without signs. */
const pathNames = [
  ...['path', 'filename', 'file', 'filepath', 'imagepath', 'imgpath', 'image', 'imagename', 'imagefile', 'img'],
  ...['imgname', 'imageid', 'imgid', 'photo', 'picture', 'fname', 'id', 'name', 'images', 'imagefilename'],
]
const labelNames = [
  ...['label', 'labels', 'class', 'classname', 'category', 'categoryname', 'target', 'classid', 'labelname', 'labelid'],
  ...['finelabel', 'breed', 'species', 'diagnosis', 'variety', 'cultivar', 'predictionstring', 'categoryid', 'y'],
]
const splitNames = ['split', 'set', 'subset', 'partition', 'fold', 'dataset', 'usage', 'phase', 'istest', 'testset']

const plain = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')

/**
 * Choose the columns of a list with a header.
 * @returns null if no column holds paths
 * @throws ConfigError if a column that the user named is not there
 */
export function chooseColumns({ name, header, rows }: Table, given: ColumnNames = {}): ListColumns | null {
  const heads = (header ?? []).map(plain)
  const path = named(given.imageColumn, header, name) ?? firstOf(pathNames, heads)
  if (path === null) return null
  const split = withSplits(heads, rows, path)
  const chosen = named(given.labelColumn, header, name) ?? firstOf(labelNames, heads, [path, split])
  const rest = [...heads.keys()].filter((i) => i !== path && i !== split)
  const label = chosen ?? (rest.length === 1 ? rest[0]! : oneHot(rest, rows))
  const show = (i: number): string => `"${header![i]}"`
  const rivals = rest.filter((i) => i !== label && labelNames.includes(heads[i]!)).map(show)
  const also = rivals.length > 0 ? ` (there is ${rivals.join(', ')} too: --label-column chooses)` : ''
  const parts = [`images by ${show(path)}`]
  if (typeof label === 'number') parts.push(`labels by ${show(label)}${also}`)
  else if (label) parts.push(`labels by the ${label.length} columns ${show(label[0]!)} to ${show(label.at(-1)!)}`)
  if (split !== null) parts.push(`splits by ${show(split)}`)
  return { path, label, split, note: `${name}: ${parts.join(', ')}` }
}

function named(column: string | undefined, header: readonly string[] | null, list: string): number | null {
  if (column === undefined) return null
  const found = (header ?? []).indexOf(column)
  const near = found >= 0 ? found : (header ?? []).findIndex((name) => plain(name) === plain(column))
  if (near >= 0) return near
  throw new ConfigError(`${list}: expected a column "${column}", got ${header?.join(', ') || 'no names of columns'}`)
}

function firstOf(
  names: readonly string[],
  heads: readonly string[],
  taken: readonly (number | null)[] = [],
): number | null {
  for (const name of names) {
    const found = heads.findIndex((head, i) => head === name && !taken.includes(i))
    if (found >= 0) return found
  }
  return null
}

/** A column with a usual name whose cells are splits. */
function withSplits(heads: readonly string[], rows: Table['rows'], path: number): number | null {
  const found = heads.findIndex((head, i) => i !== path && splitNames.includes(head))
  if (found < 0) return null
  const isUsual =
    heads[found] === 'split' || rows.slice(0, 100).some(({ cells }) => splitOf(cells[found] ?? '') !== null)
  return isUsual ? found : null
}

function oneHot(columns: readonly number[], rows: Table['rows']): readonly number[] | null {
  if (columns.length < 2 || rows.length === 0) return null
  const isOne = (cell: string | undefined): boolean => Number(cell) === 1
  const isBit = (cell: string | undefined): boolean => cell?.trim() !== '' && (isOne(cell) || Number(cell) === 0)
  const fits = rows.every(({ cells }) => {
    return columns.every((i) => isBit(cells[i])) && columns.filter((i) => isOne(cells[i])).length === 1
  })
  return fits ? columns : null
}
