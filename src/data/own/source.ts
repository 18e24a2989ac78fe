import type { ImageSize, RawImage } from '../decodeImage.js'

export type Split = 'train' | 'val' | 'test'

/** The parts in the order in which they are stored. */
export const splitNames: readonly Split[] = ['train', 'val', 'test']

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
  /** `image folder`, `list`, `parquet`, `arrays`, `IDX` … */
  kind: string
  entries: Entry[]
  /** Names of the classes in their order, where the source has one; else they are sorted. */
  classes: readonly string[] | null
  bad: BadImage[]
  /** What was assumed or chosen, one line each: which column holds the labels, which list divides the images. */
  notes: string[]
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
  trn: 'train',
  test: 'test',
  testing: 'test',
  tst: 'test',
  t10k: 'test',
  val: 'val',
  valid: 'val',
  validation: 'val',
  dev: 'val',
  eval: 'val',
}

/** What people call the three parts: train, val, test and their kin, in any case. null for anything else. */
export function splitOf(name: string): Split | null {
  const key = name
    .trim()
    .toLowerCase()
    .replace(/^test1$/, 'test') // as Kaggle calls some
  return Object.hasOwn(splits, key) ? splits[key]! : null
}

/** The split that a word of a file name says: `train-00000-of-00002`, `Final_Test`, `val_annotations`. null if none does. */
export function splitIn(name: string): Split | null {
  for (const word of name.split(/[\\/_.\s-]+/)) {
    const split = splitOf(word)
    if (split !== null) return split
  }
  return null
}

/** By code points, as Python sorts: the same on every machine. */
export function byName(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    // Surrogates stand for code points above all others, but lie below U+E000 to U+FFFF.
    if (x !== y) return (isSurrogate(x) === isSurrogate(y) ? x < y : isSurrogate(y)) ? -1 : 1
  }
  return a.length - b.length
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff

/** Names of classes that a list or an array holds, in their order: by number if all are whole numbers, else by name. */
export function sortClasses(names: Iterable<string>): string[] {
  const list = [...new Set(names)]
  const areNumbers = list.every((name) => /^\d{1,9}$/.test(name))
  return list.sort(areNumbers ? (a, b) => Number(a) - Number(b) : byName)
}
