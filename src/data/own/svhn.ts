import { DataError, showShape } from '../../tensor/errors.js'
import { fromColumns } from './columnMajor.js'
import { baseOf, type FileSet, type FoundFile, stampsOf } from './fileSet.js'
import { readMat } from './matFile.js'
import { type Entry, type ImageTask, type Source, type Split, splitOf } from './source.js'

const pattern = /^(train|test|extra)_32x32\.mat$/

/** The files of SVHN in a set: house numbers cut to one digit, as published (http://ufldl.stanford.edu/housenumbers). */
export const svhnIn = (set: FileSet): FoundFile[] => set.files.filter(({ path }) => pattern.test(baseOf(path)))

/** Images X (32, 32, 3, N) and labels y (N, 1), of which 10 stands for the digit 0. The 531,131 easy ones of `extra` are left out. */
export async function svhnSource(set: FileSet, files: readonly FoundFile[]): Promise<Source> {
  const entries: Entry[] = []
  const tasks: ImageTask[] = []
  const notes: string[] = []
  const used: FoundFile[] = []
  let size: Source['size'] = null
  for (const file of files) {
    const [, part] = pattern.exec(baseOf(file.path))!
    const split: Split | null = splitOf(part!)
    if (split === null && files.length > 1) {
      notes.push(`${file.path}: additional images, which are left out (name the file to take them alone)`)
      continue
    }
    used.push(file)
    const arrays = readMat(await set.read(file.path), file.path)
    const { X: images, y: labels } = Object.fromEntries(arrays)
    const [height, width, channels, count = 1] = images?.shape ?? []
    if (!images || !(images.data instanceof Uint8Array) || channels !== 3 || labels?.data.length !== count) {
      throw new DataError(
        `${file.path}: expected X (32, 32, 3, N) of bytes and y (N, 1), got ` +
          (Array.from(arrays, ([name, { shape }]) => `${name} ${showShape(shape)}`).join(', ') || 'neither'),
      )
    }
    const { data } = images
    const area = height! * width! * 3
    size = { height: height!, width: width! }
    for (let i = 0; i < count; i++) {
      const digit = labels.data[i]! % 10
      const index = entries.length
      entries.push({ name: `${file.path} image ${i}`, label: String(digit), split })
      tasks.push({
        index,
        open: async () => fromColumns(data.subarray(i * area, (i + 1) * area), height!, width!, 3),
      })
    }
  }
  return {
    ...{ kind: 'SVHN', entries, notes, bad: [...set.bad], passedOver: {} },
    classes: Array.from({ length: 10 }, (_, digit) => String(digit)),
    size,
    stamps: stampsOf(set, used),
    images: () => tasks,
  }
}
