import { gunzipSync } from 'node:zlib'
import { DataError, showShape } from '../../tensor/errors.js'
import type { RawImage } from '../decodeImage.js'
import { baseOf, type FileSet, type FoundFile, folderOf, stampsOf } from './fileSet.js'
import { type Entry, type ImageTask, type Source, type Split, splitIn } from './source.js'

/** `emnist-letters-train-images-idx3-ubyte.gz`: set, part, what. */
const pattern = /^(.*?)-?(train|t10k|test|test10k|test50k)[-_.](images|labels)[-.]idx\d-(ubyte|int)(\.gz)?$/i

/** A part of a set in two files. */
interface Pair {
  split: Split
  images?: FoundFile
  labels?: FoundFile
}

/** Whether a file is one of MNIST's kind. */
export const isIdx = (path: string): boolean => pattern.test(baseOf(path))

const maxBytes = 2 ** 31 - 1

/**
 * MNIST and its kin (Fashion-MNIST, KMNIST, QMNIST, EMNIST) as they are published: images and labels in files of the IDX format
 * (http://yann.lecun.com/exdb/mnist), gzip-compressed or not. Of EMNIST, whose folder holds several sets, one file says which is meant; its
 * images lie on their side and are turned, and `…-mapping.txt` says what its labels are.
 * @param wanted one of the files, where the user named one
 */
export async function idxSource(set: FileSet, wanted?: string): Promise<Source> {
  const sets = collectSets(set.files)
  const names = [...sets.keys()]
  const chosen = wanted === undefined ? undefined : pattern.exec(baseOf(wanted))?.[1]
  const key = names.length === 1 ? names[0]! : names.find((name) => chosen !== undefined && baseOf(name) === chosen)
  if (key === undefined) {
    const one = sets.get(names[0]!)![0]!.images?.path ?? names[0]!
    throw new DataError(
      `${set.name}: holds several sets (${names.map(baseOf).join(', ')}): name a file of the one you mean, such as ${one}`,
    )
  }
  const isEmnist = /^emnist/i.test(baseOf(key))
  const mapping = set.files.find(({ path }) => isEmnist && baseOf(path) === `${baseOf(key)}-mapping.txt`)
  const characters = mapping ? readMapping(Buffer.from(await set.read(mapping.path)).toString()) : null
  const entries: Entry[] = []
  const tasks: ImageTask[] = []
  const used: FoundFile[] = mapping ? [mapping] : []
  const notes: string[] = isEmnist ? ['EMNIST: images are turned upright'] : []
  let size: { height: number; width: number } | null = null
  for (const { split, images, labels } of sets.get(key)!) {
    if (!images || !labels)
      throw new DataError(`${set.name}: expected images and labels of ${key} ${split}, got only one of them`)
    used.push(images, labels)
    const pixels = decodeIdx(await set.read(images.path), images.path)
    const [count, height, width] = pixels.shape
    if (pixels.shape.length !== 3)
      throw new DataError(`${images.path}: expected images (N, H, W), got ${showShape(pixels.shape)}`)
    const numbers = readLabels(decodeIdx(await set.read(labels.path), labels.path), count!, labels.path)
    size = { height: height!, width: width! }
    const area = height! * width!
    for (let i = 0; i < count!; i++) {
      const index = entries.length
      const label = characters?.get(numbers[i]!) ?? String(numbers[i])
      entries.push({ name: `${images.path} image ${i}`, label, split })
      const data = pixels.data.subarray(i * area, (i + 1) * area)
      const image: RawImage = { height: height!, width: width!, channels: 1, data }
      tasks.push({ index, open: async () => (isEmnist ? transposed(image) : image) })
    }
  }
  const classes = characters
    ? [...characters.values()].filter((name) => entries.some(({ label }) => label === name))
    : null
  const others = set.files.filter((file) => !used.includes(file))
  if (others.length > 0 && names.length > 1)
    notes.push(
      `other sets in this folder are left out: ${names
        .filter((name) => name !== key)
        .map(baseOf)
        .join(', ')}`,
    )
  return {
    ...{ kind: 'IDX', entries, notes, classes, size, bad: [...set.bad], passedOver: {} },
    stamps: stampsOf(set, used),
    images: () => tasks,
  }
}

function collectSets(files: readonly FoundFile[]): Map<string, Pair[]> {
  const sets = new Map<string, Pair[]>()
  for (const file of files) {
    const [, name, part, role, , gz] = pattern.exec(baseOf(file.path)) ?? []
    if (name === undefined) continue
    if (/^test(10k|50k)$/i.test(part!)) continue // QMNIST's test set in two halves, which `test` holds whole
    const folder = folderOf(file.path)
    const key = folder === '' ? name : `${folder}/${name}`
    const pairs = sets.get(key) ?? []
    const split = splitIn(part!)!
    const pair = pairs.find((other) => other.split === split) ?? { split }
    if (!pairs.includes(pair)) pairs.push(pair)
    const is = role!.toLowerCase() as 'images' | 'labels'
    // Beside its unpacked form a compressed file is not read.
    if (!pair[is] || !gz) pair[is] = file
    sets.set(key, pairs)
  }
  return sets
}

/** The numbers of an IDX file; types of one and four bytes are what the sets have. */
function decodeIdx(packed: Uint8Array, name: string): { shape: number[]; data: Uint8Array } {
  const bytes = packed[0] === 0x1f && packed[1] === 0x8b ? gunzip(packed, name) : packed
  const rank = bytes[3] ?? 0
  const kind = bytes[2]
  if (
    bytes[0] !== 0 ||
    bytes[1] !== 0 ||
    rank < 1 ||
    rank > 4 ||
    (kind !== 0x08 && kind !== 0x0c) ||
    bytes.length < 4 + 4 * rank
  ) {
    throw new DataError(`${name}: not an IDX file of bytes or of whole numbers`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i))
  const data = bytes.subarray(4 + 4 * rank)
  const expected = shape.reduce((product, n) => product * n, kind === 0x08 ? 1 : 4)
  if (data.length !== expected)
    throw new DataError(`${name}: expected ${expected} bytes for ${showShape(shape)}, got ${data.length}`)
  return { shape, data }
}

function gunzip(packed: Uint8Array, name: string): Uint8Array {
  try {
    return gunzipSync(packed, { maxOutputLength: maxBytes })
  } catch (error) {
    throw new DataError(`${name}: cannot be unpacked (${(error as Error).message})`)
  }
}

/** (N) bytes; or (N, 8) numbers of four bytes, of which the first is the class, as QMNIST has them. */
function readLabels({ shape, data }: { shape: number[]; data: Uint8Array }, count: number, name: string): number[] {
  if (shape[0] !== count)
    throw new DataError(`${name}: expected ${count} labels for as many images, got ${showShape(shape)}`)
  if (shape.length === 1 && data.length === count) return [...data]
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  return Array.from({ length: count }, (_, i) => view.getUint32(4 * i * (shape[1] ?? 1)))
}

/** `label code [code]`: the first is the character that a class is called by. */
function readMapping(text: string): Map<number, string> {
  const names = new Map<number, string>()
  for (const line of text.split('\n')) {
    const [label, code] = line.trim().split(/\s+/).map(Number)
    if (Number.isInteger(label) && Number.isInteger(code)) names.set(label!, String.fromCodePoint(code!))
  }
  return names
}

function transposed({ height, width, data, channels }: RawImage): RawImage {
  const turned = new Uint8Array(data.length)
  for (let y = 0; y < width; y++) for (let x = 0; x < height; x++) turned[y * height + x] = data[x * width + y]!
  return { height: width, width: height, channels, data: turned }
}
