import { DataError, showShape } from '../../tensor/errors.js'
import type { RawImage } from '../decodeImage.js'
import { type Numbers, type OpenArray, openNpy, openNpz } from './arrayFile.js'
import { baseOf, type FileSet, type FoundFile, stampsOf } from './fileSet.js'
import { type Entry, type ImageTask, type Source, type Split, splitOf } from './source.js'

type Role = 'images' | 'labels'

/** Images and labels of one part. */
interface Part {
  split: Split | null
  images?: OpenArray
  labels?: OpenArray
}

const roles: Readonly<Record<string, Role>> = {
  ...{
    x: 'images',
    images: 'images',
    image: 'images',
    imgs: 'images',
    img: 'images',
    data: 'images',
    features: 'images',
  },
  ...{ y: 'labels', labels: 'labels', label: 'labels', targets: 'labels', target: 'labels', classes: 'labels' },
}

interface ArrayName {
  role: Role
  split: Split | null
  part: string
}

/** `x_train`, `train_images`, `y`, `Xtrain`: what an array is by its name; null if it is neither images nor labels. */
function parseName(name: string): ArrayName | null {
  const words = name
    .replace(/^([xy])(train|test|val)/i, '$1_$2')
    .toLowerCase()
    .split(/[_.\s-]/)
  const role = words.map((word) => (Object.hasOwn(roles, word) ? roles[word]! : null)).find((found) => found !== null)
  const part = words.find((word) => splitOf(word) !== null) ?? ''
  return role === undefined ? null : { role, split: splitOf(part), part }
}

/** The files of arrays in a set, of which at least one is by its name. */
export function arraysIn(set: FileSet): FoundFile[] {
  const files = set.files.filter(({ path }) => /\.(npy|npz)$/i.test(path))
  const stems = files.map(({ path }) => baseOf(path).slice(0, -4))
  return set.archive?.path.endsWith('.npz') ||
    files.some(({ path }, i) => path.endsWith('.npz') || parseName(stems[i]!))
    ? files
    : []
}

/**
 * Arrays of NumPy by name, in `.npy` files, in `.npz` files or both: images `x`, `images` or `data`, labels `y`, `labels` or `targets`,
 * before or behind them the split (`x_train`, `test_labels`). Images are (N, H, W), (N, H, W, C) with 1, 3 or 4 channels, (N, C, H, W) with 1 or 3,
 * or (N, side²); bytes, or floats from 0 to 1, −1 to 1 or 0 to 255. Labels are whole numbers or texts, (N) or (N, 1), or rows with one 1.
 * @throws DataError if they are not
 */
export async function arraysSource(set: FileSet, files: readonly FoundFile[]): Promise<Source> {
  const arrays: [string, OpenArray][] = []
  const stems = files.map(({ path }) => baseOf(path).replace(/\.np[yz]$/i, ''))
  const isPair = files.length === 2 && stems.includes('labels')
  for (const file of files) {
    const stem = baseOf(file.path).slice(0, -4)
    if (file.path.endsWith('.npy')) {
      // Of two files, one of which is labels, the other one is their images.
      if (parseName(stem)) arrays.push([stem, await openNpy(set, file)])
      else if (isPair) arrays.push(['images', await openNpy(set, file)])
      continue
    }
    const inside = await openNpz(set, file)
    for (const [name, array] of inside) {
      // An only array without a name of its own is called as its file.
      const isNameless = inside.length === 1 && parseName(name) === null
      arrays.push([isNameless ? stem : splitOf(stem) && !parseName(name)?.part ? `${stem}_${name}` : name, array])
    }
  }
  const parts = collectParts(arrays, set.name)
  const entries: Entry[] = []
  const tasks: ImageTask[] = []
  const notes: string[] = []
  let size: { height: number; width: number } | null | undefined
  for (const [name, { split, images, labels }] of parts) {
    const title = `${set.name}: ${name === '' ? 'the arrays' : `the ${name} arrays`}`
    if (!images || !labels) {
      const others = files.filter((_, i) => images === undefined && parseName(stems[i]!) === null)
      const which = others.length > 0 ? `; name the file of the images that you mean, such as ${others[0]!.path}` : ''
      throw new DataError(`${title}: expected images and labels, got only one of them${which}`)
    }
    const read = await imageReader(images, title, notes)
    const classes = await readLabels(labels, read.count, title)
    for (let i = 0; i < read.count; i++) {
      const index = entries.length
      entries.push({ name: `${name === '' ? 'image' : name} ${i}`, label: classes[i]!, split })
      tasks.push({ index, open: () => read.image(i) })
    }
    const same = size === undefined || (size?.height === read.height && size.width === read.width)
    size = same ? { height: read.height, width: read.width } : null
  }
  return {
    ...{
      kind: 'arrays',
      entries,
      notes: [...new Set(notes)],
      bad: [],
      passedOver: {},
      classes: null,
      size: size ?? null,
    },
    stamps: stampsOf(set, files),
    images: () => tasks,
  }
}

function collectParts(arrays: readonly [string, OpenArray][], path: string): Map<string, Part> {
  const parts = new Map<string, Part>()
  for (const [name, array] of arrays) {
    const parsed = parseName(name)
    if (parsed === null) continue
    const part = parts.get(parsed.part) ?? { split: parsed.split }
    if (part[parsed.role]) throw new DataError(`${path}: ${name}: there are two arrays of these ${parsed.role}`)
    part[parsed.role] = array
    parts.set(parsed.part, part)
  }
  if (parts.size > 0) return parts
  throw new DataError(
    `${path}: expected arrays x_train, y_train, x_test, y_test (or x, y), got ${arrays.map(([name]) => name).join(', ')}`,
  )
}

interface Layout {
  height: number
  width: number
  channels: 1 | 3 | 4
  isPlanar: boolean
}

/** Images of an array, one at a time. */
async function imageReader(array: OpenArray, title: string, notes: string[]) {
  const layout = layoutOf(array.shape)
  if (layout === null) {
    const expected = '(N, H, W), (N, H, W, C) with 1, 3 or 4 channels, (N, C, H, W) with 1 or 3, or (N, side²)'
    throw new DataError(`${title}: expected images ${expected}, got ${showShape(array.shape)}`)
  }
  const count = array.shape[0]!
  const toByte = await scaling(array, title, notes)
  const { height, width, channels, isPlanar } = layout
  const image = async (i: number): Promise<RawImage> => {
    const values = await array.item(i)
    const bytes = toByte === null ? (values as Uint8Array) : Uint8Array.from(values as ArrayLike<number>, toByte)
    const data = isPlanar ? interleave(bytes, channels) : bytes
    return channels === 4 ? { height, width, channels: 3, data: onWhite(data) } : { height, width, channels, data }
  }
  return { count, height, width, image }
}

function layoutOf(shape: readonly number[]): Layout | null {
  const [count, a, b, c] = shape as [number, number, number, number?]
  if (!(count > 0) || shape.some((size) => size < 1)) return null
  if (shape.length === 2 && Number.isInteger(Math.sqrt(a))) {
    return { height: Math.sqrt(a), width: Math.sqrt(a), channels: 1, isPlanar: false }
  }
  if (shape.length === 3) return { height: a, width: b, channels: 1, isPlanar: false }
  if (shape.length !== 4) return null
  if (c === 1 || c === 3 || c === 4) return { height: a, width: b, channels: c, isPlanar: false }
  if (a === 1 || a === 3) return { height: b, width: c!, channels: a, isPlanar: true }
  return null
}

/**
 * How a value becomes a byte; null for bytes. What range floats and wider numbers have is seen from all of them.
 * @throws DataError if it is none that an image has
 */
async function scaling(
  array: OpenArray,
  title: string,
  notes: string[],
): Promise<((value: number | bigint) => number) | null> {
  const { dtype } = array
  if (dtype === 'U8') return null
  if (dtype === 'text') throw new DataError(`${title}: expected images of numbers, got texts`)
  if (dtype === 'BOOL') return (value) => 255 * Number(value)
  const { least, most, isWhole } = await rangeOf(array)
  const range = `${dtype} from ${Number(least.toPrecision(4))} to ${Number(most.toPrecision(4))}`
  const clamped = (value: number) => Math.round(Math.min(255, Math.max(0, value)))
  const isFloat = dtype.startsWith('F') || dtype.startsWith('BF')
  if (isFloat && least >= 0 && most <= 1) {
    notes.push(`${title}: ${range} are taken as 0 … 1`)
    return (value) => clamped(255 * Number(value))
  }
  if (isFloat && least >= -1 && least <= -0.5 && most >= 0.5 && most <= 1) {
    notes.push(`${title}: ${range} are taken as −1 … 1`)
    return (value) => clamped(127.5 * (Number(value) + 1))
  }
  if (least >= 0 && most <= 255) {
    notes.push(`${title}: ${range} are taken as 0 … 255${isWhole ? '' : ', rounded'}`)
    return (value) => clamped(Number(value))
  }
  if (!isFloat && least >= 0 && most <= 65_535) {
    notes.push(`${title}: ${range} are taken as 16 bits, of which the upper 8 are kept`)
    return (value) => Number(value) >> 8
  }
  throw new DataError(
    `${title}: expected images of bytes, or floats from 0 to 1, −1 to 1 or 0 to 255, got ${range}: undo their normalization before they are saved`,
  )
}

async function rangeOf({ shape, item }: OpenArray) {
  let [least, most, isWhole] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, true]
  for (let i = 0; i < shape[0]!; i++) {
    const values = await item(i)
    for (let j = 0; j < values.length; j++) {
      const value = Number(values[j])
      if (Number.isNaN(value)) return { least: value, most: value, isWhole: false }
      if (value < least) least = value
      if (value > most) most = value
      if (!Number.isInteger(value)) isWhole = false
    }
  }
  return { least, most, isWhole }
}

/** (channels, pixels) → (pixels, channels) */
function interleave(planes: Uint8Array, channels: number): Uint8Array {
  const area = planes.length / channels
  return Uint8Array.from(planes, (_, i) => planes[(i % channels) * area + Math.floor(i / channels)]!)
}

/** Red, green, blue and opacity over white. */
function onWhite(data: Uint8Array): Uint8Array {
  return new Uint8Array((data.length / 4) * 3).map((_, i) => {
    const pixel = 4 * Math.floor(i / 3)
    const opacity = data[pixel + 3]! / 255
    return Math.round(data[pixel + (i % 3)]! * opacity + 255 * (1 - opacity))
  })
}

async function readLabels(array: OpenArray, count: number, title: string): Promise<readonly string[]> {
  const { shape, texts } = array
  const columns = shape.length === 1 ? 1 : shape.length === 2 ? shape[1]! : 0
  if (columns === 0 || shape[0] !== count) {
    throw new DataError(`${title}: expected ${count} labels for as many images, got ${showShape(shape)}`)
  }
  if (texts) {
    if (columns === 1) return texts
    throw new DataError(`${title}: expected one label an image, got ${showShape(shape)}`)
  }
  const labels: string[] = []
  for (let i = 0; i < count; i++)
    labels.push(columns === 1 ? labelOf((await array.item(i))[0]!, title) : oneHot(await array.item(i), title))
  return labels
}

function labelOf(value: number | bigint, title: string): string {
  const label = Number(value)
  if (Number.isSafeInteger(label) && label >= 0) return String(label)
  throw new DataError(
    `${title}: expected labels that are whole numbers from 0, texts, or rows with one 1, got ${value}`,
  )
}

function oneHot(row: Numbers, title: string): string {
  const values = Array.from(row, Number)
  const ones = values.filter((value) => value === 1).length
  if (ones === 1 && values.every((value) => value === 0 || value === 1)) return String(values.indexOf(1))
  const several = ones > 1 ? ': several labels an image, which a classifier does not take' : ''
  throw new DataError(`${title}: expected rows of labels with one 1, got one with ${ones}${several}`)
}
