import { DataError } from '../../tensor/errors.js'
import type { RawImage } from '../decodeImage.js'
import type { ColumnNames } from './columns.js'
import { type Entry, type ImageTask, type Source, type Split, type Stamp, splitIn, splitOf } from './source.js'
import { decodeText } from './table.js'

/** A CSV file whose rows may be pixels. */
export interface PixelFile {
  path: string
  name: string
  bytes: Uint8Array
  stamp: Stamp
}

/** Fewer columns of numbers than this are no image. */
const leastPixels = 16

interface Layout {
  label: number | null
  /** The cell of all pixels, separated by spaces (FER-2013), or the first and last column of them. */
  pixels: number | { first: number; count: number }
  split: number | null
  labelName: string
}

const labelHeads = ['label', 'class', 'target', 'emotion', 'y', 'digit', 'category']

/**
 * Images as rows of a CSV file: a label, and grey or red, green and blue pixels of a square in as many columns (Kaggle's digits,
 * Fashion-MNIST and sign language), or in one column with spaces between them (FER-2013).
 * @returns null if the files are no such ones; files without labels, as of competitions, are left out
 */
export async function pixelSource(files: readonly PixelFile[], columns: ColumnNames = {}): Promise<Source | null> {
  const entries: Entry[] = []
  const images: RawImage[] = []
  const notes: string[] = []
  const stamps: Stamp[] = []
  let side = 0
  for (const { path, name, bytes, stamp } of files) {
    const head = firstLines(bytes)
    const layout = layoutOf(head, columns)
    if (layout === null) continue
    stamps.push(stamp)
    const lines = decodeText(bytes, name, notes).split(/\r?\n/)
    if (layout.label === null) {
      notes.push(
        `${name} has no labels and is left out (${lines.filter((line) => line.trim() !== '').length - 1} rows)`,
      )
      continue
    }
    const fileSplit = files.length > 1 ? splitIn(name) : null
    const hasHead = !isNumeric(cellsOf(lines[0]!))
    for (const [i, line] of lines.entries()) {
      if ((hasHead && i === 0) || line.trim() === '') continue
      const row = readRow(cellsOf(line), layout, `${path}: line ${i + 1}`)
      if (side !== 0 && row.image.width !== side)
        throw new DataError(
          `${path}: line ${i + 1}: expected ${side} × ${side} pixels, got ${row.image.width} × ${row.image.height}`,
        )
      side = row.image.width
      entries.push({ name: `${name} row ${i + 1}`, label: row.label, split: row.split ?? fileSplit })
      images.push(row.image)
    }
    notes.push(`${name}: labels by "${layout.labelName}", pixels of ${side} × ${side} images`)
  }
  if (entries.length === 0) return null
  return {
    ...{ kind: 'CSV of pixels', entries, notes, stamps, bad: [], passedOver: {}, classes: null },
    size: { height: side, width: side },
    images: () => images.map((image, index): ImageTask => ({ index, open: async () => image })),
  }
}

const firstLines = (bytes: Uint8Array): string[] =>
  decodeText(bytes.subarray(0, 2 ** 17), '', [])
    .split(/\r?\n/)
    .slice(0, 2)

const cellsOf = (line: string): string[] => line.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))

const isNumeric = (cells: readonly string[]): boolean =>
  cells.every((cell) => cell !== '' && !Number.isNaN(Number(cell)))

const isSquare = (count: number): boolean =>
  Number.isInteger(Math.sqrt(count)) || Number.isInteger(Math.sqrt(count / 3))

function layoutOf([first = '', second = '']: readonly string[], { labelColumn }: ColumnNames): Layout | null {
  const head = cellsOf(first)
  const row = cellsOf(second)
  const names = head.map((name) => name.toLowerCase())
  const label =
    labelColumn === undefined ? names.findIndex((name) => labelHeads.includes(name)) : head.indexOf(labelColumn)
  const split = names.findIndex((name) => ['usage', 'split', 'set'].includes(name))
  const packed = row.findIndex((cell) => cell.split(' ').length >= leastPixels && isNumeric(cell.split(' ')))
  const common = {
    label: label < 0 ? null : label,
    split: split < 0 ? null : split,
    labelName: head[label] ?? 'column 1',
  }
  if (packed >= 0) return { ...common, pixels: packed }
  if (
    head.length <= leastPixels ||
    head.length !== row.length ||
    !isNumeric(row.filter((_, i) => i !== label && i !== split))
  )
    return null
  if (isNumeric(head))
    return isSquare(head.length - 1) ? { ...common, label: 0, pixels: { first: 1, count: head.length - 1 } } : null
  const areas = names.flatMap((name, i) => (/^(pixel|px|p|x)?_?\d+(x\d+)?$/.test(name) ? [i] : []))
  const isRun = areas.length >= leastPixels && areas.at(-1)! - areas[0]! === areas.length - 1 && isSquare(areas.length)
  return isRun ? { ...common, pixels: { first: areas[0]!, count: areas.length } } : null
}

function readRow(cells: readonly string[], { label, pixels, split }: Layout, title: string) {
  const texts =
    typeof pixels === 'number'
      ? (cells[pixels] ?? '').split(' ')
      : cells.slice(pixels.first, pixels.first + pixels.count)
  const count = texts.length
  if (!isSquare(count) || (typeof pixels !== 'number' && count !== pixels.count)) {
    throw new DataError(`${title}: expected the pixels of a square, got ${count} numbers`)
  }
  const channels = Number.isInteger(Math.sqrt(count)) ? 1 : 3
  const side = Math.sqrt(count / channels)
  const data = new Uint8Array(count)
  for (const [i, text] of texts.entries()) {
    const value = Number(text)
    if (!(value >= 0 && value <= 255) || text === '')
      throw new DataError(`${title}: expected pixels from 0 to 255, got "${text}"`)
    data[i] = Math.round(value)
  }
  const name = cells[label!] ?? ''
  if (name === '') throw new DataError(`${title}: has no label`)
  // FER-2013 calls its parts Training, PublicTest and PrivateTest.
  const word = split === null ? '' : cells[split]!.replace(/^public/i, 'val').replace(/^private/i, '')
  const part: Split | null = split === null ? null : /^valtest$/i.test(word) ? 'val' : splitOf(word)
  return {
    label: /^\d+\.0*$/.test(name) ? String(Number(name)) : name,
    split: part,
    image: { height: side, width: side, channels, data } as RawImage,
  }
}
