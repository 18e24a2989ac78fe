import { DataError } from '../../tensor/errors.js'
import { fromColumns } from './columnMajor.js'
import { baseOf, type FileSet, type FoundFile, folderOf, stampsOf } from './fileSet.js'
import type { Entry, ImageTask, Source, Split } from './source.js'

const side = 96
const area = 3 * side * side

/** What `class_names.txt` beside the images says. */
const names = ['airplane', 'bird', 'car', 'cat', 'deer', 'dog', 'horse', 'monkey', 'ship', 'truck']

const isPart = (path: string): boolean => /^(train|test)_X\.bin$/.test(baseOf(path))

/** The images of STL-10 in a set, as published in `stl10_binary` (https://cs.stanford.edu/~acoates/stl10). */
export const stl10In = (set: FileSet): FoundFile[] => set.files.filter(({ path }) => isPart(path))

/** Images (N, 3, 96, 96) whose planes lie column by column; labels from 1 on. Those without labels are left out. */
export async function stl10Source(set: FileSet, images: readonly FoundFile[]): Promise<Source> {
  const entries: Entry[] = []
  const tasks: ImageTask[] = []
  const used: FoundFile[] = []
  for (const file of images) {
    const split: Split = baseOf(file.path).startsWith('train') ? 'train' : 'test'
    const folder = folderOf(file.path)
    const path = `${folder === '' ? '' : `${folder}/`}${split}_y.bin`
    const list = set.files.find((other) => other.path === path)
    if (!list) throw new DataError(`${set.name}: expected ${path}, the labels, beside ${file.path}`)
    used.push(file, list)
    const pixels = await set.read(file.path)
    const labels = await set.read(list.path)
    if (pixels.length !== labels.length * area) {
      throw new DataError(
        `${file.path}: expected ${labels.length * area} bytes, 3 × 96 × 96 for each label, got ${pixels.length}`,
      )
    }
    for (const [i, number] of labels.entries()) {
      const label = names[number - 1]
      if (label === undefined) throw new DataError(`${list.path}: label ${number} of image ${i} is not one of 1 to 10`)
      const index = entries.length
      entries.push({ name: `${file.path} image ${i}`, label, split })
      tasks.push({ index, open: async () => fromColumns(pixels.subarray(i * area, (i + 1) * area), side, side, 3) })
    }
  }
  const isUnlabelled = set.files.some(({ path }) => baseOf(path) === 'unlabeled_X.bin')
  return {
    ...{ kind: 'STL-10', entries, classes: names, bad: [...set.bad], passedOver: {} },
    notes: isUnlabelled ? ['unlabeled_X.bin has no labels and is left out'] : [],
    size: { height: side, width: side },
    stamps: stampsOf(set, used),
    images: () => tasks,
  }
}
