import type { ImageSize, RawImage } from '../decodeImage.js'

export type Split = 'train' | 'test'

/** One labelled image, not decoded yet. */
export interface Entry {
  /** What messages and the list of bad images call it: a path in the folder, a row of a file. */
  name: string
  /** Name of its class. */
  label: string
  /** null: the source does not say. */
  split: Split | null
}

/** An image, or a row that should name one, that cannot be used, and why. */
export interface BadImage {
  name: string
  reason: string
}

/** A file that the images depend on: another size or time of change means other images. */
export interface Stamp {
  path: string
  size: number
  mtimeMs: number
}

/** Gives one image: bytes of a file, or pixels. */
export interface ImageTask {
  /** Position in the entries. */
  index: number
  open: () => Promise<Uint8Array | RawImage>
}

/** Images of the user's own: what there is, and how to get it. */
export interface Source {
  /** `image folder`, `CSV`, `parquet`, `arrays` */
  kind: string
  entries: Entry[]
  /** Names of the classes in their order, where the source has one; else they are sorted. */
  classes: readonly string[] | null
  bad: BadImage[]
  /** Files that were passed over because they are of no kind that is looked for, by ending. */
  passedOver: Readonly<Record<string, number>>
  stamps: Stamp[]
  /** The size that all images have, if the source has one. */
  size: ImageSize | null
  /** Every image, each once, in any order. */
  images(): Iterable<ImageTask> | AsyncIterable<ImageTask>
}

const splits: Readonly<Record<string, Split>> = {
  train: 'train',
  training: 'train',
  test: 'test',
  testing: 'test',
  val: 'test',
  valid: 'test',
  validation: 'test',
}

/** What people call the two parts: train; test, val, validation. null for anything else. */
export function splitOf(name: string): Split | null {
  const key = name.toLowerCase()
  return Object.hasOwn(splits, key) ? splits[key]! : null
}

/** By code units, as Python sorts: the same on every machine. */
export const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Names of classes in their order: by number if all are whole numbers, else by name. */
export function sortClasses(names: Iterable<string>): string[] {
  const list = [...new Set(names)]
  const areNumbers = list.every((name) => /^\d{1,9}$/.test(name))
  return list.sort(areNumbers ? (a, b) => Number(a) - Number(b) : byName)
}
