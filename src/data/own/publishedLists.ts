import { DataError } from '../../tensor/errors.js'
import { baseOf, type FileSet, folderOf } from './fileSet.js'
import { readMat } from './matFile.js'
import { type Split, splitOf } from './source.js'

/** A line of a list that is made of what a set says in files of its own. */
interface Row {
  image: string
  label: string
  /** '' if the set does not say. */
  split: Split | ''
}

/** A list of labels as `imagesSource` takes it. */
export interface MadeList {
  path: string
  bytes: Uint8Array
  name: string
}

/**
 * Labels and parts of sets that keep them in files of their own kind, as one list: Oxford's 102 flowers (`imagelabels.mat`, `setid.mat`),
 * CUB-200 (`images.txt`, `image_class_labels.txt`, `train_test_split.txt`), FGVC-Aircraft (`images_variant_train.txt` …), Oxford-IIIT Pet
 * (`annotations/trainval.txt`, `test.txt`), SUN397 (`ClassName.txt`). null for any other set.
 */
export async function publishedList(set: FileSet): Promise<MadeList | null> {
  const made =
    (await flowers(set)) ?? (await birds(set)) ?? (await aircraft(set)) ?? (await pets(set)) ?? (await scenes(set))
  if (!made || made.rows.length === 0) return null
  const isDivided = made.rows.every(({ split }) => split !== '')
  const lines = made.rows.map(({ image, label, split }) =>
    (isDivided ? [image, label, split] : [image, label]).join('\t'),
  )
  const head = isDivided ? 'path\tlabel\tsplit' : 'path\tlabel'
  return { path: made.path, name: made.path, bytes: Buffer.from(`${head}\n${lines.join('\n')}\n`) }
}

type Made = { path: string; rows: Row[] } | null

/** The path of the file of this name, whatever folder it is in; undefined if there is none. */
const find = (set: FileSet, name: string): string | undefined =>
  set.files.find(({ path }) => baseOf(path) === name)?.path

async function linesOf(set: FileSet, path: string): Promise<string[]> {
  const text = Buffer.from(await set.read(path)).toString()
  return text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'))
}

async function flowers(set: FileSet): Promise<Made> {
  const labelFile = find(set, 'imagelabels.mat')
  const splitFile = find(set, 'setid.mat')
  if (labelFile === undefined || splitFile === undefined) return null
  const labels = readMat(await set.read(labelFile), labelFile).get('labels')?.data
  const parts = readMat(await set.read(splitFile), splitFile)
  if (!labels) throw new DataError(`${labelFile}: expected an array "labels"`)
  const rows = (['trnid', 'valid', 'tstid'] as const).flatMap((name, i): Row[] => {
    const split = (['train', 'val', 'test'] as const)[i]!
    return Array.from(parts.get(name)?.data ?? [], (number) => {
      const label = labels[number - 1]
      if (label === undefined) throw new DataError(`${splitFile}: ${name} names image ${number} of ${labels.length}`)
      return { image: `image_${String(number).padStart(5, '0')}.jpg`, label: String(label), split }
    })
  })
  return { path: labelFile, rows }
}

async function birds(set: FileSet): Promise<Made> {
  const splitFile = find(set, 'train_test_split.txt')
  const folder = splitFile === undefined ? '' : folderOf(splitFile)
  const beside = (name: string) =>
    set.files.find(({ path }) => folderOf(path) === folder && baseOf(path) === name)?.path
  const images = beside('images.txt')
  if (splitFile === undefined || images === undefined) return null
  const trains = await numbered(set, splitFile)
  const rows = Array.from(await numbered(set, images), ([id, image]): Row => {
    const label = folderOf(image).split('/').at(-1)!
    return { image, label, split: trains.get(id) === '1' ? 'train' : 'test' }
  })
  return { path: splitFile, rows }
}

/** `12 text`: texts by their numbers. */
const numbered = async (set: FileSet, path: string): Promise<Map<string, string>> =>
  new Map((await linesOf(set, path)).map((line) => [line.split(' ')[0]!, line.slice(line.indexOf(' ') + 1).trim()]))

async function aircraft(set: FileSet): Promise<Made> {
  const rows: Row[] = []
  let used: string | undefined
  for (const part of ['train', 'val', 'test']) {
    const path = find(set, `images_variant_${part}.txt`)
    if (path === undefined) continue
    used = path
    for (const line of await linesOf(set, path)) {
      const at = line.indexOf(' ')
      rows.push({ image: `${line.slice(0, at)}.jpg`, label: line.slice(at + 1).trim(), split: splitOf(part)! })
    }
  }
  return used === undefined ? null : { path: used, rows }
}

async function pets(set: FileSet): Promise<Made> {
  const train = find(set, 'trainval.txt')
  const test = train === undefined ? undefined : train.replace(/trainval\.txt$/, 'test.txt')
  if (train === undefined || !set.files.some(({ path }) => path === test)) return null
  const rows: Row[] = []
  for (const [path, split] of [
    [train, 'train'],
    [test!, 'test'],
  ] as const) {
    for (const line of await linesOf(set, path)) {
      const [name, , species] = line.split(' ')
      // `Abyssinian_100 1 1 1`: the breed is the name without its number.
      if (species === undefined || !/_\d+$/.test(name!)) return null
      rows.push({ image: `${name}.jpg`, label: name!.replace(/_\d+$/, ''), split })
    }
  }
  return { path: train, rows }
}

async function scenes(set: FileSet): Promise<Made> {
  const path = find(set, 'ClassName.txt')
  if (path === undefined) return null
  // `/a/apartment_building/outdoor`: the first folder is the letter.
  const names = new Set((await linesOf(set, path)).map((line) => line.trim().replace(/^\//, '')))
  const rows = set.files.flatMap(({ path: image }): Row[] => {
    const folder = below(folderOf(path), folderOf(image))
    return names.has(folder) ? [{ image, label: folder.replace(/^[^/]*\//, ''), split: '' }] : []
  })
  return { path, rows }
}

const below = (base: string, path: string): string => (base === '' ? path : path.slice(base.length + 1))
