import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileArray } from '../../io/fileArray.js'
import { decodeNpy } from '../../io/npy.js'
import { decodeNpz } from '../../io/npz.js'
import { DataError, showShape } from '../../tensor/errors.js'
import type { RawImage } from '../decodeImage.js'
import { type Entry, type ImageTask, type Source, type Split, type Stamp, splitOf } from './source.js'

/** Images and labels of one part. */
interface Part {
  split: Split | null
  images?: FileArray
  labels?: FileArray
}

const roles: Readonly<Record<string, 'images' | 'labels'>> = {
  ...{ x: 'images', images: 'images', image: 'images', data: 'images' },
  ...{ y: 'labels', labels: 'labels', label: 'labels', targets: 'labels' },
}

/** `x_train`, `train_images`, `y`: what an array is by its name; null if it is neither images nor labels. */
function parseName(name: string): { role: 'images' | 'labels'; split: Split | null; part: string } | null {
  const words = name.toLowerCase().split(/[_-]/)
  const role = words.map((word) => (Object.hasOwn(roles, word) ? roles[word]! : null)).find((found) => found !== null)
  const part = words.find((word) => splitOf(word) !== null) ?? ''
  const isKnown = role !== undefined && words.length === (part === '' ? 1 : 2)
  return isKnown ? { role, split: splitOf(part), part } : null
}

/** Whether a folder holds images as arrays. */
export const hasArrays = (names: readonly string[]): boolean =>
  names.some((name) => name.endsWith('.npy') && parseName(name.slice(0, -4)) !== null)

/** A folder of `x_train.npy`, `y_train.npy`, `x_test.npy` and so on; see `arraysSource`. */
export async function npyFolderSource(folder: string): Promise<Source> {
  const arrays: Record<string, FileArray> = {}
  const stamps: Stamp[] = []
  for (const file of (await readdir(folder)).sort()) {
    if (!file.endsWith('.npy') || parseName(file.slice(0, -4)) === null) continue
    const path = join(folder, file)
    const { size, mtimeMs } = await stat(path)
    stamps.push({ path, size, mtimeMs })
    arrays[file.slice(0, -4)] = decodeNpy(await readFile(path), path)
  }
  return arraysSource(arrays, folder, stamps)
}

/** A file of `numpy.savez` with such arrays; see `arraysSource`. */
export async function npzSource(path: string): Promise<Source> {
  const { size, mtimeMs } = await stat(path)
  return arraysSource(decodeNpz(await readFile(path), path), path, [{ path, size, mtimeMs }])
}

/**
 * Arrays of NumPy by name: images `x`, `images` or `data`, labels `y`, `labels` or `targets`, before or behind them the split (`x_train`,
 * `test_labels`). Images are uint8, (N, H, W), (N, H, W, C) or (N, C, H, W) with one or three channels; labels whole numbers, (N) or (N, 1).
 * @throws DataError if they are not
 */
function arraysSource(arrays: Readonly<Record<string, FileArray>>, path: string, stamps: Stamp[]): Source {
  const parts = collectParts(arrays, path)
  const entries: Entry[] = []
  const tasks: ImageTask[] = []
  let size: { height: number; width: number } | null | undefined
  for (const [name, { split, images, labels }] of parts) {
    const title = `${path}: ${name === '' ? 'the arrays' : `the ${name} arrays`}`
    if (!images || !labels) throw new DataError(`${title}: expected images and labels, got only one of them`)
    const read = imageReader(images, title)
    const classes = readLabels(labels, read.count, title)
    for (let i = 0; i < read.count; i++) {
      const index = entries.length
      entries.push({ name: `${name === '' ? 'image' : name} ${i}`, label: classes[i]!, split })
      tasks.push({ index, open: async () => read.image(i) })
    }
    const same = size === undefined || (size?.height === read.height && size.width === read.width)
    size = same ? { height: read.height, width: read.width } : null
  }
  return {
    ...{ kind: 'arrays', entries, stamps, bad: [], passedOver: {}, classes: null, size: size ?? null },
    images: () => tasks,
  }
}

function collectParts(arrays: Readonly<Record<string, FileArray>>, path: string): Map<string, Part> {
  const parts = new Map<string, Part>()
  for (const [name, array] of Object.entries(arrays)) {
    const parsed = parseName(name)
    if (parsed === null) continue
    const part = parts.get(parsed.part) ?? { split: parsed.split }
    if (part[parsed.role]) throw new DataError(`${path}: ${name}: there are two arrays of these ${parsed.role}`)
    part[parsed.role] = array
    parts.set(parsed.part, part)
  }
  if (parts.size > 0) return parts
  throw new DataError(
    `${path}: expected arrays x_train, y_train, x_test, y_test (or x, y), got ${Object.keys(arrays).join(', ')}`,
  )
}

/** Images of an array, one at a time. */
function imageReader({ dtype, shape, data }: FileArray, title: string) {
  if (!(data instanceof Uint8Array) || dtype !== 'U8') {
    throw new DataError(`${title}: expected images of uint8, 0 … 255, got ${dtype}`)
  }
  const layout = layoutOf(shape)
  if (layout === null) {
    const expected = '(N, H, W), (N, H, W, C) or (N, C, H, W) with 1 or 3 channels'
    throw new DataError(`${title}: expected images ${expected}, got ${showShape(shape)}`)
  }
  const { height, width, channels, isPlanar } = layout
  const length = height * width * channels
  const image = (i: number): RawImage => {
    const bytes = data.subarray(i * length, (i + 1) * length)
    return { height, width, channels, data: isPlanar ? interleave(bytes, channels) : bytes }
  }
  return { count: shape[0]!, height, width, image }
}

function layoutOf(shape: readonly number[]) {
  const [count, a, b, c] = shape as [number, number, number, number?]
  if (!(count > 0) || shape.some((size) => size < 1)) return null
  if (shape.length === 3) return { height: a, width: b, channels: 1 as const, isPlanar: false }
  if (shape.length !== 4) return null
  if (c === 1 || c === 3) return { height: a, width: b, channels: c as 1 | 3, isPlanar: false }
  if (a === 1 || a === 3) return { height: b, width: c!, channels: a as 1 | 3, isPlanar: true }
  return null
}

/** (channels, pixels) → (pixels, channels) */
function interleave(planes: Uint8Array, channels: number): Uint8Array {
  const area = planes.length / channels
  return Uint8Array.from(planes, (_, i) => planes[(i % channels) * area + Math.floor(i / channels)]!)
}

function readLabels({ shape, data }: FileArray, count: number, title: string): string[] {
  const isList = shape.length === 1 || (shape.length === 2 && shape[1] === 1)
  if (!isList || shape[0] !== count) {
    throw new DataError(`${title}: expected ${count} labels for as many images, got ${showShape(shape)}`)
  }
  return Array.from(data as ArrayLike<number | bigint>, (value) => {
    const label = Number(value)
    if (Number.isSafeInteger(label) && label >= 0) return String(label)
    throw new DataError(`${title}: expected labels that are whole numbers from 0, got ${value}`)
  })
}
