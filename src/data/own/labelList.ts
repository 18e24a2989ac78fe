import { DataError } from '../../tensor/errors.js'
import { type ColumnNames, chooseColumns, type ListColumns } from './columns.js'
import { type FoundFile, folderOf } from './fileSet.js'
import type { Finder } from './finder.js'
import { type BadImage, type Split, splitOf } from './source.js'
import { type Table, withHeader } from './table.js'

/** An image that a list names. */
export interface ListedImage {
  file: FoundFile
  /** null: the list has no labels. */
  label: string | null
  /** null: the list has no splits. */
  split: Split | null
  /** What messages call it. */
  name: string
}

/** A list of labels, its paths found. */
export interface LabelList {
  path: string
  images: ListedImage[]
  bad: BadImage[]
  hasLabels: boolean
  notes: string[]
}

/** So many rows tell whether a list is about the images at hand. */
const probed = 40

/**
 * The images that a list names, with their labels and splits.
 * @param among which images are likelier than others of the same name
 * @returns null if it is not a list of these images: fewer than half of its first rows name one
 */
export function readLabelList(
  table: Table,
  path: string,
  finder: Finder,
  given: ColumnNames = {},
  among?: ReadonlySet<FoundFile>,
): LabelList | null {
  const folder = folderOf(path)
  const isFound = (cell: string | undefined): boolean => {
    try {
      return cell !== undefined && cell.trim() !== '' && finder.find(cell, folder, among) !== undefined
    } catch {
      return false
    }
  }
  const chosen = columnsOf(table, isFound, given)
  if (chosen === null) return null
  const { columns, body } = chosen
  const some = body.rows.slice(0, probed)
  const hits = some.filter(({ cells }) => isFound(cells[columns.path])).length
  if (some.length === 0 || 2 * hits < some.length) return null
  return collect(body, columns, path, (cell) => finder.find(cell, folder, among))
}

/** By the names in the first row, where it holds names; else the first column that names images, and what follows it. */
function columnsOf(
  table: Table,
  isFound: (cell: string | undefined) => boolean,
  given: ColumnNames,
): { columns: ListColumns; body: Table } | null {
  const first = table.rows[0]?.cells ?? []
  if (table.header === null && first.some(isFound)) {
    const path = first.findIndex(isFound)
    const rest = [...first.keys()].filter((i) => i !== path)
    const split = rest.find((i) => table.rows.every(({ cells }) => splitOf(cells[i] ?? '') !== null)) ?? null
    const label = rest.find((i) => i !== split) ?? null
    const columns = {
      path,
      label,
      split,
      note: `${table.name}: no names of columns; column ${path + 1} names the images`,
    }
    return {
      columns: { ...columns, note: columns.note + (label === null ? '' : `, column ${label + 1} their labels`) },
      body: table,
    }
  }
  const body = table.header === null ? withHeader(table) : table
  const columns = chooseColumns(body, given)
  return columns && { columns, body }
}

/** @param find throws a reason where there is no such image */
export function collect(
  { name, header, rows, notes }: Table,
  columns: ListColumns,
  path: string,
  find: (cell: string) => FoundFile,
): LabelList {
  const images: ListedImage[] = []
  const bad: BadImage[] = []
  for (const { line, cells } of rows) {
    const cell = cells[columns.path]?.trim() ?? ''
    const title = cell === '' ? `row ${line}` : `${cell} (row ${line})`
    try {
      if (cell === '') throw new DataError('has no path')
      const label = labelIn(cells, columns, header)
      images.push({ label, split: splitOfRow(cells, columns), name: title, file: find(cell) })
    } catch (error) {
      bad.push({ name: title, reason: (error as Error).message })
    }
  }
  const hasLabels = columns.label !== null
  return { path, images, bad, hasLabels, notes: [...notes, columns.note.replace(/^[^:]*/, name)] }
}

function labelIn(cells: readonly string[], { label }: ListColumns, header: readonly string[] | null): string | null {
  if (label === null) return null
  if (typeof label !== 'number') return header![label.find((i) => Number(cells[i]) === 1)!]!
  const text = cells[label]?.trim() ?? ''
  if (text === '') throw new DataError('has no label')
  // Boxes follow the class in the lists of ImageNet's challenge.
  const isBoxes = header?.[label]?.toLowerCase() === 'predictionstring'
  return (isBoxes ? text.split(' ')[0]! : text).normalize('NFC')
}

function splitOfRow(cells: readonly string[], { split }: ListColumns): Split | null {
  if (split === null) return null
  const text = cells[split]?.trim() ?? ''
  if (/^(0|false)$/i.test(text)) return 'train'
  if (/^(1|true)$/i.test(text)) return 'test'
  const found = splitOf(text)
  if (found === null) throw new DataError(`expected the split train, test or val, got "${text}"`)
  return found
}
