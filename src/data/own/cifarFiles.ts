import { readPickle } from '../../io/pickle/reader.js'
import { DataError } from '../../tensor/errors.js'
import { cifar100Classes } from '../cifar100Classes.js'
import { asText, readPickledBatch } from '../cifarPython.js'
import { cifarClasses, imageBytes } from '../cifarRecords.js'
import type { RawImage } from '../decodeImage.js'
import { baseOf, type FileSet, type FoundFile, folderOf, stampsOf } from './fileSet.js'
import type { Entry, ImageTask, Source, Split } from './source.js'

/** One of the four official forms: what its files are called. */
interface Form {
  title: string
  isBinary: boolean
  /** null for a file that is none of them. */
  split: (name: string) => Split | null
  isHundred: boolean
}

const ten = (name: string): Split | null =>
  /^data_batch_\d+$/.test(name) ? 'train' : name === 'test_batch' ? 'test' : null

const forms: readonly Form[] = [
  { title: 'CIFAR-10 (Python)', isBinary: false, isHundred: false, split: ten },
  {
    title: 'CIFAR-10 (binary)',
    isBinary: true,
    isHundred: false,
    split: (name) => (name.endsWith('.bin') ? ten(name.slice(0, -4)) : null),
  },
  {
    title: 'CIFAR-100 (Python)',
    isBinary: false,
    isHundred: true,
    split: (name) => (name === 'train' || name === 'test' ? name : null),
  },
  {
    ...{ title: 'CIFAR-100 (binary)', isBinary: true, isHundred: true },
    split: (name) => (name === 'train.bin' ? 'train' : name === 'test.bin' ? 'test' : null),
  },
]

/** The folder in which one form of CIFAR lies whole, wherever that is; null if there is none. */
export function findCifar({ files }: FileSet): { form: Form; files: FoundFile[] } | null {
  for (const form of forms) {
    const folders = new Map<string, FoundFile[]>()
    for (const file of files) {
      if (form.split(baseOf(file.path)) === null) continue
      if (form.isHundred && !files.some(({ path }) => isMeta(path, file.path))) continue
      folders.set(folderOf(file.path), [...(folders.get(folderOf(file.path)) ?? []), file])
    }
    const [first] = folders.values()
    if (first) return { form, files: first }
  }
  return null
}

/** CIFAR-100's own names are common ones: a file that lies beside them tells them from others. */
const isMeta = (path: string, beside: string): boolean =>
  folderOf(path) === folderOf(beside) && ['meta', 'fine_label_names.txt'].includes(baseOf(path))

/**
 * CIFAR-10 or CIFAR-100 in one of the official forms (https://www.cs.toronto.edu/~kriz/cifar.html), whole or in part and by whoever made;
 * `--data cifar10` takes the verified one.
 * @param labelColumn `coarse_label` for CIFAR-100's twenty classes
 */
export async function cifarSource(
  set: FileSet,
  { form, files }: NonNullable<ReturnType<typeof findCifar>>,
  labelColumn?: string,
): Promise<Source> {
  const isCoarse = form.isHundred && labelColumn !== undefined && /^coarse/.test(labelColumn)
  const entries: Entry[] = []
  const tasks: ImageTask[] = []
  for await (const { index, open } of set.each(files.map(({ path }) => path))) {
    const { path } = files[index]!
    const bytes = await open()
    const { labels, pixels } = form.isBinary
      ? fromRecords(path, bytes, form, isCoarse)
      : fromPickle(path, bytes, form, isCoarse)
    for (const [i, label] of labels.entries()) {
      const data = pixels(i)
      const at = entries.push({ name: `${path} image ${i}`, label: String(label), split: form.split(baseOf(path)) }) - 1
      tasks.push({
        index: at,
        open: async () => ({ height: 32, width: 32, channels: 3, data: interleaved(data) }) as RawImage,
      })
    }
  }
  const names = await namesOf(set, folderOf(files[0]!.path), form, isCoarse)
  const most = entries.reduce((max, { label }) => Math.max(max, Number(label)), 0)
  if (most >= names.length) throw new DataError(`${set.name}: expected labels 0 to ${names.length - 1}, got ${most}`)
  for (const entry of entries) entry.label = names[Number(entry.label)]!
  const notes = form.isHundred
    ? [
        `labels: the ${isCoarse ? '20 coarse' : '100 fine'} ones${isCoarse ? '' : ' (--label-column coarse_label takes the 20 coarse ones)'}`,
      ]
    : []
  return {
    ...{
      kind: form.title,
      entries,
      notes,
      classes: names,
      size: { height: 32, width: 32 },
      bad: [...set.bad],
      passedOver: {},
    },
    stamps: stampsOf(set, files),
    images: () => tasks,
  }
}

interface Batch {
  labels: ArrayLike<number> & Iterable<number> & { entries: () => Iterable<[number, number]> }
  pixels: (i: number) => Uint8Array
}

function fromPickle(path: string, bytes: Uint8Array, { isHundred }: Form, isCoarse: boolean): Batch {
  const { labels, pixels } = readPickledBatch(
    path,
    bytes,
    !isHundred ? 'labels' : isCoarse ? 'coarse_labels' : 'fine_labels',
  )
  return { labels, pixels: (i) => pixels.subarray(i * imageBytes, (i + 1) * imageBytes) }
}

/** One byte of label, of CIFAR-100 the coarse one and the fine one, and the planes. */
function fromRecords(path: string, bytes: Uint8Array, { isHundred }: Form, isCoarse: boolean): Batch {
  const head = isHundred ? 2 : 1
  const size = head + imageBytes
  if (bytes.length === 0 || bytes.length % size !== 0) {
    throw new DataError(`${path}: expected records of ${size} bytes each, got ${bytes.length} bytes`)
  }
  const labels = Uint8Array.from(
    { length: bytes.length / size },
    (_, i) => bytes[i * size + (isHundred && !isCoarse ? 1 : 0)]!,
  )
  return { labels, pixels: (i) => bytes.subarray(i * size + head, (i + 1) * size) }
}

function interleaved(planes: Uint8Array): Uint8Array {
  const area = planes.length / 3
  const data = new Uint8Array(planes.length)
  for (let p = 0; p < area; p++) for (let c = 0; c < 3; c++) data[3 * p + c] = planes[c * area + p]!
  return data
}

/** The names in the files beside the images, else the well-known ones. */
async function namesOf(
  set: FileSet,
  folder: string,
  { isBinary, isHundred }: Form,
  isCoarse: boolean,
): Promise<readonly string[]> {
  const name = !isBinary
    ? isHundred
      ? 'meta'
      : 'batches.meta'
    : isHundred
      ? `${isCoarse ? 'coarse' : 'fine'}_label_names.txt`
      : 'batches.meta.txt'
  const path = folder === '' ? name : `${folder}/${name}`
  const fallback = isHundred ? cifar100Classes : cifarClasses
  if (!set.files.some((file) => file.path === path)) {
    if (isCoarse) throw new DataError(`${set.name}: the names of the coarse labels are missing: expected ${path}`)
    return fallback
  }
  const bytes = await set.read(path)
  if (isBinary)
    return Buffer.from(bytes)
      .toString()
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '')
  const key = isHundred ? `${isCoarse ? 'coarse' : 'fine'}_label_names` : 'label_names'
  try {
    const meta = readPickle(bytes, { '_codecs.encode': (text: unknown) => text })
    const names = meta instanceof Map ? [...meta].find(([name]) => asText(name) === key)?.[1] : null
    const texts = Array.isArray(names) ? names.map(asText) : []
    return texts.length > 0 && texts.every((text) => typeof text === 'string') ? texts : fallback
  } catch {
    return fallback // damaged, or of another shape
  }
}
